"""Working the boards out before anybody asks, beside the requests that come meanwhile."""

from __future__ import annotations

import logging
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from cfbench_leaderboard.boards import Asked
from cfbench_leaderboard.pages.keeping import ON_A_PAGE, board_data
from cfbench_leaderboard.pages.links import Served
from cfbench_leaderboard.pages.writing import first_places, index_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from cfbench_leaderboard.boards import Boards
    from cfbench_leaderboard.service import Service

log = logging.getLogger("cfbench.leaderboard")


def warm(service: Service, boards: Boards, stop: threading.Event) -> None:
    """Keep the first page, and that of each board on it, as the next request would; ends early at ``stop``."""
    with service.database.reading() as session:
        answers, more = first_places(session, boards)
    index_page(answers, Served(), more=more)
    for answer in answers:
        if stop.is_set():
            return
        head = answer.board
        with service.database.reading() as session:
            board_data(session, boards, head.task, head.dataset, head.id, Asked(limit=ON_A_PAGE))


@asynccontextmanager
async def warming(app: FastAPI) -> AsyncIterator[None]:
    """Begin it when the app starts, which waits for nothing; end it with the app."""
    stop = threading.Event()

    def work() -> None:
        try:
            warm(app.state.service, app.state.boards, stop)
        except Exception as error:  # noqa: BLE001 - whoever asks first does the work, and is told of what is wrong
            log.warning("The boards were not worked out ahead: %s", error)

    thread = threading.Thread(target=work, name="warming", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        await run_in_threadpool(thread.join)
