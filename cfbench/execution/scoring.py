"""From the evidence on disk to the numbers of a result. A pure function of the shard files."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import CfbenchError, UsageError
from cfbench.files import canonical_json
from cfbench.metrics import Evidence, Metric
from cfbench.results import Failure, Score
from cfbench.statistics import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.datasets import Split
    from cfbench.execution.shards import ShardReport
    from cfbench.execution.store import RunStore

Rows = list[dict[str, Any]]


def collect_outcomes(reports: Sequence[ShardReport]) -> tuple[list[Failure], list[str], str]:
    """Failed samples and missing ids in the order of the split, and the digest of all predictions.

    Every id must come exactly once.
    """
    ordered = sorted(reports, key=lambda report: report.shard.start)
    outcomes = [outcome for report in ordered for outcome in report.outcomes]
    ids = [outcome[0] for outcome in outcomes]
    if len(set(ids)) != len(ids):
        raise CfbenchError("A sample was counted twice", "two shards hold the same id")
    failed = [Failure(sample=o[0], error=o[2] or "failed") for o in outcomes if o[1] == "failed"]
    missing = [o[0] for o in outcomes if o[1] == "missing"]
    digest = hashlib.sha256()
    for outcome in sorted(outcomes):
        digest.update(canonical_json(outcome) + b"\n")
    return failed, missing, digest.hexdigest()


def read_evidence(store: RunStore, metric: Metric, reports: Sequence[ShardReport]) -> Rows:
    """The rows of every shard, sorted by sample id and turn."""
    rows: Rows = []
    for report in reports:
        path = store.evidence_path(metric.name, report.shard.name)
        table = store.read_table(path, report.evidence_keys[metric.name])
        if table is None:
            raise CfbenchError(f"{path} cannot be read back", "it changed while the run went on")
        rows += table.to_pylist()
    return sorted(rows, key=lambda row: (row["sample"], row.get("turn", 0)))


def evidence_digest(rows: Rows) -> str:
    """SHA-256 over the canonical rows."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(canonical_json(row) + b"\n")
    return digest.hexdigest()


def score_metric(
    metric: Metric, rows: Rows, split: Split[Any, Any], *, seed: int, resamples: int, incomplete: str | None
) -> list[Score]:
    """Every number of a metric on every slice. ``incomplete`` is the reason why none has a value, if so."""
    slices = _slices(metric, rows, split)
    scores: list[Score] = []
    for name, evidence in slices.items():
        samples = len(set(evidence.columns["sample"].tolist())) if len(evidence) else 0
        values = {} if incomplete else _values(metric, evidence)
        bounds: Mapping[str, tuple[float, float] | None] = {}
        if values and resamples:
            bounds = intervals(metric, evidence, seed=seed, resamples=resamples)
        for number, declared in metric.numbers.items():
            value = values.get(number)
            low, high = (bounds.get(number) if value is not None else None) or (None, None)
            scores.append(
                Score(
                    metric=metric.name,
                    name=number,
                    slice=name,
                    value=value,
                    reason=None if value is not None else incomplete or "undefined on these samples",
                    ci_low=low,
                    ci_high=high,
                    n=samples,
                    higher_is_better=declared.higher_is_better,
                    signature=metric.signature(samples),
                )
            )
    return scores


def _values(metric: Metric, evidence: Evidence) -> dict[str, float | None]:
    if not len(evidence):
        return dict.fromkeys(metric.numbers)
    values = metric.score(evidence)
    if set(values) != set(metric.numbers):
        raise UsageError(
            f"Metric '{metric.name}' gave {sorted(values)}", f"it declares {sorted(metric.numbers)}"
        )
    for name, value in values.items():
        if value is not None and not math.isfinite(value):
            raise UsageError(f"Metric '{metric.name}' gave {value} as {name}", "a value is finite or None")
    return values


def _slices(metric: Metric, rows: Rows, split: Split[Any, Any]) -> dict[str, Evidence]:
    columns: dict[str, npt.NDArray[Any]] = {"sample": np.array([row["sample"] for row in rows], dtype=object)}
    for name in rows[0] if rows else ():
        columns[name] = np.array([row[name] for row in rows])
    everything = Evidence.of(columns)
    slices = {"all": everything}
    members: dict[str, set[str]] = {}
    for index, sample in enumerate(split.ids):
        for name in split.slices(index):
            members.setdefault(name, set()).add(sample)
    for name in sorted(members):
        slices[name] = everything.where(np.isin(columns["sample"], list(members[name])))
    if metric.slice_by_turn and rows:
        for turn in sorted(set(columns["turn"].tolist())):
            slices[f"turn-{turn}"] = everything.where(columns["turn"] == turn)
    return slices
