"""Several runs of one model that differ by their seed: the mean of their numbers, over the same draws of samples."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from cfbench.metrics.base import Evidence, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.metrics.base import Floats

SEED = "run_of_seed"
"""The column that tells the runs apart."""


def across_seeds(metric: Metric, runs: Sequence[Evidence]) -> tuple[Metric, Evidence]:
    """A metric that is the mean over runs of what ``metric`` gives of each, and the rows of all of them.

    A sample is drawn, or swapped with another model's, in every run at once. That there are only so many seeds is in
    no interval.
    """
    columns = {name: np.concatenate([run.columns[name] for run in runs]) for name in runs[0].columns}
    columns[SEED] = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
    declared = {name: getattr(metric, name) for name in ("name", "version", "tasks", "summary", "numbers")}
    told = {**declared, "reference": metric.reference, "unit": metric.unit, "__doc__": _MeanOfSeeds.__doc__}
    mean: _MeanOfSeeds = type("MeanOfSeeds", (_MeanOfSeeds,), told)()
    mean.with_intervals = metric.with_intervals
    mean.parts = [copy(metric) for _ in runs]
    return mean, Evidence(columns, np.concatenate([run.weight for run in runs]))


class _MeanOfSeeds(Metric):
    """The mean over seeds; undefined where a seed's number is."""

    parts: Sequence[Metric]
    _split: tuple[Mapping[str, npt.NDArray[np.generic]], list[tuple[npt.NDArray[np.bool_], Evidence]]] | None
    _split = None

    def evidence(self, scored: Sequence[object]) -> list[dict[str, object]]:
        """None of its own."""
        raise NotImplementedError(len(scored))

    def score(self, rows: Evidence) -> dict[str, float | None]:
        """Each seed's numbers, and their mean."""
        found = self.resampled(rows, rows.weight[np.newaxis])
        return {name: float(line[0]) if np.isfinite(line[0]) else None for name, line in found.items()}

    def resampled(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """Each seed's numbers under the weights of its own rows, and their mean."""
        found = [
            part.resampled(own, weights[:, chosen])
            for part, (chosen, own) in zip(self.parts, self._by_seed(rows), strict=True)
        ]
        return {name: np.mean([one[name] for one in found], axis=0) for name in self.numbers}

    def _by_seed(self, rows: Evidence) -> list[tuple[npt.NDArray[np.bool_], Evidence]]:
        if self._split is None or self._split[0] is not rows.columns:
            seeds = rows.columns[SEED]
            chosen = [seeds == seed for seed in range(len(self.parts))]
            self._split = rows.columns, [(these, rows.where(these)) for these in chosen]
        return self._split[1]
