"""What boards have in common: their models, metrics and data sets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from cfbench.describe import describe
from cfbench.errors import CfbenchError
from cfbench.plugins import plugins
from cfbench.results.signatures import metric_in, part_of
from cfbench_leaderboard.boards import Asked, board_head
from cfbench_leaderboard.database.models import Board, Measure, Submission
from cfbench_leaderboard.pages.filling import page
from cfbench_leaderboard.pages.view import Column, Row, name_of, rows_of, twin_of
from cfbench_leaderboard.refusals import Refusal, not_found
from cfbench_leaderboard.steps import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import BoardAnswer, BoardHead, Entry, MeasureAnswer
    from cfbench_leaderboard.boards import Boards
    from cfbench_leaderboard.pages.links import Links

MOST_RESULTS = 500


@dataclass(frozen=True)
class Placed:
    """Some entries of a board, as it ranks them by its headline."""

    board: BoardHead
    measure: MeasureAnswer | None
    entries: Sequence[Entry]


@dataclass(frozen=True)
class _Table:
    board: BoardHead
    ranked_by: str
    columns: Sequence[Column]
    rows: Sequence[Row]


def results_of(session: Session, boards: Boards, model: str) -> list[Placed]:
    """What boards show of a model's submissions, whoever made them; refused where that is nothing."""
    query = (
        select(Submission.id, Board.key, Board.task, Board.dataset)
        .join(Board, Board.id == Submission.board_id)
        .where(Submission.model == model, Submission.state.in_(SHOWN))
        .order_by(Submission.created_at.desc())
        .limit(MOST_RESULTS)
    )
    by_board: dict[tuple[str, str, str], list[str]] = {}
    for one, key, task, dataset in session.execute(query):
        by_board.setdefault((task, dataset, key), []).append(one)
    found = []
    for task, dataset, key in sorted(by_board):
        of = boards.find(session, task, dataset, board=key[:16])
        measure, entries = boards.entries_of(session, of, Asked(), by_board[task, dataset, key])
        if entries:
            found.append(Placed(board_head(*of[0]), measure, entries))
    if not found:
        raise not_found("No board shows a model of this name")
    return found


def boards_on(session: Session, boards: Boards, dataset: str) -> list[BoardAnswer]:
    """The boards of a data set that something stands on, each with its first entry; refused where there is none."""
    tasks = session.scalars(select(Board.task).where(Board.dataset == dataset).distinct())
    found = []
    for task in sorted(tasks):
        try:
            rows = boards.find(session, task, dataset)
        except Refusal:
            continue  # nothing stands on any of them
        found += [boards.show(session, [row], Asked(limit=1)) for row in rows]
    if not found:
        raise not_found("There is no board of a data set of this name")
    return found


def is_known(session: Session, signature: str) -> bool:
    """Whether any number has the signature."""
    return (
        session.scalars(select(Measure.id).where(Measure.signature == signature).limit(1)).first() is not None
    )


def model_page(
    name: str, placed: Sequence[Placed], links: Links, *, history: bool, canonical: str = ""
) -> str:
    """All results of a model, a table for each board."""
    tables = []
    for one in placed:
        columns, rows, _ = rows_of(one.entries, one.measure)
        tables.append(_Table(one.board, name_of(one.measure) if one.measure else "", columns, rows))
    return page("model.html", name, links, canonical, name=name, tables=tables, history=history)


def metric_page(
    signature: str, answers: Iterable[BoardAnswer], links: Links, *, more: bool = False, canonical: str = ""
) -> str:
    """A metric under one signature: what it says, and which boards have it. ``more``: there are further boards."""
    metric = metric_in(signature)
    uses: list[tuple[BoardHead, list[str], int]] = []
    others: dict[str, list[BoardHead]] = {}
    for answer in answers:
        of = [each for each in answer.measures if metric_in(each.signature) == metric]
        for other in dict.fromkeys(each.signature for each in of if each.signature != signature):
            others.setdefault(other, []).append(answer.board)
        mine = [each.address.split("/", 2) for each in of if each.signature == signature]
        if mine:
            names = sorted({name for _, name, cut in mine if cut == "all"})
            uses.append((answer.board, names, len({cut for *_, cut in mine if cut != "all"})))
    card = card_of("metric", metric)
    protocol = part_of(signature, "proto")
    parts = [part for part in signature.split("|")[1:] if not part.startswith(("proto:", "v:"))]
    return page(
        "metric.html",
        signature,
        links,
        canonical,
        metric=metric,
        signature=signature,
        of_version=part_of(signature, "v"),
        protocol=protocol,
        meaning=(card or {}).get("protocols", {}).get(protocol, ""),
        parts=[part.partition(":")[2] or part for part in parts],
        card=card,
        uses=uses,
        others=sorted(others.items()),
        more=more,
    )


def dataset_page(name: str, answers: Sequence[BoardAnswer], links: Links, *, canonical: str = "") -> str:
    """A data set: what it is, and the boards of its versions, splits and options."""
    heads = [answer.board for answer in answers]
    card = card_of("dataset", name)
    return page(
        "dataset.html", name, links, canonical, name=name, card=card, heads=heads, twin_of=twin_of(name)
    )


@lru_cache(maxsize=256)
def card_of(kind: Literal["metric", "dataset"], name: str) -> dict[str, Any] | None:
    """What cfbench says of a metric or data set; None of what is not installed here. Needs no torch."""
    known = plugins("metrics" if kind == "metric" else "datasets")
    if name not in known:
        return None
    try:
        return next((card for card in describe(name) if card["kind"] == kind), None)
    except (CfbenchError, ModuleNotFoundError):
        return None
