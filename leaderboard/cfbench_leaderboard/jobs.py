"""Work for workers, in the same database: leased, so that a crash loses nothing and no two workers do the same.

A worker that holds a job renews its lease; one whose lease ran out, and was taken by another, may no longer finish it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import and_, or_, select, update

from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Job
from cfbench_leaderboard.inserting import insert_new
from cfbench_leaderboard.intake import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from cfbench_leaderboard.database import Database

Kind = Literal["check", "rescore"]
LEASE_SECONDS = 120
ATTEMPTS = 5
"""A job whose workers died so often is given up: it may be what kills them."""
LONGEST_WORDS = 1000


@dataclass(frozen=True)
class Claim:
    """A job that this worker holds."""

    job: int
    kind: Kind
    submission: str
    version: str
    lease: str
    attempts: int
    """How often it was begun, this time included."""


class LeaseLostError(Exception):
    """Another worker has the job now; nothing of this one's work may be kept."""


def enqueue(session: Session, kind: Kind, submissions: Sequence[str], version: str) -> int:
    """Give work to workers, but what was given before; how many jobs are new."""
    moment = now()
    rows = [
        {
            "kind": kind,
            "submission_id": submission,
            "version": version,
            "state": "waiting",
            "attempts": 0,
            "not_before": moment,
            "said": "",
            "created_at": moment,
        }
        for submission in submissions
    ]
    return insert_new(session, Job, rows, "kind", "submission_id", "version")


def claim(database: Database, without: Collection[int] = ()) -> Claim | None:
    """The oldest job that is free, now held by the caller; None where there is none.

    ``without`` are jobs that this worker cannot do.
    """
    moment = now()
    free = or_(
        and_(Job.state == "waiting", Job.not_before <= moment),
        and_(Job.state == "running", Job.leased_until < moment),
    )
    query = select(Job).where(free, Job.id.not_in(without)).order_by(Job.id).limit(1)
    while True:
        with database.writing() as session:
            job = session.scalars(query.with_for_update(skip_locked=True)).first()
            if job is None:
                return None
            if job.attempts >= ATTEMPTS:
                job.state, job.lease, job.finished_at = "failed", None, moment
                job.said = f"given up: {ATTEMPTS} workers began it and none finished. {job.said}".strip()
                continue
            job.state, job.lease = "running", secrets.token_hex(8)
            job.attempts += 1
            job.leased_until = moment + timedelta(seconds=LEASE_SECONDS)
            return Claim(job.id, job.kind, job.submission_id, job.version, job.lease, job.attempts)  # type: ignore[arg-type]


def renew(database: Database, claim: Claim) -> bool:
    """Hold a job for longer; False where it is another's by now."""
    with database.writing() as session:
        statement = update(Job).where(Job.id == claim.job, Job.lease == claim.lease, Job.state == "running")
        until = now() + timedelta(seconds=LEASE_SECONDS)
        return bool(session.execute(statement.values(leased_until=until)).rowcount)  # type: ignore[attr-defined]


def finish(session: Session, claim: Claim, said: str, *, failed: bool = False) -> None:
    """End a job in the transaction that holds its outcome; LeaseLostError undoes that transaction."""
    job = _held(session, claim)
    job.state, job.finished_at, job.lease = "failed" if failed else "done", now(), None
    job.said = shown(said, LONGEST_WORDS)


def put_back(session: Session, claim: Claim, said: str, seconds: float, *, counted: bool) -> None:
    """Leave a job to a worker that can do it, after a rest; ``counted`` where the attempt speaks against the job."""
    job = _held(session, claim)
    job.state, job.lease = "waiting", None
    job.attempts -= 0 if counted else 1
    job.not_before = now() + timedelta(seconds=seconds)
    job.said = shown(said, LONGEST_WORDS)


def _held(session: Session, claim: Claim) -> Job:
    query = select(Job).where(Job.id == claim.job, Job.lease == claim.lease, Job.state == "running")
    job = session.scalars(query.with_for_update()).first()
    if job is None:
        raise LeaseLostError
    return job
