"""From a configuration to a result on disk. Killed at any point, the same call continues where it was."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench._version import __version__
from cfbench.config import EXECUTION_ONLY
from cfbench.errors import CfbenchError, unknown_name
from cfbench.execution.bench import LiveObjects, Workbench
from cfbench.execution.evidence import evidence_digest, slices_of
from cfbench.execution.local import Job
from cfbench.execution.plan import Plan, cut, numeric, run_id
from cfbench.execution.scoring import collect_outcomes, read_evidence, remarks_on, score_metric
from cfbench.execution.store import RunStore
from cfbench.results import Result, Score
from cfbench.results.environment import capture_environment
from cfbench.threads import limited_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.config import RunConfig
    from cfbench.execution.plan import Shard
    from cfbench.execution.shards import ShardReport
    from cfbench.reporter import Reporter

ENGINES = {"local": "cfbench.execution.local:run_local"}


@dataclass(frozen=True)
class FinishedRun:
    """A result and where it lies."""

    result: Result
    folder: Path
    bench: Workbench
    plan: Plan

    def prediction(self, index: int) -> Any:
        """The stored prediction of a sample, by its position in the split."""
        shard = next(shard for shard in self.plan.shards if shard.start <= index < shard.end)
        return self._decoded(shard, index - shard.start, 1)[0]

    def predictions(self) -> list[Any]:
        """The stored predictions of all samples of a complete run, in the order of the split."""
        return [one for shard in self.plan.shards for one in self._decoded(shard, 0, None)]

    def _decoded(self, shard: Shard, start: int, count: int | None) -> list[Any]:
        store = RunStore(self.folder)
        table = store.read_table(store.prediction_path(shard.name), None)
        if table is None:
            raise CfbenchError(
                f"The predictions of {self.bench.split.ids[shard.start + start]} cannot be read"
            )
        return [self.bench.task.decode(row) for row in table.slice(start, count).to_pylist()]


def execute(config: RunConfig, reporter: Reporter, live: LiveObjects | None = None) -> FinishedRun:
    """Predict, look and score what is not yet done, and write ``result.json``."""
    if config.engine not in ENGINES:
        raise unknown_name("engine", config.engine, ENGINES, list_command="cfbench run --help")
    began = time.monotonic()
    with limited_threads(config.threads):
        bench = Workbench(config, reporter, live)
        identity = run_id(bench.identity)
        folder = config.out / f"{_safe(bench.model_name)}--{bench.dataset.name}--{identity}"
        store = RunStore(folder)
        store.prepare()
        with store.locked(), limited_threads(config.threads):  # again: a network may have brought torch since
            session = _note_session(store, None, state="began", engine=config.engine, workers=config.workers)
            plan = _plan(store, bench)
            store.write_json("run.json", run_file(bench))
            reports = _process(plan, bench, folder)
            result = _result(bench, plan, store, reports)
            store.write_json("result.json", result.model_dump(mode="json"))
            _note_session(
                store,
                session,
                state="ended",
                seconds=round(time.monotonic() - began, 3),
                shards=len(reports),
                shards_already_there=sum(not report.predicted for report in reports),
            )
    return FinishedRun(result, folder, bench, plan)


def run_file(bench: Workbench) -> dict[str, Any]:
    """The resolved configuration, as ``--config`` takes it to run the same again."""
    left_out = EXECUTION_ONLY - {"data_root"}
    values = _resolved(bench).model_dump(mode="json", exclude=set(left_out))
    return {key: value for key, value in values.items() if value is not None}


def _resolved(bench: Workbench) -> RunConfig:
    """The configuration with what was chosen for the user written out."""
    asked = bench.dataset_asked
    twin = bench.dataset.twin_of is not None and ":" not in asked
    values = {
        "dataset": bench.dataset.name if twin else asked,
        "dataset_option": bench.dataset.chosen,
        "split": bench.split_name,
        "metric": tuple(bench.judges.references),
    }
    return bench.config.model_copy(update=values)


def _plan(store: RunStore, bench: Workbench) -> Plan:
    """The plan that the run began with, or a new one where it did not begin or cannot go on."""
    environment = capture_environment(Path.cwd())
    before = Plan.read(store)
    if before is not None and before.identity == bench.identity:
        if numeric(before.environment) == numeric(environment):
            if bench.config.shards not in (None, len(before.shards)):
                count = len(before.shards)
                bench.reporter.line(f"Continuing with the {count} shards that this run began with.")
            return before
        bench.reporter.line("The libraries changed since this run began; it starts again.")
    shards = cut(len(bench.split), bench.config.batch_size, bench.config.shards)
    plan = Plan(bench.identity, environment, bench.check_detectors(), shards)
    store.keep_only([shard.name for shard in shards])
    plan.write(store)
    return plan


def _process(plan: Plan, bench: Workbench, folder: Path) -> list[ShardReport]:
    for detector in plan.detectors:
        bench.reporter.line(f"Detector {detector.name} scores {detector.self_check:.3f} on true images.")
    job = Job(_resolved(bench), folder, plan.origin_key, bench.model_info.code_digest)
    module, _, function = ENGINES[bench.config.engine].partition(":")
    engine = getattr(import_module(module), function)
    reports: list[ShardReport] = []
    with bench.reporter.track(f"{bench.model_name} on {bench.dataset.name}", len(bench.split)) as advance:
        for report in engine(job, plan.shards, bench):
            reports.append(report)
            advance(report.shard.end - report.shard.start)
    kept = sum(not report.predicted for report in reports)
    if kept:
        bench.reporter.line(f"{kept} of {len(reports)} shards were there already and were not run again.")
    return sorted(reports, key=lambda report: report.shard.start)


def _result(bench: Workbench, plan: Plan, store: RunStore, reports: Sequence[ShardReport]) -> Result:
    failed, missing, predictions = collect_outcomes(reports)
    lost = len(failed) + len(missing)
    incomplete = f"{lost} of {len(bench.split)} samples have no prediction" if lost else None
    digests: dict[str, str] = {}
    scores: list[Score] = []
    remarks: list[str] = []
    for metric in bench.metrics:
        identity = bench.judges.identity(metric)
        rows = read_evidence(store, metric.name, identity, reports, plan.origin_key)
        digests[metric.name] = evidence_digest(rows)
        slices = slices_of(metric, rows)
        scores += score_metric(
            metric,
            slices,
            seed=bench.protocol.seed,
            resamples=bench.config.resamples,
            incomplete=incomplete,
        )
        remarks += [] if incomplete else remarks_on(metric, slices["all"])
    return Result(
        cfbench_version=__version__,
        run_id=plan.run_id,
        task=bench.task.name,
        model=bench.model_info,
        dataset=bench.dataset_info,
        protocol=bench.protocol,
        resamples=bench.config.resamples,
        resampled={
            metric.name: bench.split.grouped_by or metric.unit
            for metric in bench.metrics
            if metric.with_intervals
        },
        detectors=plan.detectors,
        environment=plan.environment,
        complete=not lost,
        failed=failed,
        missing=missing,
        unranked_because=_unranked(bench, incomplete),
        predictions_digest=predictions,
        evidence_digests=digests,
        scores=scores,
        remarks=remarks,
    )


def _unranked(bench: Workbench, incomplete: str | None) -> list[str]:
    reasons = {
        "the model is given the targets": bench.model_info.needs_target,
        "turns were teacher-forced": bench.protocol.teacher_forced,
        "only a subset of the split was asked for": bench.dataset_info.subset is not None,
        incomplete or "": incomplete is not None,
    }
    return [reason for reason, holds in reasons.items() if holds]


def _note_session(store: RunStore, number: int | None, **facts: Any) -> int:
    """Add a session to ``provenance.json``, or facts to one that began; its number."""
    before = store.read_json("provenance.json")
    sessions = before.get("sessions") if isinstance(before, dict) else None
    sessions = sessions if isinstance(sessions, list) else []
    if number is None or number >= len(sessions):
        number = len(sessions)
        sessions.append({"host": socket.gethostname()})
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    sessions[number] = {**sessions[number], **facts, "at": now}
    store.write_json("provenance.json", {"sessions": sessions})
    return number


def _safe(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name)
    return kept.strip(".-")[:80] or "model"
