"""Writing the rows of a result: its board, the measures that are new, and its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cfbench.files import canonical_json, sha256_hex
from cfbench.results.signatures import without_n
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Base, Board, FindingRow, Measure, ScoreRow, Submission
from cfbench_leaderboard.intake import board_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from sqlalchemy.orm import Session

    from cfbench.results import Result, Score
    from cfbench_leaderboard.answers import Finding

AT_ONCE = 500  # rows of one statement: SQLite counts variables


def insert_new(session: Session, table: type[Base], rows: Sequence[dict[str, Any]], *unique: str) -> int:
    """Insert the rows whose ``unique`` columns are not there yet; how many those were. Safe against others who do."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    count = 0
    for start in range(0, len(rows), AT_ONCE):
        part = list(rows[start : start + AT_ONCE])
        statement = dialect.insert(table).values(part).on_conflict_do_nothing(index_elements=list(unique))
        # Counted by what comes back: a driver may not know how many rows it wrote.
        count += len(session.execute(statement.returning(getattr(table, unique[0]))).all())
    return count


def board_of(session: Session, result: Result) -> int:
    """The board that a result belongs to, made where it is new."""
    parts = board_parts(result)
    key = sha256_hex(canonical_json(parts))
    insert_new(session, Board, [{"key": key, **parts, "revision": 1, "changed_at": now()}], "key")
    return session.scalars(select(Board.id).where(Board.key == key)).one()


def touch_boards(session: Session, changed: Sequence[Submission]) -> None:
    """Let readers of boards see that some of their submissions changed: which ones, and since which revision.

    A board's row is held from here to the end of the transaction, so that revisions end in their order.
    """
    for board in sorted({one.board_id for one in changed if one.board_id is not None}):
        rise = update(Board).where(Board.id == board).values(revision=Board.revision + 1, changed_at=now())
        revision = session.execute(rise.returning(Board.revision)).scalar_one()
        for one in changed:
            if one.board_id == board:
                one.board_revision = revision


def insert_scores(
    session: Session, submission: str, scores: Sequence[Score], origin: Literal["reported", "re-scored"]
) -> None:
    """Keep the numbers of a submission; one that is there already stays as it is."""
    measures = {_key(score): _measure(score) for score in scores}
    insert_new(
        session, Measure, [measures[key] for key in sorted(measures)], "key"
    )  # in one order: no deadlock
    ids = measure_ids(session, list(measures))
    rows = [
        {
            "submission_id": submission,
            "measure_id": ids[_key(score)],
            "origin": origin,
            "value": score.value,
            "ci_low": score.ci_low,
            "ci_high": score.ci_high,
            "n": score.n,
            "reason": score.reason,
        }
        for score in scores
    ]
    insert_new(session, ScoreRow, rows, "submission_id", "measure_id", "origin")


def keep_findings(session: Session, submission: str, findings: Sequence[Finding]) -> None:
    """Add what was found in a submission."""
    rows = [
        {"submission_id": submission, "rule": each.id, **each.model_dump(exclude={"id"})} for each in findings
    ]
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(FindingRow).values(rows[start : start + AT_ONCE]))


def measure_ids(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """The rows of some measures."""
    found: dict[str, int] = {}
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        rows = session.execute(select(Measure.key, Measure.id).where(Measure.key.in_(part)))
        found |= {row.key: row.id for row in rows}
    return found


def _measure(score: Score) -> dict[str, Any]:
    return {
        "key": _key(score),
        "metric": score.metric,
        "name": score.name,
        "slice": score.slice,
        "signature": without_n(score.signature),
        "higher_is_better": score.higher_is_better,
        "detail": score.detail,
    }


def _key(score: Score) -> str:
    parts = [
        score.metric,
        score.name,
        score.slice,
        without_n(score.signature),
        score.higher_is_better,
        score.detail,
    ]
    return sha256_hex(canonical_json(parts))
