"""Who stands where on a board by one measure, and why some are not ranked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, select
from sqlalchemy.orm import aliased

from cfbench_leaderboard.answers import RUNGS
from cfbench_leaderboard.database.models import Measure, ScoreRow, Submission
from cfbench_leaderboard.ranking import Candidate, Place, rank
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import Rung
    from cfbench_leaderboard.database.models import Board


@dataclass(frozen=True)
class Standing:
    """Every submission of a board in order: ranked ones, then the others with the reasons."""

    order: tuple[str, ...]
    places: dict[str, Place]
    reasons: dict[str, tuple[str, ...]]
    groups: tuple[tuple[str, ...], ...]


def shown_on(board: int) -> Select[Any]:
    """What a board shows: accepted or flagged, and no later one of them takes its place."""
    later = aliased(Submission)
    replaced = select(later.id).where(later.supersedes == Submission.id, later.state.in_(SHOWN)).exists()
    return select(Submission).where(Submission.board_id == board, Submission.state.in_(SHOWN), ~replaced)


def work_out(session: Session, board: Board, measure: Measure | None, rung: Rung) -> Standing:
    """The standing of those that are verified at least as far as ``rung``.

    The data set's fingerprint is that of the earliest accepted submission of the whole split; another one is other data.
    """
    rows = _rows(session, board, measure, rung)
    prints = [row.fingerprint for row in rows if row.subset is None and row.state == "accepted"]
    reasons = {row.id: _reasons(row, prints[0] if prints else None) for row in rows}
    places, groups = rank(
        [Candidate(row.id, row.value, row.ci_low, row.ci_high) for row in rows if not reasons[row.id]],
        higher_is_better=measure is None or measure.higher_is_better,
    )
    sign = -1.0 if measure is None or measure.higher_is_better else 1.0
    others = [row for row in rows if reasons[row.id]]
    others.sort(key=lambda row: (row.value is None, sign * (row.value or 0.0), row.id))
    return Standing(
        order=(*(place.id for place in places), *(row.id for row in others)),
        places={place.id: place for place in places},
        reasons=reasons,
        groups=groups,
    )


def _reasons(row: Row[Any], fingerprint: str | None) -> tuple[str, ...]:
    found = list(json.loads(row.unranked or "[]"))
    if row.state == "flagged":
        found.append("a moderator or re-scoring flagged it")
    if row.subset is None and fingerprint is not None and row.fingerprint != fingerprint:
        found.append("its samples are not the board's: another fingerprint")
    if row.value is None:
        found.append(row.reason or "it has no number of this measure")
    return tuple(found)


def _rows(session: Session, board: Board, measure: Measure | None, rung: Rung) -> list[Row[Any]]:
    """Every shown submission with its number by the measure, the re-scored one where there is one; oldest first."""
    reported, rescored = aliased(ScoreRow), aliased(ScoreRow)
    number = measure.id if measure else -1

    def joined(row: type[ScoreRow], origin: str) -> ColumnElement[bool]:
        return and_(row.submission_id == Submission.id, row.measure_id == number, row.origin == origin)

    def ours_or_theirs(name: str) -> ColumnElement[Any]:
        ours = case((rescored.id.is_not(None), getattr(rescored, name)), else_=getattr(reported, name))
        return ours.label(name)

    query = (
        shown_on(board.id)
        .outerjoin(reported, joined(reported, "reported"))
        .outerjoin(rescored, joined(rescored, "re-scored"))
        .where(Submission.rung.in_(RUNGS[RUNGS.index(rung) :]))
        .with_only_columns(
            Submission.id,
            Submission.state,
            Submission.fingerprint,
            Submission.subset,
            Submission.unranked,
            *(ours_or_theirs(name) for name in ("value", "ci_low", "ci_high", "reason")),
        )
        .order_by(Submission.created_at, Submission.id)
    )
    return list(session.execute(query))
