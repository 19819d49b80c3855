"""A metric: a declaration, and rows of evidence. Means, slices and intervals are cfbench's work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.metrics import MeanMetric, Number, Scored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget, Image


class ChangedPixels(MeanMetric):
    """Whether each turn changed the pixels that it should have, and left the others as they were."""

    name: ClassVar[str] = "changed-pixels"
    version: ClassVar[int] = 1  # a change of any value is a new version
    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "whether each turn changed the pixels that it should have"
    numbers: ClassVar[Mapping[str, Number]] = {
        "share": Number("share of pixels that the turn changed", higher_is_better=False, range=(0.0, 1.0)),
        "overlap": Number(
            "pixels that changed and should have, over pixels that changed or should have",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
    }
    reference: ClassVar[str] = "the example plugin of cfbench"
    slice_by_turn: ClassVar[bool] = True  # rows have a turn: one more slice for each

    def evidence(
        self, scored: Sequence[Scored[EditInputs, EditTarget, EditPrediction]]
    ) -> list[dict[str, Any]]:
        """A row a turn: a pure function of each sample by itself."""
        rows: list[dict[str, Any]] = []
        for one in scored:
            did = _changes(one.inputs.start, one.prediction.images)
            should = _changes(one.inputs.start, one.target.images)
            for turn, (mask, truth) in enumerate(zip(did, should, strict=True), 1):
                either = int((mask | truth).sum())
                overlap = int((mask & truth).sum()) / either if either else 1.0
                rows.append({"sample": one.id, "turn": turn, "share": float(mask.mean()), "overlap": overlap})
        return rows


def _changes(start: Image, images: Sequence[Image]) -> list[npt.NDArray[np.bool_]]:
    befores = [start, *images[:-1]]
    return [(before != after).any(-1) for before, after in zip(befores, images, strict=True)]
