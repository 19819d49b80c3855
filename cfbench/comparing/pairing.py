"""One metric's evidence on both sides, and the paired tests of its numbers.

A number is only paired where the evidence, scored again here, gives the difference that the two results state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.comparing.schema import SampleChange
from cfbench.errors import CfbenchError, DataError, UsageError
from cfbench.execution.evidence import slices_of
from cfbench.execution.judges import metric_class
from cfbench.plugins import refuse_strangers
from cfbench.results.signatures import metric_in, part_of
from cfbench.statistics import mcnemar, paired_bootstrap, paired_permutation

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from cfbench.comparing.sides import Side
    from cfbench.metrics import Evidence, Metric
    from cfbench.statistics import PairedInterval, PairedPermutation

SEED = 0
SAME = 1e-9
"""A difference scored again may be off by this share of the larger number: rounding of another machine."""


@dataclass(frozen=True)
class Tested:
    """What the paired tests say of one number."""

    interval: PairedInterval
    permutation: PairedPermutation | None
    p_mcnemar: float | None


class PairedEvidence:
    """The evidence of one metric on both sides, by slice."""

    def __init__(self, metric: Metric, first: Mapping[str, Evidence], second: Mapping[str, Evidence]) -> None:
        self.metric, self._first, self._second = metric, first, second

    @classmethod
    def of(cls, signature: str, first: Side, second: Side) -> PairedEvidence:
        """Read both; CfbenchError says why it cannot be done."""
        metric = metric_of(signature)
        if not metric.with_intervals:
            raise UsageError("resampling samples says nothing of this metric")
        return cls(metric, *(slices_of(metric, side.rows(metric.name)) for side in (first, second)))

    def sides(self, name: str) -> tuple[Evidence, Evidence]:
        """The rows of a slice on both sides."""
        if name not in self._first or name not in self._second:
            raise DataError(f"the evidence has no slice '{name}'")
        return self._first[name], self._second[name]

    def tests(
        self, slice_name: str, stated: Mapping[str, float], *, resamples: int, permutations: int, level: float
    ) -> dict[str, Tested | str]:
        """The tests of some numbers of a slice, or why a number has none. ``stated`` are the results' differences."""
        first, second = self.sides(slice_name)
        names = list(stated)
        bounds = paired_bootstrap(
            self.metric, first, second, seed=SEED, resamples=resamples, level=level, names=names
        )
        swaps = (
            paired_permutation(self.metric, first, second, seed=SEED, permutations=permutations, names=names)
            if permutations
            else {}
        )
        own = [self.metric.score(rows) for rows in (first, second)]
        found: dict[str, Tested | str] = {}
        for name in names:
            again = bounds[name].difference
            size = max(abs(score[name] or 0.0) for score in own)
            if again is None or abs(again - stated[name]) > SAME * max(size, 1e-300):
                found[name] = (
                    f"its evidence gives a difference of {again}, and its results {stated[name]}: "
                    "they were scored by other code"
                )
                continue
            found[name] = Tested(
                bounds[name], swaps.get(name), _mcnemar(self.metric, name, first, second, own)
            )
        return found

    def changes(self, slice_name: str, name: str, most: int) -> tuple[int, list[SampleChange]] | None:
        """How many samples moved in the column of a number, and those that moved most; None without such a column."""
        first, second = (means_by_sample(rows, name) for rows in self.sides(slice_name))
        if first is None or second is None:
            return None
        moved = [
            SampleChange(sample=sample, first=value, second=second[sample])
            for sample, value in first.items()
            if sample in second and second[sample] != value
        ]
        moved.sort(key=lambda one: (-abs(one.change), one.sample))
        return len(moved), moved[:most]


def metric_of(signature: str) -> Metric:
    """The metric that a signature names, under its protocol, without detectors: enough to score evidence."""
    name, version = metric_in(signature), part_of(signature, "v")
    try:
        refuse_strangers("metrics", [name])
        cls = metric_class(name)
        metric = cls(part_of(signature, "proto") or None)
    except CfbenchError as error:
        raise UsageError(f"metric '{name}' is not at hand here", str(error)) from None
    if cls.name != name or str(cls.version) != version:
        raise UsageError(
            f"this cfbench has version {cls.version} of {cls.name}, and they have {version or 'none'} of {name}"
        )
    return metric


def means_by_sample(rows: Evidence, name: str) -> dict[str, float] | None:
    """The mean of a column over the rows of each sample, without those that have no value; None without such a column."""
    values = rows.columns.get(name)
    if values is None or values.ndim != 1 or values.dtype.kind not in "bif":
        return None
    numbers = values.astype(np.float64)
    known = ~np.isnan(numbers)
    samples, place = np.unique(rows.columns["sample"][known].astype(str), return_inverse=True)
    sums = np.bincount(place, numbers[known], len(samples))
    means = sums / np.bincount(place, minlength=len(samples))
    return dict(zip(samples.tolist(), means.tolist(), strict=True))


def _mcnemar(
    metric: Metric, name: str, first: Evidence, second: Evidence, own: list[dict[str, Any]]
) -> float | None:
    """McNemar's p-value, where the number is the share of units that are right and each unit has one row."""
    answers = [
        _answers(metric, name, rows, score[name]) for rows, score in zip((first, second), own, strict=True)
    ]
    if answers[0] is None or answers[1] is None or len(answers[0]) != len(answers[1]):
        return None
    return mcnemar(answers[0], answers[1]).p_value


def _answers(metric: Metric, name: str, rows: Evidence, value: float | None) -> npt.NDArray[np.bool_] | None:
    values = rows.columns.get(name)
    if values is None or value is None or values.ndim != 1 or values.dtype.kind not in "bif":
        return None
    units = rows.columns[metric.resampled_by(rows)].astype(str)
    numbers = values.astype(np.float64)
    if len(set(units.tolist())) < len(units) or not np.isin(numbers, (0.0, 1.0)).all():
        return None
    if abs(float(numbers.mean()) - value) > 1e-12:
        return None
    right: npt.NDArray[np.bool_] = numbers[np.argsort(units)] == 1
    return right
