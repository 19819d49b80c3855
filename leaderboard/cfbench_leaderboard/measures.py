"""The measures of a board: what it can be ranked by, and which of them it is ranked by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from cfbench_leaderboard.answers import MeasureAnswer
from cfbench_leaderboard.database.models import Measure, ScoreRow, Submission
from cfbench_leaderboard.refusals import not_found
from cfbench_leaderboard.standings import changes, shown_on
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from cfbench_leaderboard.database.models import Board


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


def measures_on(session: Session, board: Board) -> list[Measure]:
    """Those that something on the board has a number of, by address."""
    has_it = (
        shown_on(board.id)
        .with_only_columns(Submission.id)
        .join(ScoreRow)
        .where(ScoreRow.measure_id == Measure.id)
    )
    found = list(session.scalars(select(Measure).where(has_it.exists())))
    found.sort(key=lambda each: (each.metric, each.name, each.slice != "all", each.slice, each.signature))
    return found


def same_measures(session: Session, board: Board, known: Sequence[Measure], since: int) -> bool:
    """Whether nothing that changed after a revision brought a measure, or may have taken one away."""
    changed = changes(session, board, since)
    if changed is None:
        return False
    here = shown_on(board.id).where(Submission.id.in_(changed)).with_only_columns(Submission.id)
    if set(session.scalars(here)) != set(changed):
        return False
    theirs = select(ScoreRow.measure_id).where(ScoreRow.submission_id.in_(changed)).distinct()
    return {measure.id for measure in known}.issuperset(session.scalars(theirs))


def measure_answer(measure: Measure) -> MeasureAnswer:
    """A measure as the API tells of it."""
    return MeasureAnswer(
        address=_address(measure), signature=measure.signature, higher_is_better=measure.higher_is_better
    )


def _address(measure: Measure) -> str:
    return f"{measure.metric}/{measure.name}/{measure.slice}"


def choose(
    session: Session, board: Board, measures: Sequence[Measure], address: str | None, signature: str | None
) -> Measure | None:
    """The measure to rank by, of several signatures the one that most have; None on a board without numbers."""
    if address is None:
        main = [each for each in measures if each.slice == "all" and not each.detail]
        headline = [each for each in main if (each.metric, each.name) == HEADLINES.get(board.task)]
        fit = headline or main[:1] or list(measures[:1])
    else:
        fit = [each for each in measures if _address(each) == address]
    if signature is not None:
        fit = [each for each in fit if each.signature == signature]
    if not fit and (address is not None or signature is not None):
        raise not_found(f"The board has no measure '{(address or signature or '')[:200]}'")
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
