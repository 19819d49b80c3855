"""Everything public of a leaderboard as JSON Lines, the same bytes for the same content.

The first line says what it is; then a line a row, table by table, by key. Tokens, uploads and jobs are not in it, nor
submissions that no board shows; a submission's content is named by its digest.
"""

from __future__ import annotations

import gzip
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import select

from cfbench._version import __version__
from cfbench.files import canonical_json, writing
from cfbench_leaderboard.database import HEAD
from cfbench_leaderboard.database.models import Base, Board, Event, FindingRow, Measure, ScoreRow, Submission
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.database import Database

DUMP_VERSION = 1
_PRIVATE = frozenset({"idempotency_key", "body_digest", "answer"})
_AT_ONCE = 1000


def write_dump(database: Database, path: Path) -> int:
    """Write it, packed where the name ends in ``.gz``; how many rows."""
    count = 0
    with writing(path) as raw, database.reading() as session:
        packed = path.suffix == ".gz"
        out: IO[bytes] = gzip.GzipFile("", "wb", fileobj=raw, mtime=0) if packed else raw  # type: ignore[assignment]
        head = {"cfbench_leaderboard_dump": DUMP_VERSION, "cfbench_version": __version__, "tables": HEAD}
        out.write(canonical_json(head) + b"\n")
        for line in _lines(session):
            out.write(line)
            count += 1
        if packed:
            out.close()
    return count


def _lines(session: Session) -> Iterator[bytes]:
    shown = select(Submission.id).where(Submission.state.in_(SHOWN))
    used = select(ScoreRow.measure_id).where(ScoreRow.submission_id.in_(shown))
    on = select(Submission.board_id).where(Submission.state.in_(SHOWN))
    queries: list[Select[Any]] = [
        select(Board).where(Board.id.in_(on)).order_by(Board.id),
        select(Measure).where(Measure.id.in_(used)).order_by(Measure.id),
        select(Submission).where(Submission.state.in_(SHOWN)).order_by(Submission.id),
        *(
            select(table).where(table.submission_id.in_(shown)).order_by(table.id)
            for table in (Event, FindingRow, ScoreRow)
        ),
    ]
    for query in queries:
        for row in session.scalars(query.execution_options(yield_per=_AT_ONCE)):
            yield canonical_json({"table": row.__tablename__, "row": _plain(row)}) + b"\n"


def _plain(row: Base) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in values.items()
        if key not in _PRIVATE
    }
