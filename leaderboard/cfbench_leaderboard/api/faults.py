"""Every error as the same JSON, whatever raised it; outside of ``/api`` as a page."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, in_one_line
from cfbench_leaderboard.answers import ErrorAnswer, Fault
from cfbench_leaderboard.intake import shown
from cfbench_leaderboard.pages.links import Served
from cfbench_leaderboard.pages.writing import fault_page
from cfbench_leaderboard.refusals import Refusal

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

log = logging.getLogger("cfbench.leaderboard")
_WORDS = {404: "not-found", 405: "wrong-method"}


def fault_response(error: Exception, path: str) -> Response:
    """The answer to an error at a path. What is a defect, or the machine's, is logged, and not told to the client."""
    refusal = _as_refusal(error)
    if not path.startswith("/api/"):
        page = fault_page(
            shown(refusal.what, 500), shown(refusal.why, 500), shown(refusal.fix, 500), Served()
        )
        return Response(page.encode("utf-8", "replace"), refusal.status, refusal.headers, "text/html")
    fault = Fault(
        id=refusal.id,
        what=shown(refusal.what, 2000),
        why=shown(refusal.why, 2000),
        fix=shown(refusal.fix, 2000),
        findings=refusal.findings,
    )
    body = ErrorAnswer(error=fault).model_dump_json().encode("utf-8", "replace")
    return Response(body, refusal.status, refusal.headers, "application/json")


def install(app: FastAPI) -> None:
    """Let the app answer so. What is not foreseen here comes to :class:`Guard`."""

    async def answer(request: Request, error: Exception) -> Response:
        return fault_response(error, request.url.path)

    for kind in (CfbenchError, HTTPException, RequestValidationError, OperationalError, PoolTimeoutError):
        app.add_exception_handler(kind, answer)


def _as_refusal(error: Exception) -> Refusal:  # noqa: PLR0911 (a kind a line)
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Refusal(422, "bad-parameter", "A parameter cannot be taken", f"{where}: {first['msg']}")
    if isinstance(error, HTTPException):
        word = _WORDS.get(error.status_code, "refused")
        return Refusal(error.status_code, word, str(error.detail), headers=error.headers)
    if isinstance(error, DataError):
        return Refusal(422, "bad-data", error.what, error.why, error.fix)
    if isinstance(error, (OperationalError, PoolTimeoutError)):
        log.warning("The database is busy or away: %s", in_one_line(error))
        return Refusal(503, "busy", "The database is busy", "", "Try again", headers={"Retry-After": "5"})
    if isinstance(error, EnvironmentLackError):
        log.error("%s", error)
        what = "The server cannot do this now"
        return Refusal(
            503, "lacking", what, "", "Tell its keeper, or try later", headers={"Retry-After": "60"}
        )
    log.error("A defect", exc_info=error)
    return Refusal(500, "defect", "This is a defect of the server", "", "Please report what you sent")
