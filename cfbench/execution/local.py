"""The engine of this machine: shards in this process, or in processes of its own."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

from cfbench.errors import EnvironmentLackError
from cfbench.execution.bench import Workbench
from cfbench.execution.shards import ShardReport, process_shard
from cfbench.execution.store import RunStore
from cfbench.reporter import silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cfbench.config import RunConfig
    from cfbench.execution.plan import Shard


@dataclass(frozen=True)
class Job:
    """What every shard of a run has in common; travels to other processes."""

    config: RunConfig
    folder: Path
    origin: str  # digest of everything that predictions depend on


def run_local(job: Job, shards: Sequence[Shard], bench: Workbench) -> Iterator[ShardReport]:
    """Reports of the shards, in the order in which they are done."""
    workers = min(job.config.workers, len(shards))
    if workers <= 1:
        store = RunStore(job.folder)
        for shard in shards:
            yield process_shard(bench, store, shard, job.origin, retry_failed=job.config.retry_failed)
        return
    context = get_context("spawn")  # forking a process that has threads can hang it
    pool = ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(job, os.getpid()))
    with pool:
        futures = [pool.submit(_work, shard) for shard in shards]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenPipeError as error:
            raise EnvironmentLackError("A worker process died", str(error), "Use fewer --workers") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


class _Worker:
    job: Job
    bench: Workbench


def _start_worker(job: Job, parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _Worker.job = job
    _Worker.bench = Workbench(job.config, silent)


def _work(shard: Shard) -> ShardReport:
    job = _Worker.job
    store = RunStore(job.folder)
    return process_shard(_Worker.bench, store, shard, job.origin, retry_failed=job.config.retry_failed)


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone: a killed run must not go on in the dark."""
    never = threading.Event()
    while not never.wait(1.0):
        if os.getppid() != parent:
            os._exit(1)
