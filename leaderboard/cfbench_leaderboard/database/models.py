"""The tables. Submissions and events are only ever added to: triggers refuse to delete either or to alter an event.

``state`` and ``rung`` of a submission are what its last event says, kept beside it for quick reading.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class Moment(TypeDecorator[datetime]):
    """A time in UTC, on databases that keep the zone and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Into the database."""
        return value.astimezone(timezone.utc) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Out of it: SQLite gives a time without a zone, PostgreSQL one in the session's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


Counter = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only under this type


class Base(DeclarativeBase):
    """The base of every table."""

    type_annotation_map = {datetime: Moment, str: Text, int: BigInteger}  # noqa: RUF012 (SQLAlchemy's own name)


class Token(Base):
    """A credential. Its secret is not here, only the secret's SHA-256."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    scopes: Mapped[str]  # sorted, a space between two
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Upload(Base):
    """A file on its way in; ``received`` bytes of it are on the disk for certain."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str]
    bytes: Mapped[int]
    received: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Board(Base):
    """A data set version and split under a task; ``revision`` rises with every change that its reader can see."""

    __tablename__ = "boards"
    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    task: Mapped[str]
    dataset: Mapped[str]
    version: Mapped[str]
    split: Mapped[str]
    options: Mapped[str]  # canonical JSON
    revision: Mapped[int]
    changed_at: Mapped[datetime]


class Measure(Base):
    """What a number is: metric, name and slice, and the signature but for ``n``. Only equal measures are compared."""

    __tablename__ = "measures"
    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    metric: Mapped[str]
    name: Mapped[str]
    slice: Mapped[str]
    signature: Mapped[str]
    higher_is_better: Mapped[bool]
    detail: Mapped[bool]


class Submission(Base):
    """What somebody handed in. The columns from ``board_id`` on are empty until its result has been read."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("owner", "idempotency_key", name="uq_submissions_key"),
        Index("ix_submissions_board", "board_id", "state"),
        Index("ix_submissions_owner", "owner", "created_at"),
        Index("ix_submissions_state", "state", "created_at"),
        Index("ix_submissions_changed", "board_id", "board_revision"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    idempotency_key: Mapped[str]
    body_digest: Mapped[str]
    kind: Mapped[str]  # "result" or "bundle"
    content: Mapped[str]  # SHA-256 of what is stored
    note: Mapped[str]
    supersedes: Mapped[str | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    created_at: Mapped[datetime]
    answer: Mapped[str]  # the first answer, given again to the same key
    state: Mapped[str]
    rung: Mapped[str]
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id"))
    result: Mapped[str | None]  # SHA-256 of the canonical result
    model: Mapped[str | None]
    model_version: Mapped[str | None]
    weights_digest: Mapped[str | None]
    run_id: Mapped[str | None]
    fingerprint: Mapped[str | None]
    samples: Mapped[int | None]
    subset: Mapped[int | None]
    unranked: Mapped[str | None]  # JSON list of reasons
    board_revision: Mapped[
        int | None
    ]  # the board's, when a reader of the board could last see a change of this


class Event(Base):
    """A step of a submission: who, when, why."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    state_before: Mapped[str | None]
    state: Mapped[str]
    rung_before: Mapped[str | None]
    rung: Mapped[str]
    why: Mapped[str]


class FindingRow(Base):
    """Something that a check or a re-scoring found."""

    __tablename__ = "findings"
    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    rule: Mapped[str]
    severity: Mapped[str]
    where: Mapped[str]
    what: Mapped[str]
    why: Mapped[str]
    fix: Mapped[str]


class ScoreRow(Base):
    """A number of a submission, as its owner reported it or as the service scored it."""

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("submission_id", "measure_id", "origin", name="uq_scores"),
        Index("ix_scores_column", "measure_id", "origin", "value", "submission_id"),
    )
    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measures.id"))
    origin: Mapped[str]  # "reported" or "re-scored"
    value: Mapped[float | None]
    ci_low: Mapped[float | None]
    ci_high: Mapped[float | None]
    n: Mapped[int]
    reason: Mapped[str | None]


class RateRow(Base):
    """What a client may still ask at once, at a moment in seconds since 1970. A row of more than a minute says nothing."""

    __tablename__ = "rates"
    key: Mapped[str] = mapped_column(primary_key=True)
    left: Mapped[float]
    at: Mapped[float]


class Job(Base):
    """Work for a worker. While it is leased, only the holder of ``lease`` may finish it."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "submission_id", "version", name="uq_jobs"),
        Index("ix_jobs_state", "state", "not_before"),
    )
    id: Mapped[int] = mapped_column(Counter, primary_key=True)
    kind: Mapped[str]  # "check" or "rescore"
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"))
    version: Mapped[str]  # the metrics' versions that a re-scoring is for; empty for a check
    state: Mapped[str]  # "waiting", "running", "done" or "failed"
    attempts: Mapped[int]
    not_before: Mapped[datetime]
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    said: Mapped[str]  # what a worker said last: what it lacks, or why it failed
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
