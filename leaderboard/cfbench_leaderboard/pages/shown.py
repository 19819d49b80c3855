"""What stands behind a submission's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Path
from starlette.responses import Response

from cfbench.errors import DataError
from cfbench.files import parse_json
from cfbench.results.schema import Result
from cfbench_leaderboard.boards import board_head
from cfbench_leaderboard.database.models import Board, Submission
from cfbench_leaderboard.refusals import not_found
from cfbench_leaderboard.samples import picture_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import BoardHead, SubmissionAnswer
    from cfbench_leaderboard.service import Service

PictureName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
LARGEST = 4_000_000
"""Bytes of a result that is shown; a larger one is linked to."""


def shown_result(service: Service, answer: SubmissionAnswer) -> tuple[bytes, Result | None]:
    """The canonical bytes of a submission's result, and what they say where they are not too many to show."""
    if answer.result is None:
        raise not_found("The submission's result has not been read yet")
    data = service.store.get(answer.result, max_bytes=service.limits.result_bytes)
    if len(data) > LARGEST:
        return data, None
    return data, Result.model_validate(parse_json(data, source="the stored result"))


def picture_answer(
    service: Service, submission: str, name: str, seen_by: Literal["public", "private"]
) -> Response:
    """A picture of a submission's samples, which browsers may keep for a day."""
    try:
        data = picture_of(service.store, submission, name)
    except DataError:
        raise not_found("There is no such picture") from None
    kept = {"Cache-Control": f"{seen_by}, max-age=86400, immutable"}
    return Response(data, headers=kept, media_type="image/png")


def board_shown(session: Session, submission: str) -> BoardHead | None:
    """The board of a submission, without its count; None before its result was read."""
    row = session.get(Submission, submission)
    board = session.get(Board, row.board_id) if row is not None and row.board_id is not None else None
    return board_head(board, 0) if board is not None else None
