"""From two results to a comparison.

Guarantees:
    * A difference stands only between numbers of the same samples, metric version, protocol and detectors; where it
      does not, the reason stands in its place.
    * Where the evidence of both is at hand and is what the results were scored from, tests are paired by sample.
      Otherwise the interval is put together from those of the two results, as if they were independent, and says so.
    * A pure function of the two sides and the options. No detector is opened, and no network is run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from cfbench._version import __version__
from cfbench.comparing.obstacles import NAMES, obstacles, remarks, why_not
from cfbench.comparing.pairing import PairedEvidence, Tested
from cfbench.comparing.schema import Comparison, Difference, SideInfo
from cfbench.comparing.sides import Side, open_side
from cfbench.errors import CfbenchError
from cfbench.results.choosing import chooser
from cfbench.results.signatures import without_n
from cfbench.statistics import holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from cfbench.comparing.schema import Reading, Test
    from cfbench.results.schema import Result, Score

STATED_LEVEL = 0.95  # of the intervals in a result


@dataclass(frozen=True)
class CompareOptions:
    """How hard to look."""

    resamples: int = 1000
    """Of the paired bootstrap."""
    permutations: int = 10_000
    """Of the paired permutation test; 0 leaves it out, and the bootstrap's p-value stands in."""
    level: float = 0.95
    """Confidence of the intervals; ``1 - level`` is what p-values are held against."""
    changes: int = 10
    """Samples that moved most, to name for each number."""
    names: tuple[str, str] = NAMES
    """What the two are called where a reason speaks of one."""


def compare(
    first: Side | Result | str | Path,
    second: Side | Result | str | Path,
    *,
    metrics: Sequence[str] | None = None,
    slices: str | Sequence[str] = "all",
    options: CompareOptions | None = None,
) -> Comparison:
    """Compare the second result with the first.

    ``slices`` is a name, some, or ``every``; ``metrics`` are names as ``objects`` or ``objects/f1_samples``. Without
    them, numbers that are parts or diagnostics of others are left out.
    """
    sides = open_side(first), open_side(second)
    scores = [score for side in sides for score in side.result.scores]
    keep = chooser(scores, slices, metrics, command="cfbench compare")
    addresses = dict.fromkeys(score.address for score in scores if keep(score))
    return compare_sides(*sides, addresses, options or CompareOptions())


def compare_sides(first: Side, second: Side, addresses: Iterable[str], options: CompareOptions) -> Comparison:
    """The numbers at some addresses, each of which at least one side should have."""
    one, other = first.result, second.result
    stopped = obstacles(one, other, options.names)
    before, after = ({score.address: score for score in side.scores} for side in (one, other))
    chosen = []
    for address in addresses:
        known = after.get(address) or before.get(address)
        if known is not None:
            pair = before.get(address), after.get(address)
            chosen.append(_values(known, *pair, "; ".join(stopped) or why_not(*pair, options.names)))
    scores = {address: (before[address], after[address]) for address in before.keys() & after.keys()}
    tested = _with_tests(chosen, scores, first, second, options)
    return Comparison(
        cfbench_version=__version__,
        first=_info(first),
        second=_info(second),
        dataset=f"{other.dataset.name}@{other.dataset.version}",
        split=other.dataset.split,
        samples=other.dataset.samples,
        obstacles=stopped,
        remarks=remarks(one, other, options.names),
        level=options.level,
        resamples=options.resamples,
        permutations=options.permutations,
        differences=_read(tested, options.level),
    )


def _info(side: Side) -> SideInfo:
    result = side.result
    return SideInfo(
        model=result.model.name,
        run_id=result.run_id,
        complete=result.complete,
        evidence=side.has_evidence,
    )


def _values(known: Score, first: Score | None, second: Score | None, reason: str | None) -> Difference:
    """The two values with their difference, or why they must not be compared."""
    difference = None
    if first is not None and second is not None and not reason:
        difference = (second.value or 0.0) - (first.value or 0.0)
    return Difference(
        metric=known.metric,
        name=known.name,
        slice=known.slice,
        higher_is_better=known.higher_is_better,
        detail=known.detail,
        first=first.value if first else None,
        second=second.value if second else None,
        n_first=first.n if first else None,
        n_second=second.n if second else None,
        signature_first=first.signature if first else None,
        signature_second=second.signature if second else None,
        not_comparable=reason,
        difference=difference,
    )


