"""Boards: what stands on them, in which order, and why something is not ranked.

A standing (who is where by one measure) is kept in memory and brought up to the board's revision when it is read; the
page that is asked for is read from the database.
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
from cfbench_leaderboard.bounded import keep
from cfbench_leaderboard.database.models import Board, Submission
from cfbench_leaderboard.looking import heads_of, numbers_of
from cfbench_leaderboard.measures import choose, measure_answer, measures_on, same_measures
from cfbench_leaderboard.ranking import METHOD
from cfbench_leaderboard.refusals import Refusal, not_found
from cfbench_leaderboard.standings import Column, Fit, Standing, changes, fit_after, fit_of, work_on, work_out
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from sqlalchemy.orm import Session

    Key = TypeVar("Key")
    Value = TypeVar("Value")

    from cfbench_leaderboard.answers import Number, Rung, SubmissionHead
    from cfbench_leaderboard.database.models import Measure

STANDINGS_KEPT = 100
NUMBERS_KEPT = 1000
"""Entries of one board whose numbers are kept."""
BYTES_KEPT = 64_000_000
"""Of finished answers."""


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
        self._standings: OrderedDict[tuple[int, int | None, str], Standing] = OrderedDict()
        self._measures: OrderedDict[int, tuple[int, list[Measure]]] = OrderedDict()
        self._fits: OrderedDict[tuple[int, str], Fit] = OrderedDict()
        self._numbers: OrderedDict[int, tuple[int, dict[tuple[str, int | None], list[Number]]]] = (
            OrderedDict()
        )
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def overview(self, session: Session, cursor: int, limit: int) -> BoardList:
        """A page of the boards that something stands on, by number."""
        shown = select(Submission.id).where(Submission.board_id == Board.id, Submission.state.in_(SHOWN))
        query = select(Board).where(Board.id > cursor, shown.exists()).order_by(Board.id).limit(limit + 1)
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
        chosen = choose(session, board, measures, asked.measure, asked.signature)
        standing = self._standing(session, board, chosen, asked.rung)
        start = _start(standing, asked.cursor)
        end = min(start + asked.limit, standing.size)
        entries = self._entries_at(session, board, standing, range(start, end), chosen)
        return BoardAnswer(
            board=board_head(board, count),
            others=[board_head(other, amount) for other, amount in found[1:]],
            ranked_by=measure_answer(chosen) if chosen else None,
            measures=[measure_answer(each) for each in measures],
            method=METHOD,
            groups=[list(group) for group in standing.groups],
            entries=entries,
            next=standing.names(end - 1, end)[0] if end < standing.size else None,
        )

    def entries_of(
        self, session: Session, found: Sequence[tuple[Board, int]], asked: Asked, ids: Sequence[str]
    ) -> tuple[MeasureAnswer | None, list[Entry]]:
        """Some submissions of the first of some boards, in its order; those that it does not show are left out."""
        board = found[0][0]
        chosen = choose(session, board, self._measures_of(session, board), asked.measure, asked.signature)
        standing = self._standing(session, board, chosen, asked.rung)
        wanted = set(ids)
        places = [place for place, one in enumerate(standing.names(0, standing.size)) if one in wanted]
        return measure_answer(chosen) if chosen else None, self._entries_at(
            session, board, standing, places, chosen
        )

    def best(
        self, session: Session, found: Sequence[tuple[Board, int]], asked: Asked
    ) -> list[SubmissionHead]:
        """The first submissions of the first of some boards in its order, without their numbers."""
        board = found[0][0]
        chosen = choose(session, board, self._measures_of(session, board), asked.measure, asked.signature)
        ids = self._standing(session, board, chosen, asked.rung).names(0, asked.limit)
        heads = heads_of(session, ids, {})
        return [heads[one] for one in ids]

    def kept(self, key: str, make: Callable[[], str]) -> bytes:
        """A finished answer, made at the first asking; ``key`` must change with all that it tells of."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        made = make().encode("utf-8", "replace")
        with self._lock:
            self._bytes += len(made) - len(self._answers.pop(key, b""))
            self._answers[key] = made
            while self._bytes > BYTES_KEPT:
                self._bytes -= len(self._answers.popitem(last=False)[1])
        return made

    def _measures_of(self, session: Session, board: Board) -> list[Measure]:
        known = self._get(self._measures, board.id)
        if known is not None and known[0] >= board.revision:
            return known[1]
        if known is not None and same_measures(session, board, known[1], known[0]):
            found = known[1]
        else:
            found = measures_on(session, board)
        self._keep(self._measures, board.id, (board.revision, found))
        return found

    def _standing(self, session: Session, board: Board, measure: Measure | None, rung: Rung) -> Standing:
        key = (board.id, measure.id if measure else None, rung)
        known = self._get(self._standings, key)
        if known is not None and known.revision >= board.revision:
            return known
        fit, column = self._fit(session, board, rung), Column(measure, rung)
        if known is None:
            found = work_out(session, fit, column)
        else:
            found = work_on(session, known, fit, board, column)
        self._keep(self._standings, key, found)
        return found

    def _fit(self, session: Session, board: Board, rung: Rung) -> Fit:
        known = self._get(self._fits, (board.id, rung))
        if known is not None and known.revision >= board.revision:
            return known
        found = fit_of(session, board, rung) if known is None else fit_after(session, known, board, rung)
        self._keep(self._fits, (board.id, rung), found)
        return found

    def _entries_at(
        self,
        session: Session,
        board: Board,
        standing: Standing,
        places: Sequence[int],
        measure: Measure | None,
    ) -> list[Entry]:
        """The entries at some places of a standing."""
        ids = [one for place in places for one in standing.names(place, place + 1)]
        heads = heads_of(session, ids, {one: standing.reasons.get(one, ()) for one in ids})
        numbers = self._numbers_of(session, board, ids, measure)
        entries = []
        for place, one in zip(places, ids, strict=True):
            best, worst = standing.ends.get(one, (None, None))
            entries.append(
                Entry(
                    submission=heads[one],
                    rank=standing.rank(place),
                    best_rank=best,
                    worst_rank=worst,
                    scores=numbers[one],
                )
            )
        return entries

    def _numbers_of(
        self, session: Session, board: Board, ids: Sequence[str], measure: Measure | None
    ) -> dict[str, list[Number]]:
        """The numbers of entries; those that did not change are kept."""
        main = measure is None or (measure.slice == "all" and not measure.detail)
        also = measure.id if measure is not None and not main else None
        revision, kept = self._get(self._numbers, board.id) or (board.revision, {})
        if revision < board.revision:
            changed = changes(session, board, revision)
            gone = set(changed or ())
            kept = {key: value for key, value in kept.items() if changed is not None and key[0] not in gone}
        lacking = [one for one in ids if (one, also) not in kept]
        read = numbers_of(session, lacking, main_only=True, also=also) if lacking else {}
        found = {one: read[one] if one in read else kept[one, also] for one in ids}
        if read and revision <= board.revision:  # a later reader knows better
            kept = {} if len(kept) + len(read) > NUMBERS_KEPT else kept
            added = {(one, also): value for one, value in found.items()}
            self._keep(self._numbers, board.id, (board.revision, kept | added))
        return found

    def _get(self, kept: OrderedDict[Key, Value], key: Key) -> Value | None:
        with self._lock:
            if key in kept:
                kept.move_to_end(key)
            return kept.get(key)

    def _keep(self, kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
        with self._lock:
            keep(kept, key, value, STANDINGS_KEPT)


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


def _start(standing: Standing, cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return standing.place(cursor) + 1
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
