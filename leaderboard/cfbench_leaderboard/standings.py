"""Who stands where on a board by one measure, and why some are not ranked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from cfbench_leaderboard.answers import RUNGS
from cfbench_leaderboard.database.models import ScoreRow, Submission
from cfbench_leaderboard.ranking import TESTED, Candidate, in_order, ties
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import Rung
    from cfbench_leaderboard.database.models import Board, Measure


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


@dataclass(frozen=True)
class Fit:
    """What of a board's submissions can be said before a measure is chosen; both oldest first."""

    rankable: tuple[str, ...]
    """Those that nothing is against."""
    reasons: dict[str, tuple[str, ...]]
    """Why the others are not ranked."""


def fit_of(session: Session, board: Board, rung: Rung) -> Fit:
    """The submissions that are verified at least as far as ``rung``.

    The data set's fingerprint is that of the earliest accepted submission of the whole split; another one is other data.
    """
    query = (
        shown_on(board.id)
        .where(Submission.rung.in_(RUNGS[RUNGS.index(rung) :]))
        .with_only_columns(
            Submission.id, Submission.state, Submission.fingerprint, Submission.subset, Submission.unranked
        )
        .order_by(Submission.created_at, Submission.id)
    )
    rows = session.execute(query).all()
    fingerprint = next((row[2] for row in rows if row[3] is None and row[1] == "accepted"), None)
    rankable: list[str] = []
    reasons: dict[str, tuple[str, ...]] = {}
    for one, state, samples, subset, unranked in rows:
        other_samples = subset is None and fingerprint is not None and samples != fingerprint
        if state == "accepted" and unranked == "[]" and not other_samples:
            rankable.append(one)
        else:
            reasons[one] = _reasons(state, unranked or "[]", other_samples=other_samples)
    return Fit(tuple(rankable), reasons)


def work_out(session: Session, fit: Fit, measure: Measure | None, rung: Rung) -> Standing:
    """The standing of some submissions by a measure; from re-scored on only numbers that the service computed count."""
    higher = measure is None or measure.higher_is_better
    verified = RUNGS.index(rung) >= RUNGS.index("re-scored")
    origins = ("re-scored",) if verified else ("reported", "re-scored")
    numbers = _numbers(session, measure, origins) if measure is not None else {}
    values: dict[str, float] = {}
    reasons = dict(fit.reasons)
    for one in fit.rankable:
        if (value := numbers.get(one)) is not None:
            values[one] = value
        else:
            reasons[one] = ("it has no number of this measure",)
    ranked, ranks = in_order(values, higher_is_better=higher)
    told = ties(_candidates(session, measure, ranked[:TESTED], values), higher_is_better=higher)
    sign = -1.0 if higher else 1.0
    shown = {one: numbers.get(one) for one in reasons}
    others = sorted(reasons, key=lambda one: (shown[one] is None, sign * (shown[one] or 0.0), one))
    return Standing(
        order=(*ranked, *others),
        ranks=ranks,
        ends={each.name: (each.best_rank, each.worst_rank) for each in told.ranked},
        reasons=reasons,
        groups=told.groups,
    )


def _reasons(state: str, unranked: str, *, other_samples: bool) -> tuple[str, ...]:
    found = list(json.loads(unranked))
    if state == "flagged":
        found.append("a moderator or re-scoring flagged it")
    if other_samples:
        found.append("its samples are not the board's: another fingerprint")
    return tuple(found)


def _numbers(session: Session, measure: Measure, origins: Sequence[str]) -> dict[str, float | None]:
    """The number of every submission by a measure, of the last of the origins that has one.

    Joined to the submissions in one query this takes thrice as long.
    """
    found: dict[str, float | None] = {}
    for origin in origins:
        query = select(ScoreRow.submission_id, ScoreRow.value)
        query = query.where(ScoreRow.measure_id == measure.id, ScoreRow.origin == origin)
        found.update((one, value) for one, value in session.execute(query))
    return found


def _candidates(
    session: Session, measure: Measure | None, best: Sequence[str], values: Mapping[str, float]
) -> list[Candidate]:
    """The best with their intervals, in their order."""
    if measure is None:
        return []
    query = select(ScoreRow.submission_id, ScoreRow.origin, ScoreRow.ci_low, ScoreRow.ci_high)
    query = query.where(ScoreRow.measure_id == measure.id, ScoreRow.submission_id.in_(best))
    ends: dict[str, tuple[float | None, float | None]] = {}
    for one, origin, low, high in session.execute(query):
        if origin == "re-scored" or one not in ends:
            ends[one] = (low, high)
    return [Candidate(one, values[one], *ends[one]) for one in best]
