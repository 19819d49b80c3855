"""Which samples are shown: the best, the worst and the median of each metric, by its value on each sample alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cfbench.comparing.pairing import means_by_sample, metric_of
from cfbench.errors import CfbenchError
from cfbench.execution.evidence import as_evidence
from cfbench.report._numbers import Figure, decimals_for
from cfbench.report.page.standings import wanted
from cfbench.results.signatures import without_n

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics import Evidence, Metric
    from cfbench.report.page.gathering import Entry, Group
    from cfbench.results.schema import Score

REPRESENTATIVE = {"objects": "f1_samples"}
"""The number that samples are chosen by, where it is not the one named like its metric, nor the metric's first."""
SCORED_ALONE = 2000  # samples, up to which a metric without a column of its number scores each by itself


@dataclass(frozen=True)
class Choice:
    """A sample, and why it is shown."""

    sample: str
    reasons: tuple[str, ...]


@dataclass
class Alone:
    """Numbers of single samples of a group's entries. ``metrics`` are those at hand, by name."""

    group: Group
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    _evidence: dict[tuple[str, str], tuple[Metric, Evidence] | None] = field(default_factory=dict)

    def value(self, entry: Entry, score: Score, sample: str) -> float | None:
        """The number on one sample; None where it is undefined or not known."""
        found = self._rows(entry, score)
        if found is None:
            return None
        metric, rows = found
        return _scored(metric, rows.where(rows.columns["sample"] == sample), score.name)

    def by_sample(self, entry: Entry, score: Score) -> dict[str, float]:
        """The number on each sample, without those where it is undefined."""
        found = self._rows(entry, score)
        if found is None:
            return {}
        metric, rows = found
        means = means_by_sample(rows, score.name)
        if means is not None:
            return means
        samples = rows.columns["sample"].astype(str)
        names = np.unique(samples)
        if len(names) > SCORED_ALONE:
            return {}
        values = {name: _scored(metric, rows.where(samples == name), score.name) for name in names.tolist()}
        return {name: value for name, value in values.items() if value is not None}

    def _rows(self, entry: Entry, score: Score) -> tuple[Metric, Evidence] | None:
        key = entry.anchor, without_n(score.signature)
        if key not in self._evidence:
            self._evidence[key] = self._opened(entry, score)
        return self._evidence[key]

    def _opened(self, entry: Entry, score: Score) -> tuple[Metric, Evidence] | None:
        try:
            metric = self.metrics.get(score.metric) or metric_of(score.signature)
            if not metric.with_intervals:  # its number is of all samples together
                return None
            return metric, as_evidence(entry.rows(metric.name))
        except CfbenchError:
            return None


def choose(group: Group, alone: Alone, metrics: Sequence[str], most: int) -> list[Choice]:
    """At most so many samples: the best of each metric, then the worst, then the median; none without evidence."""
    found: dict[str, list[tuple[int, str]]] = {}
    for turn, (name, higher, values) in enumerate(_rankings(group, alone, metrics)):
        ordered = sorted(values, key=lambda sample: (-values[sample] if higher else values[sample], sample))
        decimals = decimals_for([Figure(value, None, None) for value in values.values()])
        of = "" if len(group.entries) == 1 else ", mean over models"
        places = {"best": ordered[0], "worst": ordered[-1], "median": ordered[len(ordered) // 2]}
        if values[ordered[0]] == values[ordered[-1]]:
            places = {"one of equals": ordered[0]}
        for order, (word, sample) in enumerate(places.items()):
            text = Figure(values[sample], None, None).value_text(decimals)
            found.setdefault(sample, []).append((10 * order + turn, f"{word} by {name} ({text}{of})"))
    ranked = sorted(found, key=lambda sample: min(found[sample]))
    return [Choice(sample, tuple(reason for _, reason in sorted(found[sample]))) for sample in ranked[:most]]


def _rankings(group: Group, alone: Alone, metrics: Sequence[str]) -> list[tuple[str, bool, dict[str, float]]]:
    """For each metric the number it is shown by, its direction, and its mean over the models for each sample."""
    keep = wanted(metrics)
    by_signature: dict[str, dict[str, list[tuple[Entry, Score]]]] = {}
    for entry in group.entries:
        for score in entry.result.scores:
            if keep(score) and score.value is not None:
                names = by_signature.setdefault(without_n(score.signature), {})
                names.setdefault(score.name, []).append((entry, score))
    rankings = []
    for names in by_signature.values():
        first = next(iter(names.values()))[0][1]
        name = next(
            (one for one in (REPRESENTATIVE.get(first.metric), first.metric) if one in names), first.name
        )
        values = [alone.by_sample(entry, score) for entry, score in names[name]]
        means = _over_models([one for one in values if one])
        if means:
            rankings.append((f"{first.metric}/{name}", names[name][0][1].higher_is_better, means))
    return rankings


def _over_models(values: Sequence[dict[str, float]]) -> dict[str, float]:
    """The mean of each sample that all have."""
    if not values:
        return {}
    shared = set(values[0]).intersection(*values[1:])
    return {sample: math.fsum(one[sample] for one in values) / len(values) for sample in sorted(shared)}


def _scored(metric: Metric, rows: Evidence, name: str) -> float | None:
    if not len(rows):
        return None
    try:
        value = metric.score(rows)[name]
    except CfbenchError:
        return None
    return value if value is not None and math.isfinite(value) else None
