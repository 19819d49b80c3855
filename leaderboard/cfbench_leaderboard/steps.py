"""The states and rungs of a submission. Every step is an event: who, when, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from sqlalchemy import select

from cfbench_leaderboard.answers import RUNGS, State
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Event, Submission
from cfbench_leaderboard.inserting import touch_boards
from cfbench_leaderboard.intake import is_hidden
from cfbench_leaderboard.refusals import Refusal, not_found

if TYPE_CHECKING:
    from typing import Literal

    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import Rung
    from cfbench_leaderboard.limits import Limits

SHOWN: tuple[State, ...] = ("accepted", "flagged")
"""States that a board shows; of these only accepted ones are ranked."""
STATES: tuple[State, ...] = get_args(State)
WORKER = "worker"
_NEXT: dict[str, frozenset[State]] = {
    "draft": frozenset({"pending", "rejected"}),  # the worker's, after its check
    "pending": frozenset({"accepted", "rejected", "flagged"}),
    "accepted": frozenset({"flagged", "rejected"}),
    "flagged": frozenset({"accepted", "rejected"}),
    "rejected": frozenset(),
}


def steps_from(state: State, rung: Rung, *, own: bool = False) -> list[State | Literal["reproduced"]]:
    """What a moderator may make of a submission, of their ``own`` too."""
    if state == "draft":
        return []
    found: list[State | Literal["reproduced"]] = [each for each in STATES if each in _NEXT[state]]
    return [*found, "reproduced"] if rung == "re-scored" and state != "rejected" and not own else found


def begin(session: Session, submission: Submission, why: str) -> None:
    """The first event of a submission, which is added with it."""
    session.add(submission)
    session.flush()
    session.add(_event(submission, submission.owner, why, None, None))


def move(
    session: Session,
    submission: Submission,
    by: str,
    why: str,
    *,
    state: State | None = None,
    rung: Rung | None = None,
) -> None:
    """Take a step; the submission must be locked by ``locked``. Refused where the states do not follow each other."""
    before, rung_before = submission.state, submission.rung
    if state is not None and state != before and state not in _NEXT[before]:
        allowed = ", ".join(sorted(_NEXT[before])) or "nothing"
        raise Refusal(
            409, "no-such-step", f"A submission that is {before} cannot become {state}", f"only {allowed}"
        )
    if rung is not None and RUNGS.index(rung) < RUNGS.index(submission.rung):
        raise Refusal(409, "no-such-step", f"A rung is never taken back, and this one is {rung_before}")
    submission.state, submission.rung = state or before, rung or rung_before
    session.add(_event(submission, by, why, before, rung_before))
    if {before, submission.state} & set(SHOWN):
        replaced = session.get(Submission, submission.supersedes) if submission.supersedes else None
        touch_boards(session, [submission, *([replaced] if replaced else [])])


def locked(session: Session, id: str) -> Submission:  # noqa: A002
    """A submission that nobody else alters before this transaction ends."""
    found = session.scalars(select(Submission).where(Submission.id == id).with_for_update()).first()
    if found is None:
        raise not_found(f"There is no submission '{id}'")
    return found


def decide(session: Session, id: str, by: str, to: State, why: str) -> Submission:  # noqa: A002
    """A moderator's decision. The same decision again changes nothing."""
    submission = locked(session, id)
    if submission.state == "draft":
        raise Refusal(
            409, "no-such-step", "The submission is a draft", "the worker has not checked it yet", "Wait"
        )
    if submission.state == to:
        return submission
    move(session, submission, by, why, state=to)
    return submission


def confirm(session: Session, id: str, by: str, why: str) -> Submission:  # noqa: A002
    """A moderator who is not its owner ran the model again and got the same: the top rung."""
    submission = locked(session, id)
    if submission.rung == "reproduced":
        return submission
    if by == submission.owner:
        what = "A submission cannot be reproduced by its own owner"
        why = f"it is of {submission.owner}, and so is this token"
        raise Refusal(403, "own-submission", what, why, "Let another moderator run the model again")
    if submission.rung != "re-scored":
        what = f"A submission that is {submission.rung} cannot become reproduced"
        raise Refusal(409, "no-such-step", what, "its predictions have not been scored again")
    move(session, submission, by, why, rung="reproduced")
    return submission


def reason_given(why: str, limits: Limits) -> str:
    """A reason or note that may be kept."""
    if len(why) > limits.note_characters or is_hidden(why.replace("\n", " ")):
        most = limits.note_characters
        raise Refusal(422, "bad-text", "A note cannot be taken", f"plain text, at most {most:,} characters")
    return why


def _event(
    submission: Submission, by: str, why: str, state_before: str | None, rung_before: str | None
) -> Event:
    return Event(
        submission_id=submission.id,
        at=now(),
        by=by,
        state_before=state_before,
        state=submission.state,
        rung_before=rung_before,
        rung=submission.rung,
        why=why,
    )