def _with_tests(
    chosen: Sequence[Difference],
    scores: Mapping[str, tuple[Score, Score]],
    first: Side,
    second: Side,
    options: CompareOptions,
) -> list[Difference]:
    """Each with its interval: paired where that can be, else from the two results."""
    groups: dict[tuple[str, str], list[Difference]] = {}
    for one in chosen:
        if one.difference is not None and one.signature_first is not None:
            groups.setdefault((without_n(one.signature_first), one.slice), []).append(one)
    found: dict[str, Difference] = {}
    evidence: dict[str, PairedEvidence | str] = {}
    for (signature, slice_name), group in groups.items():
        if signature not in evidence:
            evidence[signature] = _evidence(signature, first, second)
        for one, outcome in zip(group, _tests(evidence[signature], slice_name, group, options), strict=True):
            if isinstance(outcome, str):
                found[one.address] = _unpaired(one, outcome, scores[one.address], options.level)
            else:
                found[one.address] = one.model_copy(update=outcome)
    return [found.get(one.address, one) for one in chosen]


def _evidence(signature: str, first: Side, second: Side) -> PairedEvidence | str:
    try:
        return PairedEvidence.of(signature, first, second)
    except CfbenchError as error:
        return str(error).rstrip(".")


def _tests(
    evidence: PairedEvidence | str, slice_name: str, group: Sequence[Difference], options: CompareOptions
) -> list[dict[str, Any] | str]:
    """For each number what it gains from the paired tests, or why there are none."""
    if isinstance(evidence, str):
        return [evidence] * len(group)
    stated = {one.name: one.difference for one in group if one.difference is not None}
    try:
        tests = evidence.tests(
            slice_name,
            stated,
            resamples=options.resamples,
            permutations=options.permutations,
            level=options.level,
        )
        return [_fields(tests[one.name], evidence, one, options.changes) for one in group]
    except CfbenchError as error:
        return [str(error).rstrip(".")] * len(group)


def _fields(
    tested: Tested | str, evidence: PairedEvidence, one: Difference, changes: int
) -> dict[str, Any] | str:
    if isinstance(tested, str):
        return tested
    low, high = tested.interval.interval or (None, None)
    p_values: dict[Test, float | None] = {
        "mcnemar": tested.p_mcnemar,
        "permutation": tested.permutation.p_value if tested.permutation else None,
        "bootstrap": tested.interval.p_value,
    }
    test = next((name for name, value in p_values.items() if value is not None), None)
    moved = evidence.changes(one.slice, one.name, changes)
    return {
        "paired": True,
        "ci_low": low,
        "ci_high": high,
        "units": tested.interval.units,
        **{f"p_{name}": value for name, value in p_values.items()},
        "test": test,
        "p_value": p_values[test] if test else None,
        "samples_changed": moved[0] if moved else None,
        "changed": moved[1] if moved else [],
    }


def _unpaired(one: Difference, reason: str, scores: tuple[Score, Score], level: float) -> Difference:
    """The interval of the difference of two independent numbers: their own half widths, squared and added."""
    added: dict[str, Any] = {"unpaired_because": reason}
    ends = [end for score in scores for end in (score.value, score.ci_low, score.ci_high)]
    known = [end for end in ends if end is not None]
    if len(known) == len(ends):
        a, a_low, a_high, b, b_low, b_high = known
        normal = NormalDist()
        wider = normal.inv_cdf((1 + level) / 2) / normal.inv_cdf((1 + STATED_LEVEL) / 2)
        added["ci_low"] = b - a - wider * math.hypot(b - b_low, a_high - a)
        added["ci_high"] = b - a + wider * math.hypot(b_high - b, a - a_low)
    return one.model_copy(update=added)


def _read(differences: Sequence[Difference], level: float) -> list[Difference]:
    """With Holm's adjustment over all that were tested, and what each number comes to."""
    adjusted = holm([one.p_value for one in differences])
    return [
        one.model_copy(update={"p_adjusted": p_adjusted, "reading": _reading(one, p_adjusted, level)})
        for one, p_adjusted in zip(differences, adjusted, strict=True)
    ]


def _reading(one: Difference, p_adjusted: float | None, level: float) -> Reading:
    if one.difference is None or one.gain is None:
        return "not comparable"
    if p_adjusted is not None:
        apart = p_adjusted <= 1 - level
    elif one.ci_low is not None and one.ci_high is not None:
        apart = one.ci_low > 0 or one.ci_high < 0
    else:
        return "equal" if one.difference == 0 else "untested"
    if apart and one.gain:
        return "better" if one.gain > 0 else "worse"
    return "equal" if one.difference == 0 else "open"
