"""Boards: what stands on them, in which order, and why something is not ranked.

A standing (who is where by one measure) is worked out once for each revision of a board and kept in memory; the page
that is asked for is read from the database.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from cfbench_leaderboard.answers import BoardAnswer, BoardHead, BoardList, Entry, MeasureAnswer
from cfbench_leaderboard.database.models import Board, Measure, ScoreRow, Submission
from cfbench_leaderboard.looking import heads_of, numbers_of
from cfbench_leaderboard.ranking import METHOD
from cfbench_leaderboard.refusals import Refusal, not_found
from cfbench_leaderboard.standings import Fit, Standing, fit_of, shown_on, work_out
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from sqlalchemy.orm import Session

    Key = TypeVar("Key")
    Value = TypeVar("Value")

    from cfbench_leaderboard.answers import Rung

HEADLINES = {
    "edit": ("relsim", "relsim"),
    "explain": ("bleu", "bleu"),
    "visual-cf": ("flips", "flip_rate"),
    "vqa": ("vqa-accuracy", "accuracy"),
    "image-labels": ("average-precision", "map"),
    "text-label": ("accuracy", "accuracy"),
    "pair-cf": ("clip-directional", "clip_directional"),
}
"""The number that a board of a task is ranked by, unless another is asked for."""
STANDINGS_KEPT = 100


@dataclass(frozen=True)
class Asked:
    """How a board is to be shown."""

    measure: str | None = None
    """metric/name/slice; the headline of the task otherwise."""
    signature: str | None = None
    """Which signature of it; the one that most have otherwise."""
    rung: Rung = "self-reported"
    """Only submissions that are verified at least so far."""
    cursor: str | None = None
    """The submission after which the page begins."""
    limit: int = 100
    """Entries on the page."""


class Boards:
    """Boards of one database. Safe for several threads."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._kept: OrderedDict[tuple[int, int, int | None, str], Standing] = OrderedDict()
        self._measures: OrderedDict[tuple[int, int], list[Measure]] = OrderedDict()
        self._fits: OrderedDict[tuple[int, int, str], Fit] = OrderedDict()
        self._lock = Lock()

    def overview(self, session: Session, cursor: int, limit: int) -> BoardList:
        """A page of the boards that something stands on, by number."""
        shown = select(Submission.board_id).where(Submission.state.in_(SHOWN)).distinct()
        query = (
            select(Board).where(Board.id > cursor, Board.id.in_(shown)).order_by(Board.id).limit(limit + 1)
        )
        rows = list(session.scalars(query))
        counts = _counts(session, rows[:limit])
        more = str(rows[limit - 1].id) if len(rows) > limit else None
        return BoardList(boards=[board_head(row, counts[row.id]) for row in rows[:limit]], next=more)

    def find(
        self, session: Session, task: str, dataset: str, *, board: str | None = None, version: str | None = None,
        split: str | None = None,
    ) -> list[tuple[Board, int]]:  # fmt: skip
        """The boards of a data set that fit, each with its count of submissions, the one to show first."""
        query = select(Board).where(Board.task == task, Board.dataset == dataset)
        rows = list(session.scalars(query))
        counts = _counts(session, rows)
        found = [(row, counts[row.id]) for row in rows if counts[row.id]]
        for column, asked in (("version", version), ("split", split)):
            found = [each for each in found if asked is None or getattr(each[0], column) == asked]
        found.sort(key=lambda each: (_natural(each[0].version), each[1], -each[0].id), reverse=True)
        if board is not None:
            found.sort(key=lambda each: each[0].key[:16] != board)
        if not found or (board is not None and found[0][0].key[:16] != board):
            raise not_found(f"There is no board '{task}/{dataset}' like that")
        return found

    def show(self, session: Session, found: Sequence[tuple[Board, int]], asked: Asked) -> BoardAnswer:
        """The first of some boards, as it was asked for."""
        board, count = found[0]
        measures = self._measures_of(session, board)
        chosen = _choose(session, board, measures, asked)
        standing = self._standing(session, board, chosen, asked.rung)
        start = _start(standing, asked.cursor)
        page = standing.order[start : start + asked.limit]
        entries = _entries_at(session, standing, range(start, start + len(page)), chosen)
        return BoardAnswer(
            board=board_head(board, count),
            others=[board_head(other, amount) for other, amount in found[1:]],
            ranked_by=_measure(chosen) if chosen else None,
            measures=[_measure(each) for each in measures],
            method=METHOD,
            groups=[list(group) for group in standing.groups],
            entries=entries,
            next=page[-1] if start + asked.limit < len(standing.order) else None,
        )

    def entries_of(
        self, session: Session, found: Sequence[tuple[Board, int]], asked: Asked, ids: Sequence[str]
    ) -> tuple[MeasureAnswer | None, list[Entry]]:
        """Some submissions of the first of some boards, in its order; those that it does not show are left out."""
        board = found[0][0]
        chosen = _choose(session, board, self._measures_of(session, board), asked)
        standing = self._standing(session, board, chosen, asked.rung)
        wanted = set(ids)
        places = [place for place, one in enumerate(standing.order) if one in wanted]
        return _measure(chosen) if chosen else None, _entries_at(session, standing, places, chosen)

    def _measures_of(self, session: Session, board: Board) -> list[Measure]:
        key = (board.id, board.revision)
        with self._lock:
            if key in self._measures:
                return self._measures[key]
        has_it = (
            shown_on(board.id)
            .with_only_columns(Submission.id)
            .join(ScoreRow)
            .where(ScoreRow.measure_id == Measure.id)
        )
        found = list(session.scalars(select(Measure).where(has_it.exists())))
        found.sort(key=lambda each: (each.metric, each.name, each.slice != "all", each.slice, each.signature))
        with self._lock:
            _keep(self._measures, key, found)
        return found

    def _standing(self, session: Session, board: Board, measure: Measure | None, rung: Rung) -> Standing:
        key = (board.id, board.revision, measure.id if measure else None, rung)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            fit = self._fits.get((board.id, board.revision, rung))
        fit = fit or fit_of(session, board, rung)
        standing = work_out(session, fit, measure, rung)
        with self._lock:
            _keep(self._fits, (board.id, board.revision, rung), fit)
            _keep(self._kept, key, standing)
        return standing


