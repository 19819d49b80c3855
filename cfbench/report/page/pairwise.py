"""Differences between the models of a group, paired by sample where both have evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from cfbench.comparing.comparison import CompareOptions, compare_sides
from cfbench.comparing.pairing import PairedEvidence, metric_of
from cfbench.errors import CfbenchError
from cfbench.execution.evidence import as_evidence
from cfbench.report._charts import Alternative
from cfbench.report._dots import Dot, DotChart, DotRow, dot_chart
from cfbench.report._numbers import Figure, arrow, decimals_for
from cfbench.report.comparison import p_text, signed
from cfbench.results.signatures import without_n
from cfbench.statistics import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.comparing.pairing import Tested
    from cfbench.metrics import Evidence
    from cfbench.report.page.gathering import Entry, Group
    from cfbench.results.schema import Score

LEVEL = 0.95
RESAMPLES = 1000
ALL_PAIRS = 4  # models up to which every pair is shown; of more, each beside the best
UNPAIRED = CompareOptions(resamples=0, permutations=0)


@dataclass(frozen=True)
class Compared:
    """How much the second exceeds the first. No p-value: from the two intervals, as if they were independent."""

    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    paired: bool


@dataclass(frozen=True)
class Verdict:
    """``best`` or ``tied``, by the anchors of entries, and what a reader must know of how that was found."""

    standing: dict[str, str]
    remarks: tuple[str, ...] = ()


@dataclass
class Pairwise:
    """Compares the entries of a group, each pair and metric once."""

    group: Group
    _evidence: dict[tuple[str, str], Evidence | None] = field(default_factory=dict)
    _tests: dict[tuple[str, str, str], dict[str, Tested | str]] = field(default_factory=dict)

    def against_the_best(self, signature: str, name: str, entries: Sequence[Entry]) -> Verdict:
        """Which of the entries has the best number, and which are not told from it."""
        scores = _with_value(signature, name, [entry for entry in entries if entry.ranked])
        if len(scores) < 2:
            return Verdict({})
        best = self._best(scores)
        others = [entry for entry, _ in scores if entry is not best]
        found = [self.compared(signature, name, other, best) for other in others]
        adjusted = holm([one.p_value if one else None for one in found])
        tied = [
            other
            for other, one, p_value in zip(others, found, adjusted, strict=True)
            if not _told(one, p_value)
        ]
        standing = {entry.anchor: "tied" for entry in (best, *tied)} if tied else {best.anchor: "best"}
        unpaired = any(one is not None and not one.paired for one in found)
        remarks = (
            ("some without evidence by sample: by their intervals, as if independent",) if unpaired else ()
        )
        return Verdict(standing, remarks)

    def chart(self, metric: str, signature: str, name: str) -> DotChart | None:
        """The differences of a number: of every pair, or of each model to the best where there are many.

        A model that was given the targets is left out.
        """
        able = [entry for entry in self.group.entries if not entry.result.model.needs_target]
        scores = _with_value(signature, name, able)
        if len(scores) < 2:
            return None
        higher = scores[0][1].higher_is_better
        ordered = [entry for entry, _ in sorted(scores, key=lambda pair: _merit(pair[1]), reverse=True)]
        pairs = (
            list(combinations(ordered, 2))
            if len(ordered) <= ALL_PAIRS
            else [(ordered[0], other) for other in ordered[1:]]
        )
        found = [(pair, self.compared(signature, name, pair[1], pair[0])) for pair in pairs]
        known = [(pair, one) for pair, one in found if one is not None and one.low is not None]
        if not known:
            return None
        decimals = decimals_for([Figure.of(score) for _, score in scores])
        adjusted = holm([one.p_value for _, one in known])
        rows, lines = [], []
        for ((better, worse), one), p_value in zip(known, adjusted, strict=True):
            told = _told(one, p_value)
            words = f"{signed(one.difference, decimals)} [{signed(one.low or 0.0, decimals)}, "
            words += f"{signed(one.high or 0.0, decimals)}]"
            reading = ("told apart" if told else "not told apart") + ("" if one.paired else ", unpaired")
            label = f"{better.label} − {worse.label}"
            dot = Dot(Figure(one.difference, one.low, one.high), 0, f"{words}, {reading}", told)
            rows.append(DotRow(label, (dot,)))
            lines.append((label, words, p_text(p_value), reading))
        table = Alternative(("pair", "difference, 95 % interval", "p (Holm)", "reading"), tuple(lines))
        title = f"{metric}/{name} {arrow(higher)}"
        return dot_chart(title, f"difference of {name}", rows, table, zero=True)

    def compared(self, signature: str, name: str, first: Entry, second: Entry) -> Compared | None:
        """How much the number of the second exceeds that of the first; None where nothing can be said."""
        tested = self._tested(signature, first, second).get(name)
        if tested is None or isinstance(tested, str):
            return self._unpaired(signature, name, first, second)
        interval = tested.interval
        if interval.difference is None or interval.interval is None:
            return None
        low, high = interval.interval
        return Compared(interval.difference, low, high, interval.p_value, paired=True)

    def _best(self, scores: Sequence[tuple[Entry, Score]]) -> Entry:
        return max(scores, key=lambda pair: _merit(pair[1]))[0]

    def _tested(self, signature: str, first: Entry, second: Entry) -> dict[str, Tested | str]:
        key = signature, first.anchor, second.anchor
        if key not in self._tests:
            self._tests[key] = self._test(signature, first, second)
        return self._tests[key]

    def _test(self, signature: str, first: Entry, second: Entry) -> dict[str, Tested | str]:
        sides = [self._rows(signature, entry) for entry in (first, second)]
        if sides[0] is None or sides[1] is None:
            return {}
        stated = {}
        for score in second.result.scores:
            before = _score(first, signature, score.name)
            same = score.slice == "all" and without_n(score.signature) == signature and not score.detail
            if same and before is not None and before.value is not None and score.value is not None:
                stated[score.name] = score.value - before.value
        try:
            evidence = PairedEvidence(metric_of(signature), {"all": sides[0]}, {"all": sides[1]})
            return evidence.tests("all", stated, resamples=RESAMPLES, permutations=0, level=LEVEL)
        except CfbenchError:
            return {}

    def _rows(self, signature: str, entry: Entry) -> Evidence | None:
        key = signature, entry.anchor
        if key not in self._evidence:
            try:
                metric = metric_of(signature)
                rows = as_evidence(entry.rows(metric.name)) if metric.with_intervals else None
            except CfbenchError:
                rows = None
            self._evidence[key] = rows
        return self._evidence[key]

    def _unpaired(self, signature: str, name: str, first: Entry, second: Entry) -> Compared | None:
        score = _score(second, signature, name)
        if score is None:
            return None
        alone = [type(entry.side)(entry.result) for entry in (first, second)]
        (one,) = compare_sides(alone[0], alone[1], [score.address], UNPAIRED).differences
        if one.difference is None:
            return None
        return Compared(one.difference, one.ci_low, one.ci_high, None, paired=False)


def _with_value(signature: str, name: str, entries: Sequence[Entry]) -> list[tuple[Entry, Score]]:
    pairs = [(entry, _score(entry, signature, name)) for entry in entries]
    return [(entry, score) for entry, score in pairs if score is not None and score.value is not None]


def _score(entry: Entry, signature: str, name: str) -> Score | None:
    return next(
        (
            score
            for score in entry.result.scores
            if score.name == name and score.slice == "all" and without_n(score.signature) == signature
        ),
        None,
    )


def _merit(score: Score) -> float:
    value = score.value or 0.0
    return value if score.higher_is_better else -value


def _told(one: Compared | None, p_value: float | None) -> bool:
    if one is None:
        return False
    if p_value is not None:
        return p_value <= 1 - LEVEL
    return one.low is not None and one.high is not None and (one.low > 0 or one.high < 0)
