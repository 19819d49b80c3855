"""The work of one shard: predict, then look. Every engine calls :func:`process_shard` and nothing else.

While a model predicts, no target is in memory (unless it declares ``needs_target``). What a task asks of it beside the
truth comes when the predictions of the batch are final, and is added to them. A model that raises on a sample, or
answers with something that is no prediction, fails that sample only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, UsageError, in_one_line
from cfbench.execution.evidence import complete_rows
from cfbench.execution.folder_model import MissingPrediction
from cfbench.execution.store import RunStore, key_digest, shard_key
from cfbench.files import canonical_json, sha256_hex
from cfbench.metrics import Metric, Scored
from cfbench.tasks import PredictionFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from cfbench.execution.bench import Workbench
    from cfbench.execution.plan import Shard

MAX_ERROR_LENGTH = 500
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}")
OK, FAILED, MISSING = "ok", "failed", "missing"


@dataclass(frozen=True)
class Outcome:
    """What became of a sample."""

    sample: str
    status: str
    error: str | None
    digest: str | None  # of the prediction in its canonical form


@dataclass(frozen=True)
class NoPrediction:
    """Stands where a sample has no prediction, and says why."""

    error: str
    status: str = FAILED


@dataclass(frozen=True)
class ShardReport:
    """What became of a shard."""

    shard: Shard
    outcomes: list[Outcome]
    predicted: bool  # False where the predictions were there already


def process_shard(
    bench: Workbench, store: RunStore, shard: Shard, origin_key: str, *, retry_failed: bool
) -> ShardReport:
    """Make what is absent of a shard's predictions and evidence."""
    key = shard_key(origin_key, bench.split.ids[shard.start : shard.end])
    path = store.prediction_path(shard.name)
    table = store.read_table(path, key)
    if table is not None and retry_failed and any(s != OK for s in table["status"].to_pylist()):
        table = None
    predicted = table is None
    if table is None:
        store.write_rows(path, predict(bench, shard), prediction_schema(bench), key)
        table = store.read_table(path, key)
    if table is None:
        raise CfbenchError(f"{path} cannot be read back", "the disk lost what was written to it")
    outcomes = outcomes_of(table)
    absent: dict[str, tuple[Metric, str]] = {}
    for metric in bench.metrics:
        wanted = evidence_key(key, outcomes, bench.judges.identity(metric))
        if store.read_table(store.evidence_path(metric.name, shard.name), wanted) is None:
            absent[metric.name] = (metric, wanted)
    if absent:
        found = look(bench, [metric for metric, _ in absent.values()], shard, table)
        for name, (_, wanted) in absent.items():
            store.write_rows(store.evidence_path(name, shard.name), found[name], None, wanted)
    return ShardReport(shard, outcomes, predicted)


def outcomes_of(table: pa.Table) -> list[Outcome]:
    """What a predictions file says became of each sample."""
    columns = [table[name].to_pylist() for name in ("sample", "status", "error", "digest")]
    return [Outcome(*row) for row in zip(*columns, strict=True)]


def evidence_key(predictions_key: str, outcomes: Sequence[Outcome], metric: dict[str, Any]) -> str:
    """The key of the evidence of a metric on a shard."""
    digest = sha256_hex(canonical_json([[o.sample, o.status, o.digest] for o in outcomes]))
    return key_digest({"predictions": digest, "of": predictions_key, "metric": metric})


def prediction_schema(bench: Workbench) -> pa.Schema:
    """The columns of a predictions file."""
    import pyarrow as pa

    own = [pa.field(name, pa.string()) for name in ("sample", "status", "error", "digest")]
    return pa.schema([*own, *bench.task.columns()])


def predict(bench: Workbench, shard: Shard) -> list[dict[str, Any]]:
    """A row a sample."""
    model = bench.model  # here, so that a model that cannot be made ready is no failure of a sample
    rows: list[dict[str, Any]] = []
    size = bench.config.batch_size
    for start in range(shard.start, shard.end, size):
        indices = list(range(start, min(start + size, shard.end)))
        inputs = [bench.split.inputs(index, teacher_forced=bench.config.teacher_forced) for index in indices]
        batch = inputs
        if getattr(model, "needs_target", False):
            batch = [(given, bench.split.target(index)) for given, index in zip(inputs, indices, strict=True)]
        found = _predictions(bench, model, inputs, batch)
        found = _asked(bench, model, inputs, indices, found)
        rows += [_row(bench, given.id, one) for given, one in zip(inputs, found, strict=True)]
    return rows


