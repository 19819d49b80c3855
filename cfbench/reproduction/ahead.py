"""Runs that are made side by side, in processes of their own, before each is looked at."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cfbench.api import start_run
from cfbench.errors import CfbenchError
from cfbench.execution.local import open_pool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import ProcessPoolExecutor

    from cfbench.execution.runner import FinishedRun
    from cfbench.reporter import Reporter


class Ahead:
    """Processes that make runs; a run that fails there is tried again, and told, by who looks at it."""

    def __init__(self, jobs: int, reporter: Reporter) -> None:
        self._jobs, self._reporter = jobs, reporter
        self._pool: ProcessPoolExecutor | None = None

    def make(self, runs: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Make several runs, each of a model by name; nothing where one process is enough."""
        if self._jobs < 2 or len(runs) < 2:
            return
        if self._pool is None:
            self._pool = open_pool(self._jobs)
        names = ", ".join(sorted({model for model, _ in runs}))
        try:
            with self._reporter.track(f"{names}, {self._jobs} at once", len(runs)) as advance:
                for made in [self._pool.submit(_made, model, options) for model, options in runs]:
                    made.result()
                    advance(1)
        except BrokenExecutor:
            self._reporter.line("A process that made runs ahead died; going on with one run at a time.")
            self.close()
            self._jobs = 1

    def close(self) -> None:
        """End the processes; what they have not begun is left."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def report_once(run: FinishedRun) -> None:
    """Write a run's page where there is none."""
    from cfbench.report.of_run import write_run_report

    if not (run.folder / "report.html").is_file():
        write_run_report(run)


def _made(model: str, options: dict[str, Any]) -> None:
    with suppress(CfbenchError):
        run = start_run(model, options)
        if run.result.complete:
            report_once(run)
        run.bench.let_go()
