"""Who stands where on a board by one measure, and why some are not ranked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import aliased

from cfbench_leaderboard.answers import RUNGS
from cfbench_leaderboard.database.models import ScoreRow, Submission
from cfbench_leaderboard.ranking import TESTED, Candidate, in_order, ties
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import Rung
    from cfbench_leaderboard.database.models import Board, Measure


_Number: TypeAlias = "tuple[float | None, float | None, float | None, str | None]"
_NOTHING: _Number = (None, None, None, None)


@dataclass(frozen=True)
class Standing:
    """Every submission of a board in order: the ranked ones, then the others.

    Few objects, however many submissions: many standings are kept, and the collector of garbage walks them all.
    """

    order: tuple[str, ...]
    ranks: array[int]
    """Of the first ones in that order; the others have none."""
    ends: dict[str, tuple[int, int]]
    """Of those that are tested: the best and the worst rank that the tests leave open."""
    reasons: dict[str, tuple[str, ...]]
    """Why the others are not ranked."""
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
    higher = measure is None or measure.higher_is_better
    numbers = _numbers(session, measure) if measure is not None else {}
    rows = _rows(session, board, rung)
    fingerprint = next((row[2] for row in rows if row[3] is None and row[1] == "accepted"), None)
    values: dict[str, float] = {}
    reasons: dict[str, tuple[str, ...]] = {}
    for one, state, samples, subset, unranked in rows:
        value, _, _, why = numbers.get(one, _NOTHING)
        other_samples = subset is None and fingerprint is not None and samples != fingerprint
        if value is not None and state == "accepted" and unranked == "[]" and not other_samples:
            values[one] = value
        elif found := _reasons(state, unranked, value, why, other_samples=other_samples):
            reasons[one] = found
        elif value is not None:
            values[one] = value
    ranked, ranks = in_order(values, higher_is_better=higher)
    best = [Candidate(one, values[one], *numbers[one][1:3]) for one in ranked[:TESTED]]
    told = ties(best, higher_is_better=higher)
    sign = -1.0 if higher else 1.0
    shown = {one: numbers.get(one, _NOTHING)[0] for one in reasons}
    others = sorted(reasons, key=lambda one: (shown[one] is None, sign * (shown[one] or 0.0), one))
    return Standing(
        order=(*ranked, *others),
        ranks=ranks,
        ends={each.name: (each.best_rank, each.worst_rank) for each in told.ranked},
        reasons=reasons,
        groups=told.groups,
    )


def _reasons(
    state: str, unranked: str | None, value: float | None, why: str | None, *, other_samples: bool
) -> tuple[str, ...]:
    found = list(json.loads(unranked or "[]"))
    if state == "flagged":
        found.append("a moderator or re-scoring flagged it")
    if other_samples:
        found.append("its samples are not the board's: another fingerprint")
    if value is None:
        found.append(why or "it has no number of this measure")
    return tuple(found)


def _rows(session: Session, board: Board, rung: Rung) -> Sequence[Any]:
    """Every shown submission, oldest first."""
    query = (
        shown_on(board.id)
        .where(Submission.rung.in_(RUNGS[RUNGS.index(rung) :]))
        .with_only_columns(
            Submission.id, Submission.state, Submission.fingerprint, Submission.subset, Submission.unranked
        )
        .order_by(Submission.created_at, Submission.id)
    )
    return session.execute(query).all()


def _numbers(session: Session, measure: Measure) -> dict[str, _Number]:
    """The number of every submission by a measure, the re-scored one where there is one.

    Joined to the submissions in one query this takes thrice as long.
    """
    columns = (ScoreRow.submission_id, ScoreRow.origin, ScoreRow.value, ScoreRow.ci_low, ScoreRow.ci_high)
    rows = session.execute(select(*columns, ScoreRow.reason).where(ScoreRow.measure_id == measure.id))
    found: dict[str, _Number] = {}
    for one, origin, value, low, high, why in rows:
        if origin == "re-scored" or one not in found:
            found[one] = (value, low, high, why)
    return found
