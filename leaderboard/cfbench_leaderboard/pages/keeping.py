"""Boards' pages, kept until their boards change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench_leaderboard.answers import RUNGS
from cfbench_leaderboard.pages.links import Served
from cfbench_leaderboard.pages.writing import board_page

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cfbench_leaderboard.answers import BoardAnswer
    from cfbench_leaderboard.boards import Asked, Boards

ON_A_PAGE = 50


def board_data(  # noqa: PLR0917
    session: Session, boards: Boards, task: str, dataset: str, board: str | None, asked: Asked
) -> bytes:
    """A board's page, kept until the board changes."""
    found = boards.find(session, task, dataset, board=board)
    key = f"page {(asked, [(each.key, each.revision, count) for each, count in found])!r}"
    return boards.kept(key, lambda: _board(boards.show(session, found, asked), asked))


def _board(answer: BoardAnswer, asked: Asked) -> str:
    links, head, by = Served(), answer.board, answer.ranked_by
    return board_page(
        answer,
        links,
        history=True,
        previous=links.board(head, by, rung=asked.rung) if asked.cursor else "",
        next=links.board(head, by, rung=asked.rung, cursor=answer.next) if answer.next else "",
        rungs=[(one, links.board(head, by, rung=one)) for one in RUNGS],
        rung=asked.rung,
    )
