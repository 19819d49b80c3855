"""The pages of moderators: what waits, and a decision on it. They act through the same functions as the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from cfbench_leaderboard.api.asking import body_as, service_of
from cfbench_leaderboard.api.bodies import StateBody, WhyBody
from cfbench_leaderboard.api.routes import Cursor, SubmissionPath  # noqa: TC001 (FastAPI reads annotations)
from cfbench_leaderboard.looking import show_submission, visible
from cfbench_leaderboard.pages.links import Moderating, Served
from cfbench_leaderboard.pages.queue import Waits, queue_of
from cfbench_leaderboard.pages.shown import PictureName, board_shown, picture_answer, shown_result
from cfbench_leaderboard.pages.signing_in import (
    PATH,
    check_word,
    moderator,
    moderator_by,
    read_form,
    sign_in,
    sign_out,
)
from cfbench_leaderboard.pages.writing import decision_page, queue_page, sign_in_page
from cfbench_leaderboard.refusals import Refusal
from cfbench_leaderboard.samples import samples_of
from cfbench_leaderboard.steps import confirm, decide, reason_given
from cfbench_leaderboard.tokens import Identity  # noqa: TC001 (FastAPI reads annotations)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

SIGNED_OUT = "signed-out"
_SIGN_IN = frozenset({SIGNED_OUT, "bad-token", "no-scope"})


class _Route(APIRoute):
    """Asks for a token wherever none holds, and lets forms name their origin, which the site's own rule hides."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except Refusal as error:
                if error.id not in _SIGN_IN:
                    raise
                response = _ask_for_token(request, error)
            response.headers["Referrer-Policy"] = "same-origin"
            return response

        return answer


router = APIRouter(
    prefix=PATH, include_in_schema=False, default_response_class=HTMLResponse, route_class=_Route
)


class Desk(NamedTuple):
    """A moderator, and the word that their forms bear."""

    who: Identity
    word: str


def desk(request: Request) -> Desk:
    """Who is signed in; refused where nobody is."""
    found = moderator(request)
    if found is None:
        raise Refusal(401, SIGNED_OUT, "These pages are for moderators")
    return Desk(*found)


AtDesk = Annotated[Desk, Depends(desk)]


@router.get("")
def queue(request: Request, at: AtDesk, show: Waits = "pending", cursor: Cursor = None) -> Response:
    """What waits."""
    with service_of(request).database.reading() as session:
        found = queue_of(session, at.who, show, cursor)
    return HTMLResponse(queue_page(found, show, Moderating(), who=at.who, word=at.word))


@router.post("/sign-in")
async def post_sign_in(request: Request) -> Response:
    """Begin a session with a token."""
    form = await read_form(request)
    token = form.get("token", "").strip()
    await run_in_threadpool(moderator_by, request, token)
    answer = _to(PATH)
    sign_in(request, answer, token)
    return answer


@router.post("/sign-out")
async def post_sign_out(request: Request, at: AtDesk) -> Response:
    """End the session."""
    check_word(await read_form(request), at.word)
    answer = _to(PATH)
    sign_out(request, answer)
    return answer


@router.get("/submissions/{submission}")
def submission(request: Request, at: AtDesk, submission: SubmissionPath) -> Response:
    """All of a submission, whatever its state, and what can be decided."""
    service = service_of(request)
    with service.database.reading() as session:
        answer = show_submission(session, submission, at.who)
        head = board_shown(session, submission)
    result = shown_result(service, answer)[1] if answer.result is not None else None
    samples = samples_of(service.store, submission)
    text = decision_page(answer, head, result, Moderating(), who=at.who, word=at.word, samples=samples)
    return HTMLResponse(text)


@router.get("/submissions/{submission}/pictures/{name}.png")
def picture(request: Request, at: AtDesk, submission: SubmissionPath, name: PictureName) -> Response:
    """A picture of the samples of a submission, whatever its state."""
    service = service_of(request)
    with service.database.reading() as session:
        visible(session, submission, at.who)
    return picture_answer(service, submission, name, "private")


@router.get("/submissions/{submission}/result.json")
def result(request: Request, at: AtDesk, submission: SubmissionPath) -> Response:
    """The result of a submission that the API tells to its owner alone."""
    service = service_of(request)
    with service.database.reading() as session:
        answer = show_submission(session, submission, at.who)
    return Response(shown_result(service, answer)[0], media_type="application/json")


@router.post("/submissions/{submission}/decision")
async def post_decision(request: Request, at: AtDesk, submission: SubmissionPath) -> Response:
    """Accept, reject or flag a submission, or say that its model was run again. Twice is as once."""
    form = await read_form(request)
    check_word(form, at.word)
    service = service_of(request)
    to, why = form.get("to", ""), form.get("why", "").strip()
    given = {"to": to, "why": why}
    asked = body_as(WhyBody, {"why": why}) if to == "reproduced" else body_as(StateBody, given)
    reason = reason_given(asked.why, service.limits)

    def work() -> None:
        with service.database.writing() as session:
            if isinstance(asked, StateBody):
                decide(session, submission, at.who.owner, asked.to, reason)
            else:
                confirm(session, submission, at.who.owner, reason)

    await run_in_threadpool(work)
    return _to(Moderating().submission(submission))


def _ask_for_token(request: Request, error: Refusal) -> Response:
    first = error.id == SIGNED_OUT
    answer = HTMLResponse(
        sign_in_page(Served(), said="" if first else f"{error.what}: {error.why}"),
        200 if first and request.method == "GET" else error.status,
    )
    if not first:
        sign_out(request, answer)
    return answer


def _to(path: str) -> Response:
    return RedirectResponse(path, 303)
