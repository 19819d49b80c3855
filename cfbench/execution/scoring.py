"""From the evidence on disk to the numbers of a result. A pure function of the shard files."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

from cfbench.errors import CfbenchError, UsageError
from cfbench.execution.evidence import Rows, sorted_rows
from cfbench.execution.shards import FAILED, MISSING, evidence_key
from cfbench.execution.store import shard_key
from cfbench.files import canonical_json
from cfbench.results import Failure, Score
from cfbench.statistics import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cfbench.execution.shards import ShardReport
    from cfbench.execution.store import RunStore
    from cfbench.metrics import Evidence, Metric


def collect_outcomes(reports: Sequence[ShardReport]) -> tuple[list[Failure], list[str], str]:
    """Failed samples and missing ids in the order of the split, and the digest of all predictions.

    Every id must come exactly once. The words of an error are in no digest.
    """
    ordered = sorted(reports, key=lambda report: report.shard.start)
    outcomes = [outcome for report in ordered for outcome in report.outcomes]
    if len({outcome.sample for outcome in outcomes}) != len(outcomes):
        raise CfbenchError("A sample was counted twice", "two shards hold the same id")
    failed = [Failure(sample=o.sample, error=o.error or FAILED) for o in outcomes if o.status == FAILED]
    missing = [o.sample for o in outcomes if o.status == MISSING]
    digest = hashlib.sha256()
    for outcome in sorted(outcomes, key=lambda o: o.sample):
        digest.update(canonical_json([outcome.sample, outcome.status, outcome.digest]) + b"\n")
    return failed, missing, digest.hexdigest()


def read_evidence(
    store: RunStore, name: str, identity: dict[str, Any], reports: Sequence[ShardReport], origin_key: str
) -> Rows:
    """The rows of every shard, sorted, each file held against its key."""
    rows: Rows = []
    for report in reports:
        path = store.evidence_path(name, report.shard.name)
        predictions = shard_key(origin_key, [outcome.sample for outcome in report.outcomes])
        table = store.read_table(path, evidence_key(predictions, report.outcomes, identity))
        if table is None:
            raise CfbenchError(f"{path} cannot be read back", "it changed while the run went on")
        rows += table.to_pylist()
    return sorted_rows(rows)


def score_metric(
    metric: Metric,
    slices: Mapping[str, Evidence],
    *,
    seed: int,
    resamples: int,
    incomplete: str | None,
) -> list[Score]:
    """Every number of a metric on every slice. ``incomplete`` is the reason why none has a value, if so."""
    scores: list[Score] = []
    for name, evidence in slices.items():
        values = {} if incomplete else _values(metric, evidence)
        bounds: Mapping[str, tuple[float, float] | None] = {}
        if values and resamples and len(evidence):
            bounds = intervals(metric, evidence, seed=seed, resamples=resamples)
        for number, declared in metric.numbers.items():
            value = values.get(number)
            low, high = (bounds.get(number) if value is not None else None) or (None, None)
            samples = evidence.samples() if incomplete else metric.samples_of(number, evidence)
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
                    detail=number in metric.details,
                )
            )
    return scores


def remarks_on(metric: Metric, evidence: Evidence) -> list[str]:
    """What a metric says of its own numbers, on these samples."""
    return [f"{metric.name}: {remark}" for remark in metric.remarks(evidence)] if len(evidence) else []


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
