"""Who stands where on a board by one measure, and why some are not ranked.

What was worked out for a board is brought up to a later revision by what changed since, which is little: the database
says which submissions those are. Only a change of the board's samples makes it begin anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from cfbench_leaderboard.answers import RUNGS
from cfbench_leaderboard.database.models import ScoreRow, Submission
from cfbench_leaderboard.ranking import TESTED, Candidate, Ranking, in_order, ties
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import Rung
    from cfbench_leaderboard.database.models import Board, Measure

MOST_CHANGES = 300
"""After more of them a board is read whole."""


@dataclass(frozen=True)
class Column:
    """What is ranked by, and how far what is ranked must be verified; nothing to rank by on a board without numbers."""

    measure: Measure | None
    rung: Rung

    @property
    def sign(self) -> float:
        """Turns its numbers so that less is better."""
        return -1.0 if self.measure is None or self.measure.higher_is_better else 1.0


@dataclass(frozen=True)
class Fit:
    """What of a board's submissions can be said before a measure is chosen."""

    begun: int
    """The board's revision when all of it was read."""
    revision: int
    """The board's revision that it holds for."""
    rankable: frozenset[str]
    """Those that nothing is against."""
    reasons: dict[str, tuple[str, ...]]
    """Why the others are not ranked."""
    first: tuple[datetime, str, str | None] | None
    """Whose samples the board's are: time, name and fingerprint of the earliest accepted one of the whole split."""


@dataclass(frozen=True)
class Standing:
    """Every submission of a board in order: the ranked ones, then the others."""

    revision: int
    """The board's revision that it holds for."""
    ranking: Ranking
    others: tuple[str, ...]
    """The unranked ones, in the order of their numbers."""
    numbers: dict[str, float | None]
    """Those numbers."""
    reasons: dict[str, tuple[str, ...]]
    """Why they are not ranked."""
    ends: dict[str, tuple[int, int]]
    """Of those that are tested: the best and the worst rank that the tests leave open."""
    groups: tuple[tuple[str, ...], ...]

    @property
    def size(self) -> int:
        """How many stand here."""
        return len(self.ranking.names) + len(self.others)

    def names(self, start: int, end: int) -> tuple[str, ...]:
        """Who stands from one place to another."""
        ranked = len(self.ranking.names)
        return self.ranking.names[start:end] + self.others[max(start - ranked, 0) : max(end - ranked, 0)]

    def place(self, name: str) -> int:
        """Where somebody stands; a ValueError where nowhere."""
        if name in self.reasons:
            return len(self.ranking.names) + self.others.index(name)
        return self.ranking.names.index(name)

    def rank(self, place: int) -> int | None:
        """The rank at a place; None of the unranked."""
        return self.ranking.rank(place) if place < len(self.ranking.names) else None


def shown_on(board: int) -> Select[Any]:
    """What a board shows: accepted or flagged, and no later one of them takes its place."""
    later = aliased(Submission)
    replaced = select(later.id).where(later.supersedes == Submission.id, later.state.in_(SHOWN)).exists()
    return select(Submission).where(Submission.board_id == board, Submission.state.in_(SHOWN), ~replaced)


def changes(session: Session, board: Board, since: int) -> list[str] | None:
    """The submissions of a board that changed after a revision; None where they are many. Asked once in a session."""
    asked: dict[tuple[int, int], list[str] | None] = session.info.setdefault("changes", {})
    key = board.id, since
    if key not in asked:
        query = select(Submission.id).where(
            Submission.board_id == board.id, Submission.board_revision > since
        )
        found = list(session.scalars(query.limit(MOST_CHANGES + 1)))
        asked[key] = found if len(found) <= MOST_CHANGES else None
    return asked[key]


def fit_of(session: Session, board: Board, rung: Rung) -> Fit:
    """The submissions that are verified at least as far as ``rung``.

    The data set's fingerprint is that of the earliest accepted submission of the whole split; another one is other data.
    """
    rows = _plain(session, _fit_query(board, rung).order_by(Submission.created_at, Submission.id))
    first = next((row for row in rows if row[3] is None and row[1] == "accepted"), None)
    found = None
    if first is not None:
        moment = session.scalars(select(Submission.created_at).where(Submission.id == first[0])).one()
        found = moment, first[0], first[2]
    rankable, reasons = _judged(rows, found)
    return Fit(board.revision, board.revision, frozenset(rankable), reasons, found)


def fit_after(session: Session, fit: Fit, board: Board, rung: Rung) -> Fit:
    """The same at the board's revision, from what it was at an earlier one."""
    changed = changes(session, board, fit.revision)
    if changed is None or (fit.first is not None and fit.first[1] in changed):
        return fit_of(session, board, rung)
    query = _fit_query(board, rung).add_columns(Submission.created_at).where(Submission.id.in_(changed))
    rows = session.execute(query).all()
    for row in rows:
        whole = row.subset is None and row.state == "accepted"
        if whole and (fit.first is None or (row.created_at, row.id) < fit.first[:2]):
            return fit_of(session, board, rung)
    rankable, reasons = _judged(rows, fit.first)
    return Fit(
        fit.begun,
        board.revision,
        fit.rankable.difference(changed).union(rankable),
        {one: why for one, why in fit.reasons.items() if one not in set(changed)} | reasons,
        fit.first,
    )


