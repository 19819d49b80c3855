"""What the metrics of image pairs share: the pairs of some samples, and summaries under many weightings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.metrics.base import Scored
    from cfbench.tasks.base import ImagePair

    Floats = npt.NDArray[np.float64]


def image_pairs(scored: Sequence[Scored[Any, Any, Any]]) -> list[ImagePair]:
    """The two images of each sample that its kind of work compares."""
    return [one.prediction.compared(one.inputs, one.target) for one in scored]


def pair_rows(
    scored: Sequence[Scored[Any, Any, Any]], pairs: Sequence[ImagePair], **columns: npt.NDArray[Any]
) -> list[dict[str, Any]]:
    """A row a sample with its group; NaN becomes null."""
    return [
        {"sample": one.id, "group": pair.group}
        | {name: none_for_nan(float(values[index])) for name, values in columns.items()}
        for index, (one, pair) in enumerate(zip(scored, pairs, strict=True))
    ]


def none_for_nan(value: float) -> float | None:
    """The value, None where it is undefined."""
    return None if np.isnan(value) else value


def weighted_medians(values: npt.NDArray[Any], weights: Floats) -> Floats:
    """The median of the values that are not NaN, each repeated by its whole weight, under each line of weights."""
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    ordered = values[known][order]
    medians: Floats = np.full(len(weights), np.nan)
    if not len(ordered):
        return medians
    counted = np.cumsum(weights[:, known][:, order], axis=1)
    total = counted[:, -1:]
    middles = [(counted > np.floor((total - half) / 2)).argmax(axis=1) for half in (1, 0)]
    some = total[:, 0] > 0
    medians[some] = ((ordered[middles[0]] + ordered[middles[1]]) / 2)[some]
    return medians
