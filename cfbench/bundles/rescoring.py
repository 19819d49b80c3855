"""The numbers of a result computed again from its predictions, by this machine's metrics and detectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.api import start_score
from cfbench.config import available_threads
from cfbench.datasets import dataset_class
from cfbench.errors import EnvironmentLackError
from cfbench.execution.judges import metric_class
from cfbench.plugins import PluginError, refuse_strangers
from cfbench.reporter import Reporter, silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
    agreeing: int
    """How many numbers agree."""
    differences: list[str]
    """Numbers that are others, each in words; empty where all agree."""
    elsewhere: dict[str, str]
    """By metric, why nothing was held against its numbers: another version or network was at work there."""
    stepping: list[str]
    """Diagnostics that are others where a network's features were rounded otherwise, such as a rank; no difference."""
    same_evidence: bool
    """Whether every metric saw the same, to the byte."""
    other_samples: bool
    """Whether the predictions are not of the data set's samples."""


def declared_metrics(record: RunRecord) -> list[dict[str, Any]]:
    """The metrics of a run's configuration, with what else it says of each."""
    declared: Any = record.identity.get("metrics")
    return [one for one in declared if isinstance(one, dict)] if isinstance(declared, list) else []


def rescore(
    predictions: Path,
    result: Result,
    record: RunRecord,
    *,
    out: Path,
    metrics: Sequence[str] | None = None,
    offline: bool = False,
    data_root: Path | None = None,
    reporter: Reporter = silent,
) -> Rescored:
    """Score a folder of predictions as ``result`` was, into ``out``, and compare. ``metrics`` are some of its own.

    Raises:
        EnvironmentLackError: The data set, a metric, a detector or a package is not here.
    """
    named = [one for one in declared_metrics(record) if metrics is None or one.get("name") in metrics]
    options = _options(result, record, named, out)
    try:
        again = start_score(
            {**options, "predictions": predictions, "data_root": data_root, "offline": offline},
            reporter=reporter,
        ).result
    except PluginError as error:
        raise EnvironmentLackError(error.what, error.why, error.fix) from error
    judged = [one["name"] for one in named]
    before = [score for score in result.scores if metrics is None or score.metric in judged]
    elsewhere = _made_elsewhere(before, again.scores)
    rounded_alike = {
        name: digest == result.evidence_digests.get(name) for name, digest in again.evidence_digests.items()
    }
    differences, stepping, agreeing = _compared(before, again.scores, elsewhere, rounded_alike)
    return Rescored(
        again,
        agreeing,
        differences,
        elsewhere,
        stepping,
        same_evidence=all(same for name, same in rounded_alike.items() if name not in elsewhere),
        other_samples=(
            again.dataset.fingerprint != result.dataset.fingerprint
            or again.predictions_digest != result.predictions_digest
        ),
    )


def _options(result: Result, record: RunRecord, named: Sequence[dict[str, Any]], out: Path) -> dict[str, Any]:
    dataset, protocol = result.dataset, result.protocol
    refuse_strangers("datasets", [dataset.name])
    refuse_strangers("metrics", [str(one.get("name")) for one in named])
    kinds = {kind for one in named for kind in metric_class(one["name"]).needs}
    detectors = {detector.kind: detector.name for detector in result.detectors if detector.kind in kinds}
    refuse_strangers("detectors", detectors.values())
    looked: Any = next(
        (one["looked"] for one in declared_metrics(record) if isinstance(one.get("looked"), dict)), {}
    )
    threads = looked.get("threads")
    return {
        "dataset": dataset.name,
        "official": dataset_class(dataset.name).twin is not None,  # else the twin would stand in for it
        "dataset_option": dict(dataset.options),
        "split": dataset.split,
        "limit": dataset.subset,
        "metric": tuple(f"{one['name']}:{one.get('protocol')}" for one in named),
        "detector": detectors,
        "name": result.model.name[:100],
        "seed": protocol.seed,
        "batch_size": looked.get("batch_size", protocol.batch_size),
        "threads": min(threads if isinstance(threads, int) else protocol.threads, available_threads()),
        "precision": looked.get("precision", "fp32"),
        "resamples": result.resamples,
        "out": out,
    }


def _made_elsewhere(first: Sequence[Score], again: Sequence[Score]) -> dict[str, str]:
    """By metric, which other version or network the first numbers were made with than those that are here."""
    here = {score.metric: _tools(score.signature) for score in again}
    found = {}
    for score in first:
        tools = _tools(score.signature)
        if score.metric in here and tools != here[score.metric]:
            found[score.metric] = (
                f"they were made with {_said(tools)}, and here is {_said(here[score.metric])}"
            )
    return found


def _tools(signature: str) -> tuple[str, ...]:
    """The parts of a signature that name a version of the metric or a network."""
    return tuple(part for part in signature.split("|")[1:] if part.startswith("v:") or "@" in part)


def _said(tools: Sequence[str]) -> str:
    return ", ".join(part.replace("v:", "version ", 1) if part.startswith("v:") else part for part in tools)


def _compared(
    first: Sequence[Score], again: Sequence[Score], elsewhere: dict[str, str], rounded_alike: dict[str, bool]
) -> tuple[list[str], list[str], int]:
    """What differs, what only stepped, and how many agree."""
    here = {score.address: score for score in again if score.metric not in elsewhere}
    there = {score.address: score for score in first if score.metric not in elsewhere}
    odd = sorted(here.keys() ^ there.keys())
    differences = [f"{address}: it is in only one of the two" for address in odd]
    stepping = []
    agreeing = 0
    for address, score in there.items():
        if address not in here:
            continue
        difference = _difference(score, here[address])
        if not difference:
            agreeing += 1
        elif score.signature == here[address].signature and _may_step(here[address], rounded_alike):
            stepping.append(f"{address}: {difference}")
        else:
            differences.append(f"{address}: {difference}")
    return differences, stepping, agreeing


def _may_step(score: Score, rounded_alike: dict[str, bool]) -> bool:
    """Whether a number may jump where features are rounded otherwise: a rank, a share of permutations."""
    return score.detail and "@" in score.signature and not rounded_alike.get(score.metric, True)


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
