"""The routes of the API, version 1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel  # noqa: TC002 (FastAPI reads annotations)
from starlette.concurrency import run_in_threadpool

from cfbench.files import sha256_hex
from cfbench_leaderboard.answers import (
    BoardAnswer,
    BoardList,
    JobList,
    Made,
    Queued,
    Rung,
    State,
    SubmissionAnswer,
    SubmissionList,
    UploadAnswer,
    WhoAmI,
)
from cfbench_leaderboard.api.asking import (
    Body,
    anyone,
    body_as,
    having,
    json_body,
    read_body,
    service_of,
    somebody,
)
from cfbench_leaderboard.api.bodies import (
    TOKEN_OR_NONE,
    RescoreBody,
    StateBody,
    SubmissionBody,
    UploadBody,
    WhyBody,
    faults,
    takes,
)
from cfbench_leaderboard.boards import Asked, Boards
from cfbench_leaderboard.looking import list_jobs, list_submissions, show_submission, visible
from cfbench_leaderboard.refusals import Refusal, not_found
from cfbench_leaderboard.rescoring import enqueue_rescoring
from cfbench_leaderboard.steps import confirm, decide, reason_given
from cfbench_leaderboard.submissions import submit
from cfbench_leaderboard.tokens import Identity
from cfbench_leaderboard.uploads import begin_upload, receive

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

router = APIRouter(prefix="/api/v1")
_KEY = re.compile(r"[0-9a-f]{64}")
_OFFSET = re.compile(r"[0-9]{1,16}")

Anyone = Annotated[Identity | None, Depends(anyone)]
Somebody = Annotated[Identity, Depends(somebody)]
Submitter = Annotated[Identity, Depends(having("submit"))]
Moderator = Annotated[Identity, Depends(having("moderate"))]
Admin = Annotated[Identity, Depends(having("admin"))]
SubmissionPath = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
UploadPath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Text = Annotated[str | None, Query(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
NamePath = Annotated[str, Path(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Cursor = Annotated[str | None, Query(pattern=r"^[0-9a-f]{16}$")]
NumberCursor = Annotated[int | None, Query(ge=0, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=100)]
_UNCHANGED = {"description": "As it was"}


def _json(answer: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.model_dump_json(), status, headers, "application/json")


@router.get("/whoami", response_model=WhoAmI, responses=faults(401))
def whoami(who: Somebody) -> Response:
    """Whom the token speaks for."""
    return _json(WhoAmI(owner=who.owner, scopes=who.scopes, token=who.token, expires_at=who.expires_at))


@router.post(
    "/uploads",
    response_model=UploadAnswer,
    status_code=201,
    responses={200: {"model": UploadAnswer}, **faults(401, 403, 408, 409, 413, 422)},
    openapi_extra=takes(UploadBody),
)
async def post_upload(request: Request, who: Submitter) -> Response:
    """Begin to send a file, or learn how far it is."""
    body = await _body(request, UploadBody)
    answer, new = await run_in_threadpool(
        begin_upload, service_of(request), who.owner, body.sha256, body.bytes
    )
    return _json(answer, 201 if new else 200)


@router.patch(
    "/uploads/{upload}",
    status_code=204,
    response_class=Response,
    responses=faults(401, 403, 404, 408, 409, 413, 422),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/octet-stream": {}}},
        "parameters": [
            {
                "in": "header",
                "name": "Upload-Offset",
                "required": True,
                "schema": {"type": "integer", "minimum": 0},
            }
        ],
    },
)
async def patch_upload(request: Request, who: Submitter, upload: UploadPath) -> Response:
    """Send the next bytes of a file."""
    service = service_of(request)
    offset = request.headers.get("upload-offset", "")
    if not _OFFSET.fullmatch(offset):
        raise Refusal(422, "no-offset", "The header Upload-Offset is missing or no number")
    data = await read_body(request, service.limits.chunk_bytes)
    reached = await run_in_threadpool(receive, service, who.owner, upload, int(offset), data)
    return Response(status_code=204, headers={"Upload-Offset": str(reached)})


@router.post(
    "/submissions",
    response_model=Made,
    status_code=201,
    responses={200: {"model": Made}, **faults(401, 403, 404, 408, 409, 413, 422)},
    openapi_extra={
        **takes(SubmissionBody),
        "parameters": [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": True,
                "schema": {"type": "string", "pattern": f"^{_KEY.pattern}$"},
            }
        ],
    },
)
async def post_submission(request: Request, who: Submitter) -> Response:
    """Hand in a bundle or a result. The same key again gives the first answer again."""
    service = service_of(request)
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        what = "The header Idempotency-Key is missing or no SHA-256"
        raise Refusal(422, "no-key", what, "", "Send the SHA-256 of what is submitted")
    value = await json_body(request, service.limits.result_bytes + service.limits.body_bytes)
    body = body_as(SubmissionBody, value)
    made, new = await run_in_threadpool(submit, service, who, key, body.model_dump(exclude_none=True))
    return _json(made, 201 if new else 200)


@router.get("/submissions", response_model=SubmissionList, responses=faults(401, 422))
def get_submissions(
    request: Request, who: Somebody, state: State | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """One's own submissions; every one for a moderator. Newest first."""
    with service_of(request).database.reading() as session:
        return _json(list_submissions(session, who, state=state, cursor=cursor, limit=limit))


