"""The work of one shard: predict, then look. Every engine calls :func:`process_shard` and nothing else.

While a model runs, no target is in memory (unless it declares ``needs_target``). A model that raises
on a sample, or answers with something that is no prediction, fails that sample only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cfbench.errors import CfbenchError, UsageError
from cfbench.execution.folder_model import MissingPrediction
from cfbench.execution.store import RunStore, key_digest
from cfbench.files import canonical_json, sha256_hex
from cfbench.metrics import Metric, Scored
from cfbench.tasks import PredictionFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.execution.bench import Workbench
    from cfbench.execution.plan import Shard

MAX_ERROR_LENGTH = 500


@dataclass(frozen=True)
class ShardReport:
    """What became of a shard."""

    shard: Shard
    outcomes: list[tuple[str, str, str | None, str | None]]  # sample, status, error, digest
    evidence_keys: dict[str, str]
    predicted: bool  # False where the predictions were there already


def process_shard(
    bench: Workbench, store: RunStore, shard: Shard, origin: str, *, retry_failed: bool
) -> ShardReport:
    """Make what is absent of a shard's predictions and evidence."""
    ids = list(bench.split.ids[shard.start : shard.end])
    key = key_digest({"origin": origin, "samples": sha256_hex(canonical_json(ids))})
    path = store.prediction_path(shard.name)
    table = store.read_table(path, key)
    if table is not None and retry_failed and any(s != "ok" for s in table["status"].to_pylist()):
        table = None
    predicted = table is None
    if table is None:
        store.write_rows(path, predict(bench, shard), prediction_schema(bench), key)
        table = store.read_table(path, key)
    if table is None:
        raise CfbenchError(f"{path} cannot be read back", "the disk lost what was written to it")
    columns = [table[name].to_pylist() for name in ("sample", "status", "error", "digest")]
    outcomes = list(zip(*columns, strict=True))
    digest = sha256_hex(canonical_json(outcomes))
    evidence_keys = {}
    for metric in bench.metrics:
        evidence_key = key_digest({"predictions": digest, "of": key, "metric": bench.metric_identity(metric)})
        evidence_path = store.evidence_path(metric.name, shard.name)
        if store.read_table(evidence_path, evidence_key) is None:
            store.write_rows(evidence_path, look(bench, metric, shard, table), None, evidence_key)
        evidence_keys[metric.name] = evidence_key
    return ShardReport(shard, outcomes, evidence_keys, predicted)


def prediction_schema(bench: Workbench) -> pa.Schema:
    """The columns of a predictions file."""
    own = [pa.field(name, pa.string()) for name in ("sample", "status", "error", "digest")]
    return pa.schema([*own, *bench.task.columns()])


def predict(bench: Workbench, shard: Shard) -> list[dict[str, Any]]:
    """A row a sample: status ``ok``, ``failed`` or ``missing``."""
    model = bench.model  # here, so that a model that cannot be made ready is no failure of a sample
    rows: list[dict[str, Any]] = []
    size = bench.config.batch_size
    for start in range(shard.start, shard.end, size):
        indices = list(range(start, min(start + size, shard.end)))
        inputs = [bench.split.inputs(index, teacher_forced=bench.config.teacher_forced) for index in indices]
        batch = _with_targets(bench, indices, inputs) if bench.model_info.needs_target else inputs
        try:
            answers = _answers(model, batch)
        except Exception:  # noqa: BLE001 - one bad sample must not take its batch with it
            rows += [
                _predict_alone(bench, model, given, one) for given, one in zip(inputs, batch, strict=True)
            ]
        else:
            rows += [_row(bench, given, answer) for given, answer in zip(inputs, answers, strict=True)]
    return rows


def look(bench: Workbench, metric: Metric, shard: Shard, table: pa.Table) -> list[dict[str, Any]]:
    """The evidence rows of a metric on the samples that have a prediction."""
    rows: list[dict[str, Any]] = []
    size = bench.config.batch_size
    for start in range(shard.start, shard.end, size):
        part = table.slice(start - shard.start, min(size, shard.end - start)).to_pylist()
        scored = []
        for offset, row in enumerate(part):
            if row["status"] == "ok":
                index = start + offset
                given = bench.split.inputs(index, teacher_forced=bench.config.teacher_forced)
                target = bench.split.target(index)
                scored.append(Scored(row["sample"], given, target, bench.task.decode(row)))
        try:
            rows += _sound(metric, scored, metric.evidence(scored)) if scored else []
        except CfbenchError:
            raise
        except Exception as error:  # a stranger's metric may raise anything
            where = f"{scored[0].id} to {scored[-1].id}"
            why = f"{type(error).__name__}: {error}"
            raise UsageError(f"Metric '{metric.name}' failed on samples {where}", why) from error
    return rows


def _sound(
    metric: Metric, scored: Sequence[Scored[Any, Any, Any]], rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows, if each is of one of the samples, every sample has one, and no number is NaN or infinite."""
    ids = {one.id for one in scored}
    if {row.get("sample") for row in rows} != ids:
        raise UsageError(f"Metric '{metric.name}' gave rows of other samples than it was asked for")
    for row in rows:
        for name, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise UsageError(
                    f"Metric '{metric.name}' gave {value} as {name} of {row['sample']}",
                    "evidence is finite, or None",
                )
    return rows


def _with_targets(bench: Workbench, indices: Sequence[int], inputs: Sequence[Any]) -> list[Any]:
    return [(given, bench.split.target(index)) for given, index in zip(inputs, indices, strict=True)]


def _answers(model: Any, batch: Sequence[Any]) -> list[Any]:
    answers = list(model.predict(batch))
    if len(answers) != len(batch):
        message = f"{len(answers)} predictions for {len(batch)} samples"
        raise PredictionFault(message)
    return answers


def _predict_alone(bench: Workbench, model: Any, inputs: Any, one: Any) -> dict[str, Any]:
    try:
        answer = _answers(model, [one])[0]
    except MissingPrediction as error:
        return _failure(bench, inputs.id, str(error), "missing")
    except PredictionFault as error:
        return _failure(bench, inputs.id, str(error))
    except Exception as error:  # noqa: BLE001 - whatever the model raises is recorded
        return _failure(bench, inputs.id, f"{type(error).__name__}: {error}")
    return _row(bench, inputs, answer)


def _row(bench: Workbench, inputs: Any, answer: Any) -> dict[str, Any]:
    try:
        prediction = bench.task.check(inputs, answer)
    except PredictionFault as error:
        return _failure(bench, inputs.id, str(error))
    digest = sha256_hex(canonical_json(bench.task.digest_form(prediction)))
    row = {"sample": inputs.id, "status": "ok", "error": None, "digest": digest}
    return row | bench.task.encode(prediction)


def _failure(bench: Workbench, sample: str, error: str, status: str = "failed") -> dict[str, Any]:
    line = " ".join(error.split())[:MAX_ERROR_LENGTH]
    row = {"sample": sample, "status": status, "error": line, "digest": None}
    return row | dict.fromkeys(bench.task.columns().names)
