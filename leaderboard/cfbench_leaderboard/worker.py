"""A worker: checks bundles, and scores their predictions again. Any number may run, on one database.

What a job does to the database is one transaction with its end: a worker killed at any point leaves the job to another.
"""

from __future__ import annotations

import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError, in_one_line
from cfbench.reporter import silent
from cfbench_leaderboard.database.models import Submission
from cfbench_leaderboard.inserting import insert_scores, keep_findings
from cfbench_leaderboard.intake import judge
from cfbench_leaderboard.jobs import (
    LEASE_SECONDS,
    Claim,
    LeaseLostError,
    claim,
    finish,
    put_back,
    renew,
)
from cfbench_leaderboard.rescoring import differences, enqueue_rescoring, failure, lacking, remarks
from cfbench_leaderboard.steps import WORKER, locked, move
from cfbench_leaderboard.submissions import fill
from cfbench_leaderboard.uploads import prune

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from cfbench.reporter import Reporter
    from cfbench.results import Result
    from cfbench_leaderboard.answers import Rung
    from cfbench_leaderboard.service import Service

LEFT_SECONDS = 600.0
"""How long a job rests that this worker lacks something for."""
RETRY_SECONDS = 60.0
"""How long it rests after something unforeseen."""


class Worker:
    """Does the jobs of a service, one at a time."""

    def __init__(
        self, service: Service, *, reporter: Reporter = silent, data_root: Path | None = None
    ) -> None:
        """``data_root`` is where installed data sets lie."""
        self._service, self._reporter, self._data_root = service, reporter, data_root
        self._left: set[int] = set()

    def tidy(self) -> None:
        """Forget old unfinished uploads, and queue what new versions of metrics ask for."""
        prune(self._service)
        with self._service.database.writing() as session:
            if new := enqueue_rescoring(session):
                self._reporter.line(f"{new} bundles are to be scored again")

    def step(self) -> bool:
        """Do a job, if there is one that this worker can do; whether there was."""
        held = claim(self._service.database, self._left)
        if held is None:
            return False
        self._reporter.line(f"{held.kind} {held.submission}")
        try:
            with self._renewing(held):
                (self._check if held.kind == "check" else self._rescore)(held)
        except LeaseLostError:
            self._reporter.warn(f"{held.kind} {held.submission}: another worker has it now")
        except EnvironmentLackError as error:
            self._left.add(held.job)
            self._put_back(held, str(error), LEFT_SECONDS)
        except Exception as error:  # noqa: BLE001 - one bundle must not end the worker
            self._put_back(held, in_one_line(error), RETRY_SECONDS, counted=True)
        return True

    def run(self, stop: threading.Event, pause: float = 2.0, tidy_every: float = 3600.0) -> None:
        """Work until ``stop`` is set."""
        waited = tidy_every
        while not stop.is_set():
            if waited >= tidy_every:
                self.tidy()
                self._left.clear()  # perhaps what lacked was installed
                waited = 0.0
            if not self.step():
                stop.wait(pause)
                waited += pause

    def _check(self, held: Claim) -> None:
        intake, findings = judge(self._service.store.path(self._content(held)), self._service.limits)
        if intake is not None:
            self._service.store.put(intake.data)
        with self._service.database.writing() as session:
            row = locked(session, held.submission)
            if row.state != "draft":
                finish(session, held, "it was checked before")
                return
            keep_findings(session, row.id, findings)
            if intake is None:
                count = sum(each.severity == "error" for each in findings)
                move(session, row, WORKER, f"the check found {count} errors", state="rejected")
            else:
                fill(session, row, intake)
                move(session, row, WORKER, "the check found no error", state="pending", rung="checked")
                enqueue_rescoring(session, row.id)
            finish(session, held, f"{len(findings)} findings")

    def _rescore(self, held: Claim) -> None:
        try:
            reported, ours = self._score_again(self._service.store.path(self._content(held)))
        except (DataError, UsageError) as error:
            with self._service.database.writing() as session:
                keep_findings(session, held.submission, [failure(error)])
                finish(session, held, str(error), failed=True)
            return
        findings = differences(reported, ours)
        with self._service.database.writing() as session:
            row = locked(session, held.submission)
            keep_findings(session, row.id, [*findings, *remarks(reported, ours)])
            if findings:
                self._doubt(session, row, len(findings))
            else:
                insert_scores(session, row.id, ours.scores, "re-scored")
                rung: Rung | None = "re-scored" if row.rung == "checked" else None
                move(session, row, WORKER, f"scored again: {held.version}", rung=rung)
            finish(session, held, f"{len(findings)} differences")

    def _score_again(self, path: Path) -> tuple[Result, Result]:
        from cfbench.bundles import open_bundle, rescore

        with open_bundle(path) as bundle, tempfile.TemporaryDirectory(prefix="cfbench-rescore-") as out:
            try:
                ours = rescore(
                    bundle.predictions,
                    bundle.result,
                    bundle.record,
                    out=Path(out),
                    data_root=self._data_root,
                    reporter=self._reporter,
                ).result
            except ModuleNotFoundError as error:
                raise lacking(error) from error
            except CfbenchError as error:
                if isinstance(error.__cause__, ModuleNotFoundError):
                    raise lacking(error.__cause__) from error
                raise
            return bundle.result, ours

    def _doubt(self, session: Session, row: Submission, count: int) -> None:
        why = f"scoring again gives {count} differences from what was reported"
        if row.state in {"pending", "accepted"}:
            move(session, row, WORKER, why, state="flagged")
        else:
            move(session, row, WORKER, why)

    def _content(self, held: Claim) -> str:
        with self._service.database.reading() as session:
            return session.get_one(Submission, held.submission).content

    def _put_back(self, held: Claim, said: str, seconds: float, *, counted: bool = False) -> None:
        self._reporter.warn(f"{held.kind} {held.submission}: {said}")
        try:
            with self._service.database.writing() as session:
                put_back(session, held, said, seconds, counted=counted)
        except LeaseLostError:
            return

    @contextmanager
    def _renewing(self, held: Claim) -> Iterator[None]:
        """Hold the lease while the block runs."""
        done = threading.Event()

        def keep_on() -> None:
            while not done.wait(LEASE_SECONDS / 4):
                try:
                    if not renew(self._service.database, held):
                        return
                except Exception as error:  # noqa: BLE001 - a busy database: the next renewal may come through
                    self._reporter.warn(f"The lease was not renewed: {in_one_line(error)}")

        thread = threading.Thread(target=keep_on, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
