"""From a new result, a baseline and a policy to a verdict.

Guarantees:
    * Nothing that cannot be compared passes: another data set, metric version, protocol or detector is an outcome of
      its own, and so are a missing baseline and an incomplete result.
    * A number that the baseline has and the new result lacks fails.
    * A number without an interval is judged by its value alone, and its words say so.
    * A gate that judged no number at all does not open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cfbench._version import __version__
from cfbench.comparing import CompareOptions, Side, compare_sides
from cfbench.comparing.obstacles import differing
from cfbench.gating.policy import Policy, matches
from cfbench.gating.verdict import Check, Verdict
from cfbench.results.signatures import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfbench.comparing import Comparison, Difference
    from cfbench.gating.verdict import Outcome
    from cfbench.results.schema import Result, Score

NAMES = ("baseline", "new result")
NO_NUMBER = "the new result has no such number"
ROUNDING = 1e-12  # a share of the larger value that is no difference
LOOKED_AT, SHOWN = 30, 3  # samples that changed most, and those of them that a check names


def judge(
    new: Side,
    baseline: Side | str,
    policy: Policy,
    *,
    place: str,
    on_missing: Literal["fail", "pass"] = "fail",
) -> Verdict:
    """Judge a new result. ``baseline`` may be the words that say that there is none; ``place`` is where it was."""
    result = new.result
    checks = list(_demands(policy, result))
    comparison = None
    outcome: Outcome | None = None
    reasons: list[str] = []
    if not result.complete:
        lost = len(result.failed) + len(result.missing)
        outcome, reasons = "incomplete", [f"{lost:,} samples of the new result failed or are missing"]
    elif isinstance(baseline, str):
        outcome, reasons = "no baseline", [baseline]
    else:
        comparison = _compared(baseline, new, policy)
        reasons = comparison.obstacles
        if reasons:
            outcome = "not comparable"
        else:
            checks += _coverage(baseline.result, result, policy)
            checks += [_judged(one, policy) for one in comparison.differences]
    if outcome is None and all(check.kind == "policy" for check in checks):
        outcome, reasons = "not comparable", ["the policy leaves no number to judge"]
    statuses = {check.status for check in checks}
    if outcome in {None, "no baseline"} and "failed" in statuses:
        outcome = "failed"
    outcome = outcome or ("not comparable" if "error" in statuses else "passed")
    return Verdict(
        cfbench_version=__version__,
        outcome=outcome,
        opens=outcome == "passed" or (outcome == "no baseline" and on_missing == "pass"),
        reasons=reasons,
        baseline=place,
        baseline_run=None if isinstance(baseline, str) else _run(baseline.result),
        new_run=_run(result),
        dataset=f"{result.dataset.name}@{result.dataset.version}, {result.dataset.split}",
        remarks=[*(comparison.remarks if comparison else []), *_idle_rules(policy, result, baseline)],
        confidence=policy.confidence,
        checks=checks,
        unjudged=sum(not policy.judges(score) for score in result.scores),
    )


def _idle_rules(policy: Policy, new: Result, baseline: Side | str) -> Iterator[str]:
    """Rules that hold for no number: most often a name is misspelt."""
    both = [new] if isinstance(baseline, str) else [new, baseline.result]
    addresses = {score.address for result in both for score in result.scores}
    for rule in policy.rule:
        if not any(matches(rule.match, address) for address in addresses):
            yield f"the rule for '{rule.match}' matches no number"


def _run(result: Result) -> str:
    return f"{result.model.name} ({result.run_id})"


def _compared(baseline: Side, new: Side, policy: Policy) -> Comparison:
    scores = [*baseline.result.scores, *new.result.scores]
    addresses = dict.fromkeys(score.address for score in scores if policy.judges(score))
    options = CompareOptions(
        resamples=policy.resamples,
        permutations=0,
        level=policy.confidence,
        changes=LOOKED_AT,
        names=NAMES,
    )
    return compare_sides(baseline, new, addresses, options)


def _demands(policy: Policy, result: Result) -> Iterator[Check]:
    """What the policy asks of the new result by itself."""
    data, allowed = result.dataset, policy.allow.dataset
    if allowed is not None:
        named = f"{data.name}@{data.version}"
        fits = bool({data.name, named} & set(allowed))
        words = f"the data set is {named}" + ("" if fits else f"; allowed: {', '.join(allowed) or 'none'}")
        yield _demand("allow.dataset", words, fits=fits)
    for metric, versions in policy.allow.metric.items():
        found = sorted({_version(score) for score in result.scores if score.metric == metric})
        fits = set(found) <= {str(version) for version in versions}
        words = f"{metric} has version {', '.join(found) or 'none'}" + (
            "" if fits else f"; allowed: {versions}"
        )
        yield _demand(f"allow.metric.{metric}", words, fits=fits)
    for pattern in policy.require:
        count = sum(score.value is not None and matches(pattern, score.address) for score in result.scores)
        words = f"{count} numbers have a value" if count else "the new result has no value there"
        yield _demand(f"require {pattern}", words, fits=bool(count))


def _demand(address: str, words: str, *, fits: bool) -> Check:
    return Check(kind="policy", address=address, status="passed" if fits else "failed", words=words)


def _version(score: Score) -> str:
    return part_of(score.signature, "v") or "none"


def _coverage(baseline: Result, new: Result, policy: Policy) -> Iterator[Check]:
    """Numbers that are not judged, but that the baseline has and the new result lacks."""
    found = {score.address: score for score in new.scores}
    for score in baseline.scores:
        if score.value is None or policy.ignores(score.address) or policy.judges(score):
            continue
        other = found.get(score.address)
        if other is None or other.value is None:
            reason = NO_NUMBER if other is None else f"the new result has no value: {other.reason}"
            yield _lacking(score.address, score.value, reason)


def _lacking(address: str, value: float | None, reason: str) -> Check:
    words = f"the baseline has it; {reason}"
    return Check(kind="coverage", address=address, status="failed", words=words, baseline=value)


def _judged(one: Difference, policy: Policy) -> Check:
    """A number against the baseline's."""
    if one.difference is None:
        return _without_difference(one)
    rule = policy.rule_for(one.address)
    allowed = max(rule.absolute or 0.0, (rule.relative or 0.0) * abs(one.first or 0.0))
    slack = ROUNDING * max(abs(one.first or 0.0), abs(one.second or 0.0))
    gain, interval = one.gain or 0.0, one.gain_interval
    surely = rule.mode == "worse-with-confidence" and interval is not None
    # The least worsening that the mode believes in.
    worse = -interval[1] if surely and interval is not None else -gain
    failed = worse > allowed + slack
    words = [_words(gain, interval, slack, failed=failed, surely=surely)]
    if rule.mode == "worse-with-confidence" and interval is None:
        words.append("it has no interval, so its value alone is judged")
    if one.unpaired_because:
        words.append(f"not paired: {one.unpaired_because}")
    worst = [
        change
        for change in one.changed
        if (change.change < 0) == one.higher_is_better and change.change and gain < 0
    ]
    return _number(
        one,
        "failed" if failed else "passed",
        "; ".join(words),
        difference=one.difference,
        ci_low=one.ci_low,
        ci_high=one.ci_high,
        paired=one.paired,
        allowed=allowed,
        mode=rule.mode if surely or rule.mode == "worse-at-all" else "worse-at-all",
        worst=worst[:SHOWN],
    )


def _words(
    gain: float, interval: tuple[float, float] | None, slack: float, *, failed: bool, surely: bool
) -> str:
    if failed:
        return "worse than allowed, with confidence" if surely else "worse than allowed"
    if abs(gain) <= slack:
        return "the same"
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return "not told apart"
    return "better" if gain > 0 else "worse, within what is allowed"


def _without_difference(one: Difference) -> Check:
    """A number that only one has, that has no value, or that must not be compared."""
    reason = one.not_comparable or ""
    if one.signature_second is None:
        return _lacking(one.address, one.first, NO_NUMBER)
    if one.signature_first is None:
        return _number(one, "skipped", "the baseline does not have it")
    if differing(one.signature_first, one.signature_second) or None not in {one.first, one.second}:
        return _number(one, "error", reason)
    if one.first is None:
        return _number(one, "skipped", "the baseline has no value to compare with")
    return _lacking(one.address, one.first, reason)


def _number(one: Difference, status: str, words: str, **fields: object) -> Check:
    return Check.model_validate(
        {
            "kind": "number",
            "address": one.address,
            "status": status,
            "words": words,
            "higher_is_better": one.higher_is_better,
            "baseline": one.first,
            "new": one.second,
            **fields,
        }
    )
