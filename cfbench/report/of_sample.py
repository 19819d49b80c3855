"""A sample as a picture: of editing the empty canvas, then each instruction over the true image that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.errors import UsageError
from cfbench.files import encode_png
from cfbench.report.filmstrip import FilmStrip, filmstrip_png

if TYPE_CHECKING:
    from cfbench.datasets import Dataset, Split


def sample_card(dataset: Dataset, split: Split[Any, Any], index: int) -> dict[str, Any]:
    """What a sample is, as JSON; a UsageError where there is no picture of it."""
    if index >= len(split):
        why = f"the split '{split.name}' has {len(split)} samples, counted from 0"
        raise UsageError(f"There is no sample {index}", why)
    if dataset.task == "edit":
        lines = split.inputs(index).instructions
    else:
        shown = split.shown(index)
        if shown is None:
            raise UsageError(
                f"There is no picture of the samples of {dataset.name}",
                f"its kind of work is '{dataset.task}', and the data set does not say how to show it",
            )
        lines, _ = shown
    return {
        "dataset": f"{dataset.name}@{dataset.version}",
        "split": split.name,
        "id": split.ids[index],
        "instructions": list(lines),
    }


def sample_picture(split: Split[Any, Any], index: int) -> bytes:
    """The picture of a sample that has one, as PNG; of editing the filmstrip."""
    shown = split.shown(index)
    if shown is not None:
        return encode_png(shown[1])
    inputs, target = split.inputs(index), split.target(index)
    strip = FilmStrip(
        sample=inputs.id,
        start=inputs.start,
        instructions=inputs.instructions,
        outputs=(),
        targets=target.images,
        caption=f"{split.name} {index}",
    )
    return filmstrip_png(strip)
