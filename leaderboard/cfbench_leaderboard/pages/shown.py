"""The result behind a submission's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.files import parse_json
from cfbench.results.schema import Result
from cfbench_leaderboard.refusals import not_found

if TYPE_CHECKING:
    from cfbench_leaderboard.answers import SubmissionAnswer
    from cfbench_leaderboard.service import Service

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
