"""The pages that the server has. They show what boards show; what is for its owner alone is told by the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cfbench_leaderboard.answers import Rung  # noqa: TC001 (FastAPI reads annotations)
from cfbench_leaderboard.api.asking import service_of
from cfbench_leaderboard.api.routes import (  # noqa: TC001 (FastAPI reads annotations)
    Cursor,
    NamePath,
    SubmissionPath,
    Text,
)
from cfbench_leaderboard.boards import Asked, Boards
from cfbench_leaderboard.looking import show_submission, visible
from cfbench_leaderboard.pages.against import chain_of, comparisons, others_on_board
from cfbench_leaderboard.pages.assets import assets
from cfbench_leaderboard.pages.catalogue import (
    boards_on,
    dataset_page,
    is_known,
    metric_page,
    model_page,
    results_of,
)
from cfbench_leaderboard.pages.keeping import ON_A_PAGE, board_data
from cfbench_leaderboard.pages.links import Served
from cfbench_leaderboard.pages.reference import api_page
from cfbench_leaderboard.pages.shown import PictureName, board_shown, picture_answer, shown_result
from cfbench_leaderboard.pages.writing import (
    about_page,
    against_page,
    first_places,
    index_page,
    submission_page,
)
from cfbench_leaderboard.refusals import not_found
from cfbench_leaderboard.samples import samples_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SignaturePath = Annotated[str, Path(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
Other = Annotated[str, Query(pattern=r"^[0-9a-f]{16}$")]
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/")
def index(request: Request) -> Response:
    """The boards."""
    boards: Boards = request.app.state.boards
    with service_of(request).database.reading() as session:
        answers, more = first_places(session, boards)
    return HTMLResponse(index_page(answers, Served(), more=more))


@router.get("/about")
def about(request: Request) -> Response:
    """What ranks, rungs and signatures are."""
    boards: Boards = request.app.state.boards
    with service_of(request).database.reading() as session:
        answers, _ = first_places(session, boards)
    return HTMLResponse(about_page(answers, Served()))


@router.get("/boards/{task}/{dataset}")
def board(  # noqa: PLR0917
    request: Request,
    task: NamePath,
    dataset: NamePath,
    board: Cursor = None,
    measure: Text = None,
    signature: Text = None,
    rung: Rung = "self-reported",
    cursor: Cursor = None,
) -> Response:
    """A board, as the API has it under the same parameters."""
    boards: Boards = request.app.state.boards
    asked = Asked(measure, signature, rung, cursor, ON_A_PAGE)
    with service_of(request).database.reading() as session:
        return HTMLResponse(board_data(session, boards, task, dataset, board, asked))


@router.get("/submissions/{submission}")
def submission(request: Request, submission: SubmissionPath) -> Response:
    """A submission that boards show, with its history."""
    service = service_of(request)
    with service.database.reading() as session:
        answer = show_submission(session, submission, None)
        head = board_shown(session, submission)
        others = others_on_board(session, request.app.state.boards, submission)
        chain = chain_of(session, submission)
    _, result = shown_result(service, answer)
    samples = samples_of(service.store, submission)
    text = submission_page(
        answer, head, result, Served(), history=True, samples=samples, others=others, chain=chain
    )
    return HTMLResponse(text)


@router.get("/submissions/{submission}/pictures/{name}.png")
def picture(request: Request, submission: SubmissionPath, name: PictureName) -> Response:
    """A picture of the samples of a submission that boards show; never a file that was submitted."""
    service = service_of(request)
    with service.database.reading() as session:
        visible(session, submission, None)
    return picture_answer(service, submission, name, "public")


@router.get("/submissions/{submission}/against")
def choose(submission: SubmissionPath, other: Other) -> Response:
    """Where the form of a submission leads to."""
    return RedirectResponse(Served().against(submission, other), 303)


@router.get("/submissions/{submission}/against/{other}")
def against(request: Request, submission: SubmissionPath, other: SubmissionPath) -> Response:
    """A submission compared with another."""
    service = service_of(request)
    with service.database.reading() as session:
        second, first = (show_submission(session, one, None) for one in (submission, other))
        board = board_shown(session, submission)
    comparison = comparisons.of(service, first, second)
    return HTMLResponse(against_page(first, second, board, comparison, Served()))


@router.get("/models/{name:path}")
def model(request: Request, name: NamePath) -> Response:
    """All results of a model."""
    boards: Boards = request.app.state.boards
    with service_of(request).database.reading() as session:
        placed = results_of(session, boards, name)
    return HTMLResponse(model_page(name, placed, Served(), history=True))


@router.get("/metrics/{signature:path}")
def metric(request: Request, signature: SignaturePath) -> Response:
    """A metric under a signature."""
    boards: Boards = request.app.state.boards
    with service_of(request).database.reading() as session:
        if not is_known(session, signature):
            raise not_found("No number here has this signature")
        answers, more = first_places(session, boards)
    return HTMLResponse(metric_page(signature, answers, Served(), more=more))


@router.get("/datasets/{name}")
def dataset(request: Request, name: NamePath) -> Response:
    """A data set, and its boards."""
    boards: Boards = request.app.state.boards
    with service_of(request).database.reading() as session:
        answers = boards_on(session, boards, name)
    return HTMLResponse(dataset_page(name, answers, Served()))


@router.get("/api")
def api(request: Request) -> Response:
    """How to ask the API."""
    return HTMLResponse(api_page(request.app.openapi(), Served()))


@router.get("/static/{name}")
def static(name: str) -> Response:
    """The style sheet or the script, which never change under their names."""
    for asset in assets().values():
        if asset.name == name:
            return Response(asset.data, headers=_FOR_GOOD, media_type=asset.media_type)
    raise not_found("There is no such file")
