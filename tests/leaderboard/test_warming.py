"""The boards are worked out when a server starts, and are right although others write meanwhile."""

from __future__ import annotations

import threading

import pytest
from board_pages import models_of, spread
from starlette.testclient import TestClient

from cfbench_leaderboard import boards as working
from cfbench_leaderboard.api import create_app
from cfbench_leaderboard.boards import Asked, Boards
from cfbench_leaderboard.pages import warming
from cfbench_leaderboard.pages.warming import warm


@pytest.fixture
def board(result):
    return f"/boards/{result['task']}/{result['dataset']['name']}"


def test_a_board_is_worked_out_before_anybody_asks(service, accepted, result, board, monkeypatch):
    for name, value in (("good", 0.01), ("bad", 0.5)):
        accepted("ann", spread(result, name, value, 0.001))
    app = create_app(service)
    warm(service, app.state.boards, threading.Event())

    def again(*_):
        raise AssertionError

    for name in ("work_out", "measures_on", "fit_of"):
        monkeypatch.setattr(working, name, again)
    asking = TestClient(app)
    text = asking.get(board).text
    assert sorted(models_of(text)) == ["bad", "good"]
    assert asking.get("/").status_code == 200
    assert asking.get(f"/api/v1{board}").status_code == 200


@pytest.mark.parametrize("at", ["measures_on", "fit_of", "work_out", "heads_of", "numbers_of"])
def test_what_is_written_meanwhile_is_not_lost(service, accepted, result, board, monkeypatch, at):
    accepted("ann", spread(result, "first", 0.1, 0.001))
    honest, wrote = getattr(working, at), []

    def interrupted(*arguments, **named):
        if not wrote:
            wrote.append(accepted("ann", spread(result, "second", 0.01, 0.001)))
        found = honest(*arguments, **named)
        if len(wrote) == 1:
            wrote.append(accepted("bob", spread(result, "third", 0.001, 0.0001)))
        return found

    app = create_app(service)
    monkeypatch.setattr(working, at, interrupted)
    warm(service, app.state.boards, threading.Event())
    assert len(wrote) == 2
    asking = TestClient(app)
    with service.database.reading() as session:
        found = Boards().find(session, result["task"], result["dataset"]["name"])
        fresh = Boards().show(session, found, Asked(limit=50))
    names = [entry.submission.model for entry in fresh.entries]
    assert sorted(names) == ["first", "second", "third"]
    assert models_of(asking.get(board).text) == names
    told = asking.get(f"/api/v1{board}").json()["entries"]
    assert [(one["submission"]["model"], one["rank"]) for one in told] == [
        (entry.submission.model, entry.rank) for entry in fresh.entries
    ]


def test_a_server_answers_while_it_warms_up_and_whatever_comes_of_that(service, board, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(service, boards, stop):
        begun.set()
        assert go_on.wait(60)
        raise RuntimeError("out of luck")

    monkeypatch.setattr(warming, "warm", slow)
    with TestClient(create_app(service)) as asking:
        assert begun.wait(60)
        assert asking.get("/").status_code == 200
        go_on.set()
    assert not [thread for thread in threading.enumerate() if thread.name == "warming"]


def test_it_ends_with_the_server(service, accepted, result):
    accepted("ann", spread(result, "one", 0.1, 0.001))
    stop, app = threading.Event(), create_app(service)
    stop.set()
    warm(service, app.state.boards, stop)
    assert not app.state.boards._answers