def look(
    bench: Workbench, metrics: Sequence[Metric], shard: Shard, table: pa.Table
) -> dict[str, list[dict[str, Any]]]:
    """The evidence rows of each metric on the samples that have a prediction; each is decoded once."""
    rows: dict[str, list[dict[str, Any]]] = {metric.name: [] for metric in metrics}
    size = bench.config.batch_size
    for start in range(shard.start, shard.end, size):
        part = table.slice(start - shard.start, min(size, shard.end - start)).to_pylist()
        indices = [start + offset for offset, row in enumerate(part) if row["status"] == OK]
        scored = [_scored(bench, index, part[index - start]) for index in indices]
        slices = {one.id: bench.split.slices(index) for one, index in zip(scored, indices, strict=True)}
        groups: dict[str, str] | None = None
        if bench.split.grouped_by:
            groups = {one.id: bench.split.group(index) for one, index in zip(scored, indices, strict=True)}
        for metric in metrics if scored else ():
            rows[metric.name] += complete_rows(metric, scored, _evidence(metric, scored), slices, groups)
    return rows


def _scored(bench: Workbench, index: int, row: dict[str, Any]) -> Scored[Any, Any, Any]:
    given = bench.split.inputs(index, teacher_forced=bench.config.teacher_forced)
    return Scored(row["sample"], given, bench.split.target(index), bench.task.decode(row))


def _evidence(metric: Metric, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
    try:
        return metric.evidence(scored)
    except CfbenchError:
        raise
    except Exception as error:
        where = f"{scored[0].id} to {scored[-1].id}"
        raise UsageError(f"Metric '{metric.name}' failed on samples {where}", in_one_line(error)) from error


def _predictions(bench: Workbench, model: Any, inputs: Sequence[Any], batch: Sequence[Any]) -> list[Any]:
    """The prediction of each sample in its canonical form, or why there is none."""
    try:
        answers = _answers(model, batch)
    except (Exception, SystemExit):  # noqa: BLE001 - one bad sample must not take its batch with it
        return [_alone(bench, model, given, one) for given, one in zip(inputs, batch, strict=True)]
    return [_checked(bench, given, answer) for given, answer in zip(inputs, answers, strict=True)]


def _asked(
    bench: Workbench, model: Any, inputs: Sequence[Any], indices: Sequence[int], found: Sequence[Any]
) -> list[Any]:
    """The predictions with what the task asks of the model now that they are final."""

    def ask(places: Sequence[int]) -> list[Any]:
        answers = bench.task.ask(
            model,
            [inputs[place] for place in places],
            [found[place] for place in places],
            lambda at: bench.split.target(indices[places[at]]),
        )
        return list(answers)

    whole = [place for place, one in enumerate(found) if not isinstance(one, NoPrediction)]
    try:
        told = ask(whole) if whole else []
    except (Exception, SystemExit):  # noqa: BLE001 - one bad sample must not take its batch with it
        told = [_excused(lambda places: ask(places)[0], [place]) for place in whole]
    answers = list(found)
    for place, one in zip(whole, told, strict=True):
        answers[place] = one
    return answers


def _answers(model: Any, batch: Sequence[Any]) -> list[Any]:
    answers = list(model.predict(list(batch)))  # a list of its own: it may do with it what it likes
    if len(answers) != len(batch):
        message = f"{len(answers)} predictions for {len(batch)} samples"
        raise PredictionFault(message)
    return answers


def _alone(bench: Workbench, model: Any, inputs: Any, one: Any) -> Any:
    answer = _excused(lambda batch: _answers(model, batch)[0], [one])
    return answer if isinstance(answer, NoPrediction) else _checked(bench, inputs, answer)


def _excused(step: Callable[[Any], Any], given: Any) -> Any:
    """What a step makes of what it is given, or why it makes nothing: whatever a model raises is recorded."""
    try:
        return step(given)
    except MissingPrediction as error:
        return NoPrediction(str(error), MISSING)
    except PredictionFault as error:
        return NoPrediction(str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's model
        return NoPrediction(in_one_line(error))


def _checked(bench: Workbench, inputs: Any, answer: Any) -> Any:
    try:
        return bench.task.check(inputs, answer)
    except PredictionFault as error:
        return NoPrediction(str(error))
    except Exception as error:  # noqa: BLE001 - an answer may be anything, and may raise when looked at
        return NoPrediction(f"no prediction: {in_one_line(error)}")


def _row(bench: Workbench, sample: str, found: Any) -> dict[str, Any]:
    """What is kept of a sample; of an error without addresses in memory, which differ from run to run."""
    if isinstance(found, NoPrediction):
        line = ADDRESS.sub("0x…", found.error)[:MAX_ERROR_LENGTH]
        row = {"sample": sample, "status": found.status, "error": line, "digest": None}
        return row | dict.fromkeys(bench.task.columns().names)
    digest = sha256_hex(canonical_json(bench.task.digest_form(found)))
    row = {"sample": sample, "status": OK, "error": None, "digest": digest}
    return row | bench.task.encode(found)