def _entries_at(
    session: Session, standing: Standing, places: Sequence[int], measure: Measure | None
) -> list[Entry]:
    """The entries at some places of a standing."""
    ids = [standing.order[place] for place in places]
    heads = heads_of(session, ids, {one: standing.reasons.get(one, ()) for one in ids})
    numbers = numbers_of(session, ids, main_only=True, also=measure.id if measure else None)
    entries = []
    for place, one in zip(places, ids, strict=True):
        best, worst = standing.ends.get(one, (None, None))
        rank = standing.ranks[place] if place < len(standing.ranks) else None
        entries.append(
            Entry(submission=heads[one], rank=rank, best_rank=best, worst_rank=worst, scores=numbers[one])
        )
    return entries


def board_head(board: Board, submissions: int) -> BoardHead:
    """A board in a list."""
    return BoardHead(
        id=board.key[:16],
        url=f"/api/v1/boards/{board.task}/{board.dataset}?board={board.key[:16]}",
        task=board.task,
        dataset=board.dataset,
        version=board.version,
        split=board.split,
        options=json.loads(board.options),
        submissions=submissions,
        revision=board.revision,
        changed_at=board.changed_at,
    )


def _measure(measure: Measure) -> MeasureAnswer:
    return MeasureAnswer(
        address=_address(measure), signature=measure.signature, higher_is_better=measure.higher_is_better
    )


def _address(measure: Measure) -> str:
    return f"{measure.metric}/{measure.name}/{measure.slice}"


def _choose(session: Session, board: Board, measures: Sequence[Measure], asked: Asked) -> Measure | None:
    """The measure to rank by, of several signatures the one that most have; None on a board without numbers."""
    if asked.measure is None:
        main = [each for each in measures if each.slice == "all" and not each.detail]
        headline = [each for each in main if (each.metric, each.name) == HEADLINES.get(board.task)]
        fit = headline or main[:1] or list(measures[:1])
    else:
        fit = [each for each in measures if _address(each) == asked.measure]
    if asked.signature is not None:
        fit = [each for each in fit if each.signature == asked.signature]
    if not fit and (asked.measure is not None or asked.signature is not None):
        raise not_found(f"The board has no measure '{(asked.measure or asked.signature or '')[:200]}'")
    if len(fit) < 2:
        return fit[0] if fit else None
    counts = _entries(session, board, [each.id for each in fit])
    # Equal counts: the newer measure, which a newer version of the metric made.
    return max(fit, key=lambda each: (counts.get(each.id, 0), each.id))


def _entries(session: Session, board: Board, measures: Sequence[int]) -> dict[int, int]:
    """How many submissions of a board have each measure."""
    amount = func.count(ScoreRow.submission_id.distinct())
    query = select(ScoreRow.measure_id, amount).join(Submission, Submission.id == ScoreRow.submission_id)
    query = query.where(Submission.board_id == board.id, Submission.state.in_(SHOWN))
    rows = session.execute(query.where(ScoreRow.measure_id.in_(measures)).group_by(ScoreRow.measure_id))
    return {number: count for number, count in rows}  # noqa: C416 (rows are tuples of a kind of their own)


def _start(standing: Standing, cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return standing.order.index(cursor) + 1
    except ValueError:
        what = "The board changed under this cursor"
        raise Refusal(409, "cursor-gone", what, "", "Begin at the first page") from None


def _counts(session: Session, boards: Sequence[Board]) -> dict[int, int]:
    ids = [board.id for board in boards]
    query = (
        select(Submission.board_id, func.count())
        .where(Submission.board_id.in_(ids), Submission.state.in_(SHOWN))
        .group_by(Submission.board_id)
    )
    return dict.fromkeys(ids, 0) | {
        board: count for board, count in session.execute(query) if board is not None
    }


def _natural(version: str) -> list[tuple[int, int, str]]:
    """Orders '10' after '9'."""
    parts = re.split(r"([0-9]{1,18})", version)
    return [
        (1, int(part), "") if part.isascii() and part.isdigit() else (0, 0, part) for part in parts if part
    ]


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept[key] = value
    while len(kept) > STANDINGS_KEPT:
        kept.popitem(last=False)
