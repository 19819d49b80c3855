"""Two submissions compared, and what may be compared with one."""

from __future__ import annotations

from collections import OrderedDict
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from sqlalchemy import select

from cfbench.comparing import CompareOptions, Comparison, compare
from cfbench_leaderboard.boards import Asked
from cfbench_leaderboard.bounded import keep
from cfbench_leaderboard.database.models import Board, Submission
from cfbench_leaderboard.evidence import side_of
from cfbench_leaderboard.looking import heads_of
from cfbench_leaderboard.pages.shown import shown_result
from cfbench_leaderboard.refusals import Refusal
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cfbench.comparing import Side
    from cfbench_leaderboard.answers import SubmissionAnswer, SubmissionHead
    from cfbench_leaderboard.boards import Boards
    from cfbench_leaderboard.service import Service

OPTIONS = CompareOptions(resamples=1000, permutations=2000)
AT_ONCE = 2
"""Comparisons that one process works out at a time."""
PATIENCE = 10.0
"""Seconds that another waits for its turn."""
KEPT = 100
OTHERS = 100
LONGEST_CHAIN = 50


class Comparisons:
    """Comparisons by the content of both sides. Safe for several threads; the newest are kept."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._kept: OrderedDict[tuple[str | None, ...], Comparison] = OrderedDict()
        self._lock = Lock()
        self._turns = BoundedSemaphore(AT_ONCE)

    def of(self, service: Service, first: SubmissionAnswer, second: SubmissionAnswer) -> Comparison:
        """The second compared with the first: paired where the service has the evidence of both."""
        sides = _side(service, first), _side(service, second)
        key = first.result, second.result, *(_evidence(side) for side in sides)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        if not self._turns.acquire(timeout=PATIENCE):
            what = "Too many comparisons are being worked out"
            raise Refusal(503, "busy", what, "", "Try again", headers={"Retry-After": "10"})
        try:
            comparison = compare(*sides, options=OPTIONS)
        finally:
            self._turns.release()
        with self._lock:
            keep(self._kept, key, comparison, KEPT)
        return comparison


comparisons = Comparisons()
"""Of every service of this process: what is compared is named by its content."""


def others_on_board(session: Session, boards: Boards, submission: str) -> tuple[list[SubmissionHead], bool]:
    """The best other submissions on the same board, by name, and whether there are more."""
    number = session.get_one(Submission, submission).board_id
    if number is None:
        return [], False
    best = boards.best(session, [(session.get_one(Board, number), 0)], Asked(limit=OTHERS + 2))
    found = [head for head in best if head.id != submission]
    return sorted(found[:OTHERS], key=lambda head: (head.model or "", head.created_at)), len(found) > OTHERS


def chain_of(session: Session, submission: str) -> list[SubmissionHead]:
    """The submissions that followed one another to and from this one, oldest first; only those that boards showed."""
    row = session.get_one(Submission, submission)
    chain = [row]
    while chain[0].supersedes is not None and len(chain) < LONGEST_CHAIN:
        chain.insert(0, session.get_one(Submission, chain[0].supersedes))
    while len(chain) < 2 * LONGEST_CHAIN:
        later = select(Submission).where(Submission.supersedes == chain[-1].id, Submission.state.in_(SHOWN))
        following = session.scalars(later.order_by(Submission.created_at.desc()).limit(1)).first()
        if following is None:
            break
        chain.append(following)
    ids = [one.id for one in chain if one.state in SHOWN or one is row]
    heads = heads_of(session, ids, {})
    return [heads[one] for one in ids]


def _side(service: Service, answer: SubmissionAnswer) -> Side:
    _, result = shown_result(service, answer)
    if result is None:
        fix = "Get both results and compare them yourself: cfbench compare A B"
        raise Refusal(
            422, "too-large", f"The result of {answer.id} is too large to be compared here", "", fix
        )
    return side_of(service.store, answer.id, result)


def _evidence(side: Side) -> str | None:
    return None if side.folder is None else repr(sorted(side.result.evidence_digests.items()))
