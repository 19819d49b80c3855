"""What is kept in memory of a board is, after any change, what a fresh look would find."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone

import pytest

from cfbench_leaderboard import standings
from cfbench_leaderboard.boards import Asked, Boards
from cfbench_leaderboard.database.models import Board, Measure, ScoreRow, Submission
from cfbench_leaderboard.inserting import insert_new
from cfbench_leaderboard.refusals import Refusal
from cfbench_leaderboard.steps import decide, locked, move

BEGAN = datetime(2026, 1, 1, tzinfo=timezone.utc)
COUNT = 14
LOOKS = [
    Asked(limit=100),
    Asked(measure="relsim/precision/all", limit=3),
    Asked(rung="re-scored", limit=100),
    Asked(measure="objects/f1/all", rung="checked", limit=100),
]


@pytest.fixture
def pending(service):
    """Submissions of every kind on one board, which a test may move."""
    chance = random.Random(0)
    names = [f"{index:016x}" for index in range(COUNT)]
    with service.database.writing() as session:
        board = Board(
            key="ab" * 32, task="edit", dataset="d", version="1", split="test", options="{}", revision=1,
            changed_at=BEGAN,
        )  # fmt: skip
        measures = [
            Measure(
                key=name, metric=metric, name=name, slice="all", signature="v:1", higher_is_better=up, detail=False
            )
            for metric, name, up in [
                ("relsim", "relsim", True), ("relsim", "precision", False), ("objects", "f1", True),
            ]
        ]  # fmt: skip
        session.add_all([board, *measures])
        session.flush()
        for index, name in enumerate(names):
            session.add(
                Submission(
                    id=name, owner="ann", idempotency_key=name, body_digest="", kind="bundle", content="0" * 64,
                    note="", created_at=BEGAN + timedelta(hours=chance.randrange(6)), answer="{}", state="pending",
                    rung="checked" if index % 2 else "self-reported", board_id=board.id, model=name,
                    fingerprint=chance.choice("aab"), samples=9, subset=chance.choice([None, None, 5]),
                    unranked=json.dumps(["a subset"] if index % 5 == 4 else []),
                    supersedes=names[index - 3] if index in {7, 8, 10} else None,
                )
            )  # fmt: skip
            session.flush()
            for measure in chance.sample(measures, chance.randint(1, 3)):
                value = chance.choice([0.1, 0.5, 0.5, None])
                session.add(number(name, measure.id, "reported", value))
    return names


def number(name, measure, origin, value):
    ends = (None, None) if value is None else (value - 0.1, value + 0.1)
    return ScoreRow(
        submission_id=name,
        measure_id=measure,
        origin=origin,
        value=value,
        ci_low=ends[0],
        ci_high=ends[1],
        n=9,
    )


def step(session, name, chance):
    """Something that may happen to a submission."""
    if chance.random() < 0.3:
        row = locked(session, name)
        one = {"submission_id": name, "measure_id": chance.randint(1, 3), "origin": "re-scored"}
        one |= {"value": chance.random(), "ci_low": None, "ci_high": None, "n": 9}
        insert_new(session, ScoreRow, [one], "submission_id", "measure_id", "origin")
        move(session, row, "worker", "scored again", rung=None if row.rung == "re-scored" else "re-scored")
    else:
        to = chance.choice(["accepted", "accepted", "accepted", "flagged", "rejected"])
        decide(session, name, "judge", to, "because")


def seen(service, boards, asked):
    with service.database.reading() as session:
        try:
            answer = boards.show(session, boards.find(session, "edit", "d"), asked)
        except Refusal as refusal:
            return refusal.id
    return answer.model_dump()


@pytest.mark.parametrize("most", [standings.MOST_CHANGES, 1])
def test_a_board_that_was_kept_is_the_board(service, pending, monkeypatch, most):
    monkeypatch.setattr(standings, "MOST_CHANGES", most)
    for start in range(2):
        chance, kept = random.Random(start), Boards()
        for _ in range(10):
            for _ in range(chance.choice([1, 1, 2, 4])):
                try:
                    with service.database.writing() as session:
                        step(session, chance.choice(pending), chance)
                except Refusal:
                    pass
            for asked in chance.sample(LOOKS, 2):
                assert seen(service, kept, asked) == seen(service, Boards(), asked)


def test_one_change_is_all_that_is_read_again(service, pending, monkeypatch):
    boards = Boards()

    def accept(name):
        with service.database.writing() as session:
            decide(session, name, "judge", "accepted", "because")
        return seen(service, boards, LOOKS[0])["board"]["submissions"]

    accept(pending[0])
    first = [accept(name) for name in pending[1:4]]

    def whole(*arguments):
        raise AssertionError("the whole board was read")

    monkeypatch.setattr(standings, "fit_of", whole)
    later = [name for name in pending[4:] if is_later(service, name, pending[:4])]
    assert [accept(name) for name in later] == [first[-1] + 1 + index for index in range(len(later))]
    assert len(later) > 1


def is_later(service, name, before):
    with service.database.reading() as session:
        rows = [session.get(Submission, one) for one in (name, *before)]
    newest = max((row.created_at, row.id) for row in rows[1:])
    return (rows[0].created_at, rows[0].id) > newest and rows[0].supersedes is None
