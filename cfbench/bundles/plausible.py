"""CF5xx: whether the numbers can be what they are said to be, by what metrics and data sets declare of themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cfbench.datasets import dataset_class
from cfbench.errors import CfbenchError
from cfbench.execution.judges import metric_class
from cfbench.plugins import plugins

if TYPE_CHECKING:
    from cfbench.bundles.findings import Findings
    from cfbench.metrics import Metric
    from cfbench.results import Result, Score

ROUNDING = 1e-9  # how far rounding may take a value beyond its range or its interval
_LABEL = re.compile(r"(?P<name>[^|@]+)@(?P<version>[^|:@]+):(?P<digest>[0-9a-f]{8}|none)")


def check_plausible(result: Result, findings: Findings) -> None:
    """Hold every number against its metric, and the samples against their data set."""
    known: dict[str, type[Metric] | None] = {}
    for score in result.scores:
        if score.metric not in known:
            known[score.metric] = _metric(score.metric, result, findings)
        _check_score(score, known[score.metric], result, findings)
    _check_dataset(result, findings)
    for detector in result.detectors:
        if detector.self_check < detector.floor:
            why = f"{detector.self_check:.3f} on true images, and its floor is {detector.floor:.3f}"
            findings.add("CF509", f"detector {detector.name}", why)
        _check_detector(detector.name, detector.digest, findings)


def _metric(name: str, result: Result, findings: Findings) -> type[Metric] | None:
    """The class of a registered metric that judges the task; None, and told, where there is none."""
    try:
        cls = metric_class(name) if name in plugins("metrics") else None
    except CfbenchError as error:
        findings.add("CF504", name, error.why)
        return None
    if cls is None:
        findings.add("CF504", name)
    elif result.task not in cls.tasks:
        findings.add("CF506", name, f"it does not judge the task '{result.task}'")
        return None
    return cls


def _check_score(score: Score, cls: type[Metric] | None, result: Result, findings: Findings) -> None:
    metric, _, rest = score.signature.partition("|")
    parts = [part.partition(":")[::2] for part in rest.split("|")]
    said = dict(parts)
    once = sorted(key for key, _ in parts if key in {"proto", "n", "v"}) == ["n", "proto", "v"]
    if metric != score.metric or not once or said["n"] != str(score.n):
        why = f"'{score.signature}' is said of {score.metric} on {score.n} samples"
        findings.add("CF503", score.address, why)
        return
    _check_interval(score, findings)
    _check_seen(score, [value for _, value in parts if "@" in value], result, findings)
    if cls is None:
        return
    if said["v"] != str(cls.version):
        findings.add("CF505", score.address, f"version {said['v']}, and here it is {cls.version}")
        return
    declared = cls.numbers.get(score.name)
    if declared is None or said["proto"] not in cls.protocols:
        why = f"it has no number '{score.name}' or no protocol '{said['proto']}'"
        findings.add("CF506", score.address, why)
        return
    if declared.higher_is_better != score.higher_is_better:
        findings.add("CF506", score.address, "the other direction is better")
    low, high = declared.range
    below = low is not None and score.value is not None and score.value < low - ROUNDING
    above = high is not None and score.value is not None and score.value > high + ROUNDING
    if below or above:
        shown = f"{'…' if low is None else low} to {'…' if high is None else high}"
        findings.add("CF501", score.address, f"{score.value}, and it lies in {shown}")


def _check_interval(score: Score, findings: Findings) -> None:
    if score.ci_low is None or score.ci_high is None:
        return
    if score.value is None:
        findings.add("CF204", score.address, "it has an interval and no value")
    elif not score.ci_low - ROUNDING <= score.value <= score.ci_high + ROUNDING:
        findings.add("CF502", score.address, f"{score.value} in {score.ci_low} to {score.ci_high}")


def _check_seen(score: Score, labels: list[str], result: Result, findings: Findings) -> None:
    """Every detector in a signature must be one that the result names, with its version and digest."""
    named = {(one.name, one.version, (one.digest or "none")[:8]) for one in result.detectors}
    for label in labels:
        found = _LABEL.fullmatch(label)
        if found is None or found.groups() not in named:
            findings.add("CF510", score.address, label)


def _check_dataset(result: Result, findings: Findings) -> None:
    told = result.dataset
    where = f"{told.name}@{told.version} {told.split}"
    try:
        cls = dataset_class(told.name) if told.name in plugins("datasets") else None
    except CfbenchError as error:
        findings.add("CF507", where, error.why)
        return
    if cls is None or cls.version != told.version:
        findings.add("CF507", where, f"here it is version {cls.version}" if cls else "")
        return
    wrong = {
        f"its task is '{cls.task}', not '{result.task}'": cls.task != result.task,
        f"it has the splits {', '.join(cls.splits)}": told.split not in cls.splits,
        f"it stands in for {cls.twin_of}, not {told.twin_of}": cls.twin_of != told.twin_of,
    }
    for why, holds in wrong.items():
        if holds:
            findings.add("CF508", where, why)
    try:
        default = told.options == cls.resolve_options({})
        cls.resolve_options(told.options)
    except CfbenchError as error:
        findings.add("CF508", where, str(error))
        return
    pinned = cls.fingerprints.get(told.split)
    if default and told.subset is None and pinned is not None and pinned != told.fingerprint:
        findings.add("CF508", where, f"their fingerprint is {told.fingerprint}, and it should be {pinned}")


def _check_detector(name: str, digest: str | None, findings: Findings) -> None:
    """Hold the digest against the weights of that name on this machine, where there are any. No network is loaded."""
    from cfbench.weights import every_file

    here: set[Any] = {
        file.card.sha256 for file in every_file() if file.card is not None and file.card.name == name
    }
    if here and digest not in here:
        findings.add("CF511", f"detector {name}", f"its digest is {digest}; here: {', '.join(sorted(here))}")
