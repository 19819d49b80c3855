"""Connections and transactions.

Guarantees, on both databases:
    * What ``writing`` wrote is on the disk when its block has ended; a process killed before leaves nothing of it.
    * Within ``writing`` on SQLite nobody else writes; on PostgreSQL rows that decide something are read ``FOR UPDATE``.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from cfbench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

BUSY_MILLISECONDS = 15_000
CONNECTIONS = 20
_WRITING = "cfbench_writing"
_HASTY = "cfbench_hasty"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(timezone.utc)


class Database:
    """An engine with two kinds of transaction."""

    def __init__(self, where: str | Path) -> None:
        """``where`` is a file of SQLite, or a URL that begins with ``postgresql://`` or ``sqlite:///``."""
        self.engine = _engine(str(where))
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writing = self.engine.execution_options(**{_WRITING: True})
        self._hasty = self.engine.execution_options(**{_WRITING: True, _HASTY: True})
        # SQLite lets waiting writers poll; in one process they take turns instead.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def one_at_a_time(self, session: Session, name: str) -> None:
        """Within ``writing``: nobody else passes here with the same name before this transaction ends."""
        if not self.is_sqlite:
            session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose writes all happen when the block ends well, or none."""
        with self._turn, Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def counting(self) -> Iterator[Session]:
        """The same for what may be lost when the machine fails: the end does not wait for the disk."""
        with self._turn, Session(self._hasty, expire_on_commit=False) as session, session.begin():
            if not self.is_sqlite:
                session.execute(text("SET LOCAL synchronous_commit = off"))
            yield session

    @contextmanager
    def connection_for_writing(self) -> Iterator[Connection]:
        """The same, without the mapping of tables to classes."""
        with self._turn, self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _engine(where: str) -> Engine:
    if "://" not in where:
        path = Path(where).expanduser().resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        return _sqlite(f"sqlite:///{path}")
    try:
        url = make_url(where)
    except ArgumentError as error:
        raise UsageError(f"'{where}' is no address of a database", str(error)) from None
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return _sqlite(where)
    if kind == "postgresql":
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_pre_ping=True,
        )
    raise UsageError(f"A database of the kind '{kind}' is not known", "", "Give postgresql://… or a file")


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=2 * CONNECTIONS,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: Any) -> None:  # noqa: ARG001
    connection.isolation_level = None  # the driver begins no transaction of its own: `_begin` does
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit is on the disk before it is acknowledged, but for `counting`
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later can lose its place to another writer; so writers queue at once.
    options = connection.get_execution_options()
    if not options.get(_WRITING, False):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get(_HASTY, False) else 'FULL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