def work_out(session: Session, fit: Fit, column: Column) -> Standing:
    """The standing of some submissions by a measure; from re-scored on only numbers that the service computed count."""
    numbers = _numbers(session, column)
    rankable = fit.rankable
    values = {one: value for one, value in numbers.items() if value is not None and one in rankable}
    reasons = fit.reasons | dict.fromkeys(rankable.difference(values), (_NO_NUMBER,))
    ranking = in_order(values, higher_is_better=column.sign < 0)
    return _standing(session, fit, column, (ranking, reasons, {one: numbers.get(one) for one in reasons}))


def work_on(session: Session, standing: Standing, fit: Fit, board: Board, column: Column) -> Standing:
    """The same from what it was at an earlier revision of the board."""
    changed = changes(session, board, standing.revision)
    if changed is None or fit.begun > standing.revision:
        return work_out(session, fit, column)
    gone = set(changed)
    numbers = _numbers(session, column, changed)
    values = {
        one: value for one in changed if one in fit.rankable and (value := numbers.get(one)) is not None
    }
    reasons = {one: why for one, why in standing.reasons.items() if one not in gone}
    for one in changed:
        if one in fit.reasons:
            reasons[one] = fit.reasons[one]
        elif one in fit.rankable and one not in values:
            reasons[one] = (_NO_NUMBER,)
    shown = {one: numbers.get(one) if one in gone else standing.numbers[one] for one in reasons}
    ranking = standing.ranking.changed(gone, values, sign=column.sign)
    return _standing(session, fit, column, (ranking, reasons, shown))


_NO_NUMBER = "it has no number of this measure"


def _standing(
    session: Session,
    fit: Fit,
    column: Column,
    parts: tuple[Ranking, dict[str, tuple[str, ...]], dict[str, float | None]],
) -> Standing:
    (ranking, reasons, numbers), sign = parts, column.sign
    told = ties(_candidates(session, column, ranking), higher_is_better=sign < 0)
    return Standing(
        revision=fit.revision,
        ranking=ranking,
        others=tuple(
            sorted(reasons, key=lambda one: (numbers[one] is None, sign * (numbers[one] or 0.0), one))
        ),
        numbers=numbers,
        reasons=reasons,
        ends={each.name: (each.best_rank, each.worst_rank) for each in told.ranked},
        groups=told.groups,
    )


def _fit_query(board: Board, rung: Rung) -> Any:
    return (
        shown_on(board.id)
        .where(Submission.rung.in_(RUNGS[RUNGS.index(rung) :]))
        .with_only_columns(
            Submission.id, Submission.state, Submission.fingerprint, Submission.subset, Submission.unranked
        )
    )


def _judged(
    rows: Sequence[Any], first: tuple[datetime, str, str | None] | None
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Who may be ranked, and why the others are not."""
    fingerprint = first[2] if first is not None else None
    rankable: list[str] = []
    reasons: dict[str, tuple[str, ...]] = {}
    for one, state, samples, subset, unranked, *_ in rows:
        other_samples = subset is None and fingerprint is not None and samples != fingerprint
        if state == "accepted" and unranked == "[]" and not other_samples:
            rankable.append(one)
        else:
            reasons[one] = _reasons(state, unranked or "[]", other_samples=other_samples)
    return rankable, reasons


def _reasons(state: str, unranked: str, *, other_samples: bool) -> tuple[str, ...]:
    found = list(json.loads(unranked))
    if state == "flagged":
        found.append("a moderator or re-scoring flagged it")
    if other_samples:
        found.append("its samples are not the board's: another fingerprint")
    return tuple(found)


def _numbers(
    session: Session, column: Column, only: Collection[str] | None = None
) -> Mapping[str, float | None]:
    """The number of every submission by a measure, re-scored where there is one; in the order of one index."""
    found: dict[str, float | None] = {}
    if column.measure is None:
        return found
    verified = RUNGS.index(column.rung) >= RUNGS.index("re-scored")
    for origin in ("re-scored",) if verified else ("reported", "re-scored"):
        query = select(ScoreRow.submission_id, ScoreRow.value)
        query = query.where(ScoreRow.measure_id == column.measure.id, ScoreRow.origin == origin)
        query = query.order_by(ScoreRow.value) if only is None else query
        if only is not None:
            query = query.where(ScoreRow.submission_id.in_(only))
        found.update(_plain(session, query))
    return found


def _plain(session: Session, query: Any) -> list[tuple[Any, ...]]:
    """Rows as the driver gives them: there may be ten thousand, of columns that need no translation."""
    cursor = session.connection().execute(query).cursor
    rows: list[tuple[Any, ...]] = list(cursor.fetchall())
    cursor.close()
    return rows


def _candidates(session: Session, column: Column, ranking: Ranking) -> tuple[Candidate, ...]:
    """The best with their intervals, in their order."""
    best = ranking.names[:TESTED]
    if column.measure is None or not best:
        return ()
    query = select(ScoreRow.submission_id, ScoreRow.origin, ScoreRow.ci_low, ScoreRow.ci_high)
    query = query.where(ScoreRow.measure_id == column.measure.id, ScoreRow.submission_id.in_(best))
    ends: dict[str, tuple[float | None, float | None]] = {}
    for one, origin, low, high in session.execute(query):
        if origin == "re-scored" or one not in ends:
            ends[one] = (low, high)
    return tuple(
        Candidate(one, column.sign * merit, *ends[one])
        for one, merit in zip(best, ranking.merits, strict=False)
    )
