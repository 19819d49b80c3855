"""Reading submissions, for the API and for the pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from cfbench_leaderboard.answers import (
    Finding,
    JobAnswer,
    JobList,
    Number,
    Step,
    SubmissionAnswer,
    SubmissionHead,
    SubmissionList,
)
from cfbench_leaderboard.database.models import Board, Event, FindingRow, Job, Measure, ScoreRow, Submission
from cfbench_leaderboard.refusals import Refusal, not_found
from cfbench_leaderboard.service import submission_url
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import State
    from cfbench_leaderboard.tokens import Identity

_OF_SCORE = (ScoreRow.origin, ScoreRow.value, ScoreRow.ci_low, ScoreRow.ci_high, ScoreRow.n, ScoreRow.reason)
_OF_MEASURE = (
    Measure.metric,
    Measure.name,
    Measure.slice,
    Measure.signature,
    Measure.higher_is_better,
    Measure.detail,
)
_FIELDS = tuple(column.key for column in (*_OF_SCORE, *_OF_MEASURE))


def visible(session: Session, id: str, who: Identity | None) -> Submission:  # noqa: A002
    """A submission; one that no board shows is for its owner and for moderators alone."""
    row = session.get(Submission, id)
    if row is None or not (row.state in SHOWN or (who and (who.owner == row.owner or who.may("moderate")))):
        raise not_found(f"There is no submission '{id[:64]}'")
    return row


def show_submission(session: Session, id: str, who: Identity | None) -> SubmissionAnswer:  # noqa: A002
    """All of a submission."""
    row = visible(session, id, who)
    board = session.get(Board, row.board_id) if row.board_id is not None else None
    events = session.scalars(select(Event).where(Event.submission_id == id).order_by(Event.id))
    later = select(Submission.id).where(Submission.supersedes == id, Submission.state.in_(SHOWN))
    return SubmissionAnswer(
        **_head(row, board, None).model_dump(),
        superseded_by=list(session.scalars(later.order_by(Submission.created_at))),
        content=row.content,
        result=row.result,
        weights_digest=row.weights_digest,
        run_id=row.run_id,
        fingerprint=row.fingerprint,
        samples=row.samples,
        findings=findings_of(session, id),
        events=[
            Step.model_validate({name: getattr(event, name) for name in Step.model_fields})
            for event in events
        ],
        scores=numbers_of(session, [id])[id],
    )


def list_submissions(
    session: Session, who: Identity, *, state: State | None, cursor: str | None, limit: int
) -> SubmissionList:
    """A moderator's or owner's page of submissions, newest first."""
    query = select(Submission, Board).outerjoin(Board, Board.id == Submission.board_id)
    if not who.may("moderate"):
        query = query.where(Submission.owner == who.owner)
    if state is not None:
        query = query.where(Submission.state == state)
    if cursor is not None:
        last = session.get(Submission, cursor)
        if last is None:
            raise Refusal(422, "bad-cursor", "There is no such cursor", "", "Begin at the first page")
        same = and_(Submission.created_at == last.created_at, Submission.id < last.id)
        query = query.where(or_(Submission.created_at < last.created_at, same))
    query = query.order_by(Submission.created_at.desc(), Submission.id.desc()).limit(limit + 1)
    rows = list(session.execute(query))
    return SubmissionList(
        submissions=[_head(row, board, None) for row, board in rows[:limit]],
        next=rows[limit - 1][0].id if len(rows) > limit else None,
    )


def list_jobs(session: Session, *, cursor: int | None, limit: int) -> JobList:
    """A page of jobs, newest first."""
    query = select(Job).order_by(Job.id.desc()).limit(limit + 1)
    rows = list(session.scalars(query if cursor is None else query.where(Job.id < cursor)))
    jobs = [
        JobAnswer.model_validate(
            {
                "id": row.id,
                "kind": row.kind,
                "submission": row.submission_id,
                "state": row.state,
                "attempts": row.attempts,
                "said": row.said,
            }
        )
        for row in rows[:limit]
    ]
    return JobList(jobs=jobs, next=str(jobs[-1].id) if len(rows) > limit else None)


def heads_of(
    session: Session, ids: Sequence[str], reasons: Mapping[str, Sequence[str]]
) -> dict[str, SubmissionHead]:
    """Some submissions by id, each with the reasons why it is not ranked."""
    query = select(Submission, Board).outerjoin(Board, Board.id == Submission.board_id)
    rows = session.execute(query.where(Submission.id.in_(ids)))
    return {row.id: _head(row, board, reasons.get(row.id)) for row, board in rows}


def numbers_of(
    session: Session, ids: Sequence[str], *, main_only: bool = False, also: int | None = None
) -> dict[str, list[Number]]:
    """The numbers of some submissions; of each the re-scored one where there is one.

    ``main_only`` leaves out details and slices, but not the measure ``also``.
    """
    query = select(ScoreRow.submission_id, ScoreRow.measure_id, *_OF_SCORE, *_OF_MEASURE)
    query = query.join(Measure, Measure.id == ScoreRow.measure_id).where(ScoreRow.submission_id.in_(ids))
    if main_only:
        main = and_(Measure.slice == "all", Measure.detail.is_(False))
        query = query.where(main if also is None else or_(main, Measure.id == also))
    found: dict[str, dict[int, Number]] = {one: {} for one in ids}
    fields = set(_FIELDS)
    for one, measure, *values in session.execute(query):
        if values[0] == "re-scored" or measure not in found[one]:
            # Our own rows, and many of them: not judged again.
            found[one][measure] = Number.model_construct(fields, **dict(zip(_FIELDS, values, strict=True)))
    return {one: [numbers[key] for key in sorted(numbers)] for one, numbers in found.items()}


def findings_of(session: Session, id: str) -> list[Finding]:  # noqa: A002
    """What was found in a submission, in the order of finding."""
    rows = session.scalars(select(FindingRow).where(FindingRow.submission_id == id).order_by(FindingRow.id))
    return [
        Finding.model_validate(
            {
                "id": row.rule,
                **{name: getattr(row, name) for name in ("severity", "where", "what", "why", "fix")},
            }
        )
        for row in rows
    ]


def _head(row: Submission, board: Board | None, reasons: Sequence[str] | None) -> SubmissionHead:
    return SubmissionHead(
        id=row.id,
        url=submission_url(row.id),
        owner=row.owner,
        kind=row.kind,
        state=row.state,
        rung=row.rung,
        created_at=row.created_at,
        board=board.key[:16] if board else None,
        model=row.model,
        model_version=row.model_version,
        note=row.note,
        supersedes=row.supersedes,
        unranked_because=list(reasons if reasons is not None else json.loads(row.unranked or "[]")),
    )
