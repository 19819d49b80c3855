"""From a configuration to a result on disk. Killed at any point, the same call continues where it was."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench._version import __version__
from cfbench.config import EXECUTION_ONLY
from cfbench.errors import CfbenchError
from cfbench.execution.bench import LiveObjects, Workbench
from cfbench.execution.local import Job, run_local
from cfbench.execution.plan import Shard, cut
from cfbench.execution.scoring import collect_outcomes, evidence_digest, read_evidence, score_metric
from cfbench.execution.store import RunStore, key_digest
from cfbench.files import canonical_json, sha256_hex
from cfbench.results import Result
from cfbench.results.environment import capture_environment
from cfbench.results.schema import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.config import RunConfig
    from cfbench.execution.shards import ShardReport
    from cfbench.reporter import Reporter


@dataclass(frozen=True)
class FinishedRun:
    """A result and where it lies."""

    result: Result
    folder: Path
    bench: Workbench
    shards: tuple[Shard, ...]

    def prediction(self, index: int) -> Any:
        """The stored prediction of a sample, by its position in the split."""
        shard = next(shard for shard in self.shards if shard.start <= index < shard.end)
        store = RunStore(self.folder)
        table = store.read_table(store.prediction_path(shard.name), None)
        if table is None:
            raise CfbenchError(f"The predictions of {self.bench.split.ids[index]} cannot be read")
        return self.bench.task.decode(table.slice(index - shard.start, 1).to_pylist()[0])


def execute(config: RunConfig, reporter: Reporter, live: LiveObjects | None = None) -> FinishedRun:
    """Predict, look and score what is not yet done, and write ``result.json``."""
    began = time.monotonic()
    bench = Workbench(config, reporter, live)
    origin = bench.origin()
    metrics = [bench.metric_identity(metric) for metric in bench.metrics]
    run_id = sha256_hex(canonical_json({"origin": origin, "metrics": metrics}))[:12]
    folder = config.out / f"{_safe(bench.model_name)}--{bench.dataset.name}--{run_id}"
    store = RunStore(folder)
    store.prepare()
    with store.locked():
        session = _note_session(store, None, state="began", workers=config.workers)
        shards, environment = _plan(store, bench, origin)
        store.write_json("run.json", run_file(bench))
        origin_key = key_digest({"origin": origin, "environment": _numeric(environment)})
        job = Job(bench.config.model_copy(update=_resolved(bench)), folder, origin_key)
        reports = _process(job, shards, bench, reporter)
        result = _result(bench, store, reports, run_id, environment)
        store.write_json("result.json", result.model_dump(mode="json"))
        _note_session(
            store,
            session,
            state="ended",
            seconds=round(time.monotonic() - began, 3),
            shards=len(reports),
            shards_already_there=sum(not report.predicted for report in reports),
        )
    return FinishedRun(result, folder, bench, tuple(shards))


def run_file(bench: Workbench) -> dict[str, Any]:
    """The resolved configuration, as ``--config`` takes it to run the same again."""
    config = bench.config.model_copy(update=_resolved(bench))
    values = config.model_dump(mode="json", exclude=set(EXECUTION_ONLY) - {"predictions", "data_root"})
    return {key: value for key, value in values.items() if value is not None}


def _resolved(bench: Workbench) -> dict[str, Any]:
    return {
        "dataset": bench.dataset.name,
        "dataset_option": bench.dataset.chosen,
        "split": bench.split_name,
        "metric": tuple(f"{metric.name}:{metric.protocol}" for metric in bench.metrics),
    }


def _plan(store: RunStore, bench: Workbench, origin: dict[str, Any]) -> tuple[list[Shard], Environment]:
    """The cut and the environment that the run began with, or new ones where it did not or cannot go on."""
    environment = capture_environment(Path.cwd())
    before = store.read_json("plan.json")
    if isinstance(before, dict) and before.get("origin") == origin:
        began = Environment.model_validate(before["environment"])
        if _numeric(began) == _numeric(environment):
            shards = [Shard(start, end) for start, end in before["shards"]]
            if bench.config.shards not in (None, len(shards)):
                bench.reporter.line(f"Continuing with the {len(shards)} shards that this run began with.")
            return shards, began
        bench.reporter.line("The libraries changed since this run began; it starts again.")
    shards = cut(len(bench.split), bench.config.batch_size, bench.config.shards)
    plan = {
        "origin": origin,
        "environment": environment.model_dump(),
        "shards": [[shard.start, shard.end] for shard in shards],
    }
    store.write_json("plan.json", plan)
    return shards, environment


def _numeric(environment: Environment) -> dict[str, Any]:
    return environment.model_dump(exclude={"git_commit", "git_dirty"})


def _process(job: Job, shards: Sequence[Shard], bench: Workbench, reporter: Reporter) -> list[ShardReport]:
    detectors = bench.detector_infos  # before any use
    for detector in detectors:
        reporter.line(f"Detector {detector.name} scores {detector.self_check:.3f} on true images.")
    reports = []
    with reporter.track(f"{bench.model_name} on {bench.dataset.name}", len(bench.split)) as advance:
        for report in run_local(job, shards, bench):
            reports.append(report)
            advance(report.shard.end - report.shard.start)
    kept = sum(not report.predicted for report in reports)
    if kept:
        reporter.line(f"{kept} of {len(reports)} shards were there already and were not run again.")
    return sorted(reports, key=lambda report: report.shard.start)


def _result(
    bench: Workbench, store: RunStore, reports: Sequence[ShardReport], run_id: str, environment: Environment
) -> Result:
    failed, missing, predictions = collect_outcomes(reports)
    lost = len(failed) + len(missing)
    incomplete = f"{lost} of {len(bench.split)} samples have no prediction" if lost else None
    digests, scores = {}, []
    for metric in bench.metrics:
        rows = read_evidence(store, metric, reports)
        digests[metric.name] = evidence_digest(rows)
        scores += score_metric(
            metric,
            rows,
            bench.split,
            seed=bench.config.seed,
            resamples=bench.config.resamples,
            incomplete=incomplete,
        )
    return Result(
        cfbench_version=__version__,
        run_id=run_id,
        task=bench.task.name,
        model=bench.model_info,
        dataset=bench.dataset_info,
        protocol=bench.protocol,
        detectors=bench.detector_infos,
        environment=environment,
        complete=not lost,
        failed=failed,
        missing=missing,
        unranked_because=_unranked(bench, incomplete),
        predictions_digest=predictions,
        evidence_digests=digests,
        scores=scores,
    )


def _unranked(bench: Workbench, incomplete: str | None) -> list[str]:
    reasons = {
        "the model is given the targets": bench.model_info.needs_target,
        "turns were teacher-forced": bench.config.teacher_forced,
        "only a subset of the split was asked for": bench.config.limit is not None,
        incomplete or "": incomplete is not None,
    }
    return [reason for reason, holds in reasons.items() if holds]


def _note_session(store: RunStore, number: int | None, **facts: Any) -> int:
    """Add a session to ``provenance.json``, or facts to one that began; its number."""
    before = store.read_json("provenance.json")
    sessions = before["sessions"] if isinstance(before, dict) and "sessions" in before else []
    if number is None:
        number = len(sessions)
        sessions.append({"host": socket.gethostname(), "engine": "local"})
    sessions[number] |= facts | {"at": datetime.now(timezone.utc).isoformat(timespec="seconds")}
    store.write_json("provenance.json", {"sessions": sessions})
    return number


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)[:80] or "model"
