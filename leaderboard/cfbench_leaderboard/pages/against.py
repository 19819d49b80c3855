"""Two submissions compared, and what may be compared with one."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from cfbench.comparing import CompareOptions, Comparison, compare
from cfbench_leaderboard.database.models import Submission
from cfbench_leaderboard.evidence import side_of
from cfbench_leaderboard.pages.shown import shown_result
from cfbench_leaderboard.refusals import Refusal
from cfbench_leaderboard.standings import shown_on
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from cfbench.comparing import Side
    from cfbench_leaderboard.answers import SubmissionAnswer
    from cfbench_leaderboard.service import Service

OPTIONS = CompareOptions(resamples=1000, permutations=2000)
AT_ONCE = 2
"""Comparisons that one process works out at a time."""
PATIENCE = 10.0
"""Seconds that another waits for its turn."""
KEPT = 100
OTHERS = 100
LONGEST_CHAIN = 50


@dataclass(frozen=True)
class Other:
    """A submission that a page leads to."""

    id: str
    model: str
    version: str
    owner: str
    created_at: datetime
    state: str


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
            self._kept[key] = comparison
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return comparison


comparisons = Comparisons()
"""Of every service of this process: what is compared is named by its content."""


def others_on_board(session: Session, submission: str) -> tuple[list[Other], int]:
    """The newest other submissions on the same board, and how many more there are."""
    row = session.get_one(Submission, submission)
    if row.board_id is None:
        return [], 0
    query = shown_on(row.board_id).where(Submission.id != submission)
    count = session.scalar(query.with_only_columns(func.count())) or 0
    rows = session.scalars(query.order_by(Submission.created_at.desc(), Submission.id).limit(OTHERS))
    found = sorted(map(_other, rows), key=lambda other: (other.model, other.created_at))
    return found, count - len(found)


def chain_of(session: Session, submission: str) -> list[Other]:
    """The submissions that followed one another to and from this one, oldest first; only those that boards showed."""
    row = session.get_one(Submission, submission)
    before: list[Submission] = []
    current = row
    while current.supersedes is not None and len(before) < LONGEST_CHAIN:
        current = session.get_one(Submission, current.supersedes)
        before.append(current)
    after: list[Submission] = []
    current = row
    while len(after) < LONGEST_CHAIN:
        later = select(Submission).where(Submission.supersedes == current.id, Submission.state.in_(SHOWN))
        following = session.scalars(later.order_by(Submission.created_at.desc()).limit(1)).first()
        if following is None:
            break
        after.append(following)
        current = following
    chain = [*reversed(before), row, *after]
    return [_other(one) for one in chain if one.state in SHOWN or one is row]


def _other(row: Submission) -> Other:
    return Other(row.id, row.model or row.id, row.model_version or "", row.owner, row.created_at, row.state)


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
