"""CF6xx: the numbers of a result computed again from its predictions, by this machine's metrics and detectors."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.api import start_score
from cfbench.config import available_threads
from cfbench.datasets import dataset_class
from cfbench.errors import CfbenchError, EnvironmentLackError, UsageError
from cfbench.plugins import PluginError, refuse_strangers
from cfbench.reporter import Reporter, silent

if TYPE_CHECKING:
    from cfbench.bundles.findings import Findings
    from cfbench.bundles.manifest import RunRecord
    from cfbench.results import Result, Score

WITHIN = 1e-9
"""How far a number without a network may be from its first computing, relative to it or absolute below 1."""
WITHIN_BY_NETWORK = 2e-3
"""The same where a network looked: on another processor a few of its decisions fall the other way."""


@dataclass(frozen=True)
class Rescored:
    """The result that the same predictions have here, and how it differs."""

    result: Result
    differences: list[str]
    """Numbers that are others, each in words; empty where all agree."""
    same_evidence: bool
    """Whether every metric saw the same, to the byte."""
    other_samples: bool
    """Whether the predictions are not of the data set's samples."""


def rescore(
    predictions: Path,
    result: Result,
    record: RunRecord,
    *,
    out: Path,
    data_root: Path | None = None,
    reporter: Reporter = silent,
) -> Rescored:
    """Score a folder of predictions as ``result`` was, into ``out``, and compare.

    Raises:
        EnvironmentLackError: The data set, a metric, a detector or a package is not here.
    """
    options = _options(result, record, out, data_root)
    try:
        again = start_score({**options, "predictions": predictions}, reporter=reporter).result
    except PluginError as error:
        raise EnvironmentLackError(error.what, error.why, error.fix) from error
    other = (
        again.dataset.fingerprint != result.dataset.fingerprint
        or again.predictions_digest != result.predictions_digest
    )
    return Rescored(
        again,
        _differences(result, again),
        same_evidence=again.evidence_digests == result.evidence_digests,
        other_samples=other,
    )


def check_deep(
    predictions: Path,
    result: Result,
    record: RunRecord,
    findings: Findings,
    *,
    reporter: Reporter,
    data_root: Path | None,
) -> None:
    """Tell what computing again says."""
    try:
        with tempfile.TemporaryDirectory(prefix="cfbench-") as out:
            found = rescore(
                predictions, result, record, out=Path(out), data_root=data_root, reporter=reporter
            )
    except (EnvironmentLackError, UsageError) as error:
        findings.add("CF601", "scores", f"{error.what}: {error.why}", error.fix)
        return
    except CfbenchError as error:
        findings.add("CF602", "predictions", f"{error.what}: {error.why}")
        return
    if found.other_samples:
        findings.add(
            "CF602", "predictions", "the fingerprint of the samples, or what is missing of them, is another"
        )
    for difference in found.differences:
        address, _, why = difference.partition(": ")
        findings.add("CF603", address, why)
    if not found.differences and not found.other_samples:
        findings.add("CF604", "scores", f"{len(result.scores)} numbers")
        if not found.same_evidence:
            findings.add("CF605", "evidence")


def _options(result: Result, record: RunRecord, out: Path, data_root: Path | None) -> dict[str, Any]:
    dataset, protocol = result.dataset, result.protocol
    declared: Any = record.identity.get("metrics")
    named = [one for one in declared if isinstance(one, dict)] if isinstance(declared, list) else []
    refuse_strangers("datasets", [dataset.name])
    refuse_strangers("metrics", [str(one.get("name")) for one in named])
    refuse_strangers("detectors", [detector.name for detector in result.detectors])
    looked: Any = next((one["looked"] for one in named if isinstance(one.get("looked"), dict)), {})
    threads = looked.get("threads")
    return {
        "dataset": dataset.name,
        "official": dataset_class(dataset.name).twin is not None,  # else the twin would stand in for it
        "dataset_option": dict(dataset.options),
        "split": dataset.split,
        "limit": dataset.subset,
        "metric": tuple(f"{one['name']}:{one.get('protocol')}" for one in named),
        "detector": {detector.kind: detector.name for detector in result.detectors},
        "name": result.model.name[:100],
        "seed": protocol.seed,
        "batch_size": looked.get("batch_size", protocol.batch_size),
        "threads": min(threads if isinstance(threads, int) else protocol.threads, available_threads()),
        "precision": looked.get("precision", "fp32"),
        "resamples": result.resamples,
        "data_root": data_root,
        "out": out,
    }


def _differences(first: Result, again: Result) -> list[str]:
    here = {score.address: score for score in again.scores}
    there = {score.address: score for score in first.scores}
    odd = [f"{address}: it is in only one of the two" for address in sorted(here.keys() ^ there.keys())]
    return odd + [
        f"{address}: {difference}"
        for address, score in there.items()
        if address in here and (difference := _difference(score, here[address]))
    ]


def _difference(first: Score, again: Score) -> str:
    through_network = "@" in first.signature
    if first.signature != again.signature:
        return f"it is {again.signature} here, and was {first.signature}"
    for name in ("value", "ci_low", "ci_high"):
        one, other = getattr(first, name), getattr(again, name)
        if (one is None) != (other is None):
            return f"its {name} is {other} here, and was {one}"
        within = WITHIN_BY_NETWORK if through_network else WITHIN
        if one is not None and abs(one - other) > within * max(1.0, abs(one)):
            return f"its {name} is {other} here, and was {one}"
    return ""