@router.get(
    "/submissions/{submission}",
    response_model=SubmissionAnswer,
    responses=faults(401, 404, 422),
    openapi_extra=TOKEN_OR_NONE,
)
def get_submission(request: Request, who: Anyone, submission: SubmissionPath) -> Response:
    """A submission with its history and numbers."""
    with service_of(request).database.reading() as session:
        return _json(show_submission(session, submission, who))


@router.get(
    "/submissions/{submission}/result",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **faults(401, 404, 422)},
    openapi_extra=TOKEN_OR_NONE,
)
def get_result(request: Request, who: Anyone, submission: SubmissionPath) -> Response:
    """The canonical result.json of a submission, held against its digest."""
    service = service_of(request)
    with service.database.reading() as session:
        digest = visible(session, submission, who).result
    if digest is None:
        raise not_found("The submission's result has not been read yet")
    return Response(
        service.store.get(digest, max_bytes=service.limits.result_bytes), 200, None, "application/json"
    )


@router.post(
    "/submissions/{submission}/state",
    response_model=SubmissionAnswer,
    responses=faults(401, 403, 404, 408, 409, 413, 422),
    openapi_extra=takes(StateBody),
)
async def post_state(request: Request, who: Moderator, submission: SubmissionPath) -> Response:
    """Accept, reject or flag a submission."""
    body = await _body(request, StateBody)
    return await _moderated(
        request,
        who,
        submission,
        body.why,
        lambda session, why: decide(session, submission, who.owner, body.to, why),
    )


@router.post(
    "/submissions/{submission}/reproduced",
    response_model=SubmissionAnswer,
    responses=faults(401, 403, 404, 408, 409, 413, 422),
    openapi_extra=takes(WhyBody),
)
async def post_reproduced(request: Request, who: Moderator, submission: SubmissionPath) -> Response:
    """Say that the model was run again, by somebody else than its owner, with the same outcome."""
    body = await _body(request, WhyBody)
    return await _moderated(
        request, who, submission, body.why, lambda session, why: confirm(session, submission, who.owner, why)
    )


@router.get("/boards", response_model=BoardList, responses={304: _UNCHANGED, **faults(422)})
def get_boards(request: Request, cursor: NumberCursor = None, limit: Limit = 50) -> Response:
    """The boards that something stands on."""
    boards: Boards = request.app.state.boards
    with service_of(request).database.reading() as session:
        return _with_etag(request, boards.overview(session, cursor or 0, limit))


@router.get(
    "/boards/{task}/{dataset}",
    response_model=BoardAnswer,
    responses={304: _UNCHANGED, **faults(404, 409, 422)},
)
def get_board(  # noqa: PLR0917
    request: Request,
    task: NamePath,
    dataset: NamePath,
    board: Cursor = None,
    version: Text = None,
    split: Text = None,
    measure: Text = None,
    signature: Text = None,
    rung: Rung = "self-reported",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """A board: the newest version of the data set, ranked by the task's headline, unless another is asked for."""
    boards: Boards = request.app.state.boards
    asked = Asked(measure, signature, rung, cursor, limit)
    with service_of(request).database.reading() as session:
        found = boards.find(session, task, dataset, board=board, version=version, split=split)
        etag = _etag(repr((asked, [(each.key, each.revision, count) for each, count in found])))
        if etag in _tags(request):
            return Response(status_code=304, headers=_cached(etag))
        data = boards.kept(etag, lambda: boards.show(session, found, asked).model_dump_json())
    return Response(data, 200, _cached(etag), "application/json")


@router.get("/jobs", response_model=JobList, responses=faults(401, 403, 422))
def get_jobs(request: Request, who: Moderator, cursor: NumberCursor = None, limit: Limit = 50) -> Response:  # noqa: ARG001
    """What workers have to do, and what they said. Newest first."""
    with service_of(request).database.reading() as session:
        return _json(list_jobs(session, cursor=cursor, limit=limit))


@router.post(
    "/jobs/rescore",
    response_model=Queued,
    status_code=202,
    responses=faults(401, 403, 404, 408, 413, 422),
    openapi_extra=takes(RescoreBody),
)
async def post_rescore(request: Request, who: Admin) -> Response:  # noqa: ARG001
    """Let workers score bundles again."""
    body = await _body(request, RescoreBody)

    def work() -> int:
        with service_of(request).database.writing() as session:
            return enqueue_rescoring(session, body.submission)

    return _json(Queued(jobs=await run_in_threadpool(work)), 202)


async def _body(request: Request, model: type[Body]) -> Body:
    """A small body."""
    return body_as(model, await json_body(request, service_of(request).limits.body_bytes))


async def _moderated(
    request: Request, who: Identity, submission: str, why: str, step: Callable[[Session, str], object]
) -> Response:
    """Take a step of a submission with its reason, and show what it is then."""
    service = service_of(request)
    reason = reason_given(why, service.limits)

    def work() -> SubmissionAnswer:
        with service.database.writing() as session:
            step(session, reason)
            session.flush()
            return show_submission(session, submission, who)

    return _json(await run_in_threadpool(work))


def _with_etag(request: Request, answer: BaseModel) -> Response:
    text = answer.model_dump_json()
    etag = _etag(text)
    if etag in _tags(request):
        return Response(status_code=304, headers=_cached(etag))
    return Response(text, headers=_cached(etag), media_type="application/json")


def _etag(text: str) -> str:
    return f'"{sha256_hex(text.encode())[:32]}"'


def _tags(request: Request) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]


def _cached(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "no-cache"}  # keep it, and ask each time whether it still holds
