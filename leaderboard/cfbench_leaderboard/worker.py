"""A worker: checks bundles, and scores their predictions again. Any number may run, on one database.

It reads no bundle itself: a child with limits does, and what happens to that one ends at most its job.
What a job does to the database is one transaction with its end: a worker killed at any point leaves the job to another.
"""

from __future__ import annotations

import contextlib
import threading
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError, in_one_line
from cfbench.reporter import silent
from cfbench_leaderboard.answers import Finding
from cfbench_leaderboard.apart import CHILD, BrokenError, SpentError, run_apart
from cfbench_leaderboard.database.models import Submission
from cfbench_leaderboard.evidence import keep_evidence
from cfbench_leaderboard.inserting import insert_scores, keep_findings
from cfbench_leaderboard.intake import Intake
from cfbench_leaderboard.jobs import (
    ATTEMPTS,
    LEASE_SECONDS,
    Claim,
    LeaseLostError,
    claim,
    finish,
    put_back,
    renew,
)
from cfbench_leaderboard.limits import Allowance
from cfbench_leaderboard.rescoring import differences, enqueue_rescoring, failure, remarks, too_much
from cfbench_leaderboard.samples import keep_samples
from cfbench_leaderboard.scratch import own_folder, remove_abandoned
from cfbench_leaderboard.steps import WORKER, locked, move
from cfbench_leaderboard.submissions import fill
from cfbench_leaderboard.uploads import prune

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
        self,
        service: Service,
        *,
        reporter: Reporter = silent,
        data_root: Path | None = None,
        allowance: Allowance | None = None,
        child: Sequence[str] = CHILD,
        samples: bool = True,
    ) -> None:
        """``data_root`` is where installed data sets lie; ``child`` is the command that reads bundles, within limits.

        ``samples``: whether samples are drawn to be shown.
        """
        self._service, self._reporter, self._data_root = service, reporter, data_root
        self._samples = samples
        self._allowance, self._child = allowance or Allowance(), child
        self._left: set[int] = set()

    def tidy(self) -> None:
        """Forget old unfinished uploads and what killed workers left, and queue what new versions of metrics ask for."""
        prune(self._service)
        remove_abandoned()
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
        except SpentError as error:
            self._give_up(held, f"it used up its {error}")
        except EnvironmentLackError as error:
            self._left.add(held.job)
            self._put_back(held, str(error), LEFT_SECONDS)
        except Exception as error:  # noqa: BLE001 - one bundle must not end the worker
            said = str(error) if isinstance(error, BrokenError) else in_one_line(error)
            if held.attempts < ATTEMPTS:
                self._put_back(held, said, RETRY_SECONDS, counted=True)
            else:
                self._give_up(held, f"after {ATTEMPTS} attempts: {said}")
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
        with self._apart(held, limits=asdict(self._service.limits)) as answer:
            findings = [Finding.model_validate(one) for one in answer["findings"]]
            intake = Intake.of(answer["result"]) if answer["result"] is not None else None
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
            reported, ours = self._score_again(held)
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

    def _score_again(self, held: Claim) -> tuple[Result, Result]:
        from cfbench.results import Result

        root = str(self._data_root.resolve()) if self._data_root is not None else None
        with self._apart(held, data_root=root, samples=self._samples) as answer:
            reported, ours = Result.model_validate(answer["reported"]), Result.model_validate(answer["ours"])
            if not differences(reported, ours):
                keep_evidence(self._service.store, held.submission, Path(answer["run"]))
                self._keep_samples(held, answer)
        return reported, ours

    def _keep_samples(self, held: Claim, answer: dict[str, Any]) -> None:
        try:
            if answer["samples"] is not None:
                keep_samples(self._service.store, held.submission, Path(answer["samples"]))
        except CfbenchError as error:  # numbers stand without them
            self._reporter.warn(f"{held.kind} {held.submission}: no samples are kept: {error}")

    @contextmanager
    def _apart(self, held: Claim, **more: Any) -> Iterator[dict[str, Any]]:
        """What a child answers to the job; its folder goes when the block ends."""
        path = self._service.store.path(self._content(held))
        with own_folder() as folder:
            task = {"kind": held.kind, "path": str(path), **more}
            yield run_apart(task, folder, self._allowance, self._child)

    def _give_up(self, held: Claim, why: str) -> None:
        """End a job that cannot be done; a bundle that cannot be checked is rejected."""
        self._reporter.warn(f"{held.kind} {held.submission}: given up, {why}")
        with contextlib.suppress(LeaseLostError), self._service.database.writing() as session:
            row = locked(session, held.submission)
            keep_findings(session, row.id, [too_much(held.kind, why)])
            if row.state == "draft":
                move(session, row, WORKER, f"the check was given up: {why}", state="rejected")
            finish(session, held, f"given up: {why}", failed=True)

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
