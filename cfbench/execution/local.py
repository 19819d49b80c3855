"""The engine of this machine: shards in this process, or in processes of its own."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.execution.bench import Workbench
from cfbench.execution.shards import ShardReport, process_shard
from cfbench.execution.store import RunStore
from cfbench.reporter import silent
from cfbench.threads import limited_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cfbench.config import RunConfig
    from cfbench.execution.plan import Shard


@dataclass(frozen=True)
class Job:
    """What every shard of a run has in common; travels to other processes."""

    config: RunConfig
    folder: Path
    origin_key: str  # digest of everything that predictions depend on
    code_digest: str | None  # of the model: a file that changes meanwhile must not be mixed in


def run_local(job: Job, shards: Sequence[Shard], bench: Workbench) -> Iterator[ShardReport]:
    """Reports of the shards, in the order in which they are done."""
    workers = min(job.config.workers, len(shards))
    if workers <= 1:
        with limited_threads(job.config.threads):  # again: the model may have brought torch since
            for shard in shards:
                yield work_on(job, shard, bench)
        return
    with open_pool(workers, _start_worker, job) as pool:
        futures = [pool.submit(_work, shard) for shard in shards]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenExecutor as error:
            raise EnvironmentLackError(
                "A worker process died",
                "the system ended it, perhaps for want of memory, or the model did",
                "Use fewer --workers; the same command continues. A script that uses workers must call cfbench"
                " under 'if __name__ == \"__main__\":'",
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def work_on(job: Job, shard: Shard, bench: Workbench) -> ShardReport:
    """Make what is absent of a shard: what every engine does."""
    store = RunStore(job.folder)
    return process_shard(bench, store, shard, job.origin_key, retry_failed=job.config.retry_failed)


class _Worker:
    """What a worker process has open, made by its first shard: an error there reaches the parent."""

    job: Job
    bench: Workbench | None = None


def open_pool(workers: int, begin: Callable[..., None] | None = None, *told: Any) -> ProcessPoolExecutor:
    """Processes that end with this one and leave its output alone; each begins with ``begin(*told)``."""
    context = get_context("spawn")  # forking a process that has threads can hang it
    return ProcessPoolExecutor(
        workers, context, initializer=_start_process, initargs=(os.getpid(), begin, *told)
    )


def _start_process(parent: int, begin: Callable[..., None] | None, *told: Any) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    sys.stdout = sys.stderr  # what a model prints must not stand in the output of the command
    if begin is not None:
        begin(*told)


def _start_worker(job: Job) -> None:
    _Worker.job = job


def _work(shard: Shard) -> ShardReport:
    job = _Worker.job
    if _Worker.bench is None:
        with limited_threads(job.config.threads):
            _Worker.bench = Workbench(job.config, silent)
    with limited_threads(job.config.threads):  # again: the model may have brought torch since
        if _Worker.bench.model_info.code_digest != job.code_digest:
            raise UsageError(
                "The model's code changed while the run went on", "", "Type the same command again"
            )
        return work_on(job, shard, _Worker.bench)


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone: a killed run must not go on in the dark."""
    never = threading.Event()
    while not never.wait(1.0):
        if os.getppid() != parent:
            os._exit(1)
