"""What forbids a comparison, and what a reader of one must mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.comparing.samples import options_of_samples, options_of_training
from cfbench.results.signatures import without_n

if TYPE_CHECKING:
    from cfbench.results.schema import Result, Score


Names = tuple[str, str]
NAMES: Names = ("first result", "second result")


def obstacles(first: Result, second: Result, names: Names = NAMES) -> list[str]:
    """Why no number of the two may be compared, a sentence each."""
    a, b = first.dataset, second.dataset
    found = []
    if first.task != second.task:
        found.append(f"the kinds of work differ: {first.task} and {second.task}")
    elif (a.name, a.version) != (b.name, b.version):
        found.append(f"the data sets differ: {a.name}@{a.version} and {b.name}@{b.version}")
    elif a.split != b.split:
        found.append(f"the splits differ: {a.split} and {b.split}")
    elif options_of_samples(a) != options_of_samples(b):
        one, other = (_options(options_of_samples(data)) for data in (a, b))
        found.append(f"the options of {a.name} differ: {one} and {other}")
    elif a.subset != b.subset:
        found.append(f"the limits differ: {_limit(a.subset)} and {_limit(b.subset)}")
    elif a.fingerprint != b.fingerprint:
        found.append(
            f"the samples differ: fingerprint {a.fingerprint[:12]} and {b.fingerprint[:12]} of {a.name}@{a.version}"
        )
    if first.protocol.teacher_forced != second.protocol.teacher_forced:
        forced = names[0 if first.protocol.teacher_forced else 1]
        found.append(f"only the {forced} was teacher-forced")
    for name, result in zip(names, (first, second), strict=True):
        if not result.complete:
            lost = len(result.failed) + len(result.missing)
            found.append(f"the {name} is incomplete: {lost:,} samples failed or are missing")
    return found


def remarks(first: Result, second: Result, names: Names = NAMES) -> list[str]:
    """What differs without forbidding the comparison."""
    found = [
        f"the model of the {name}, {result.model.name}, was given the targets; it is never ranked"
        for name, result in zip(names, (first, second), strict=True)
        if result.model.needs_target
    ]
    if first.predictions_digest == second.predictions_digest:
        found.append("both hold the same predictions")
    one, other = (_options(options_of_training(result.dataset)) for result in (first, second))
    if one != other:
        found.append(f"what the models learned from differs: {one} and {other}")
    a, b = first.protocol.model_dump(), second.protocol.model_dump()
    found += [
        f"{name.replace('_', ' ')} differs: {a[name]} and {b[name]}"
        for name in ("seed", "batch_size", "device", "dtype")
        if a[name] != b[name]
    ]
    if first.cfbench_version != second.cfbench_version:
        found.append(f"scored by cfbench {first.cfbench_version} and {second.cfbench_version}")
    return found


def why_not(first: Score | None, second: Score | None, names: Names = NAMES) -> str | None:
    """Why one number has no difference; None where it has."""
    if first is None or second is None:
        return f"only the {names[1 if first is None else 0]} has it"
    told = differing(first.signature, second.signature)
    if told:
        return told
    if first.higher_is_better != second.higher_is_better:
        return "the two disagree on which direction is better"
    for name, score in zip(names, (first, second), strict=True):
        if score.value is None:
            return f"the {name} has no value: {score.reason}"
    return None


def differing(first: str, second: str) -> str:
    """What tells two signatures apart, but for their counts of samples; nothing where they agree."""
    a, b = (without_n(one).split("|") for one in (first, second))
    if a == b:
        return ""
    named = {"v:": "versions of the metric", "proto:": "protocols"}
    for start, words in named.items():
        x, y = ([part for part in side if part.startswith(start)] for side in (a, b))
        if x != y:
            return f"the {words} differ: {_value(x)} and {_value(y)}"
    only_a, only_b = ([part for part in one if part not in other] for one, other in ((a, b), (b, a)))
    return f"what was looked through differs: {' '.join(only_a) or 'nothing'} and {' '.join(only_b) or 'nothing'}"


def _value(parts: list[str]) -> str:
    return ", ".join(part.partition(":")[2] for part in parts) or "none"


def _options(options: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(options.items())) or "none"


def _limit(subset: int | None) -> str:
    return "the whole split" if subset is None else f"its first {subset:,}"
