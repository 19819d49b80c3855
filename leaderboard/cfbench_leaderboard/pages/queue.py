"""What waits for a moderator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, select

from cfbench_leaderboard.boards import board_head
from cfbench_leaderboard.database.models import Board, Job, Submission
from cfbench_leaderboard.looking import findings_of, heads_of, list_submissions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import BoardHead, Finding, SubmissionHead
    from cfbench_leaderboard.tokens import Identity

Waits = Literal["pending", "flagged", "failed"]
KINDS: dict[Waits, str] = {
    "pending": "Pending",
    "flagged": "Flagged",
    "failed": "Failed jobs",
}
ON_A_PAGE = 30
MOST_FAILED = 100
SHOWN_FINDINGS = 3


@dataclass(frozen=True)
class Waiting:
    """A submission in the queue, with the first of its ``amount`` findings. ``said`` are the last words of its failed jobs."""

    head: SubmissionHead
    board: BoardHead | None
    findings: list[Finding]
    amount: int
    said: list[str]


@dataclass(frozen=True)
class Queue:
    """A page of the queue, newest first."""

    counts: dict[Waits, int]
    rows: list[Waiting]
    next: str | None


def queue_of(session: Session, who: Identity, kind: Waits, cursor: str | None) -> Queue:
    """The submissions of a kind that wait."""
    failed = _failed(session)
    following = None
    if kind == "failed":
        found = heads_of(session, list(failed), {})
        heads = [found[one] for one in failed]
    else:
        page = list_submissions(session, who, state=kind, cursor=cursor, limit=ON_A_PAGE)
        heads, following = page.submissions, page.next
    boards = _boards_of(session, [head.id for head in heads])
    rows = [_waiting(session, head, boards.get(head.id), failed.get(head.id, [])) for head in heads]
    return Queue(_counts(session, len(failed)), rows, following)


def _failed(session: Session) -> dict[str, list[str]]:
    """What the newest failed jobs said, by submission; of those that are not rejected."""
    query = (
        select(Job.submission_id, Job.kind, Job.said)
        .join(Submission, Submission.id == Job.submission_id)
        .where(Job.state == "failed", Submission.state != "rejected")
        .order_by(Job.id.desc())
        .limit(MOST_FAILED)
    )
    found: dict[str, list[str]] = {}
    for one, kind, said in session.execute(query):
        found.setdefault(one, []).append(f"{kind}: {said}")
    return found


def _counts(session: Session, failed: int) -> dict[Waits, int]:
    query = select(Submission.state, func.count()).where(Submission.state.in_(("pending", "flagged")))
    rows = {state: count for state, count in session.execute(query.group_by(Submission.state))}  # noqa: C416
    return {"pending": rows.get("pending", 0), "flagged": rows.get("flagged", 0), "failed": failed}


def _boards_of(session: Session, ids: list[str]) -> dict[str, BoardHead]:
    query = select(Submission.id, Board).join(Board, Board.id == Submission.board_id)
    return {one: board_head(board, 0) for one, board in session.execute(query.where(Submission.id.in_(ids)))}


def _waiting(session: Session, head: SubmissionHead, board: BoardHead | None, said: list[str]) -> Waiting:
    findings = findings_of(session, head.id)
    findings.sort(key=lambda finding: ("error", "warning", "note").index(finding.severity))
    return Waiting(head, board, findings[:SHOWN_FINDINGS], len(findings), said)
