"""How quick the leaderboard's API is with many submissions: fills a database, starts the real server, and asks it.

    python docs/load_leaderboard.py --db board.db
    python docs/load_leaderboard.py --db postgresql://user@/board

All submissions stand on one board, which is the hardest case. Prints a line a kind of request: count, median, p95, worst.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
from sqlalchemy import insert, select

from cfbench_leaderboard.database import Database, migrate, now
from cfbench_leaderboard.database.models import Board, Event, Measure, ScoreRow, Submission
from cfbench_leaderboard.tokens import create_token

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = ("relsim", "edge_accuracy", "precision", "recall", "f1_samples", "f1_harmonic", "jaccard", "cosine")
SLICES = ("all", "turn-1", "turn-2", "turn-3", "turn-4", "turn-5")
AT_ONCE = 1000
CHANGES = 80  # so often the board changes while it is read


def fill(database: Database, count: int) -> list[str]:
    """``count`` accepted submissions on one board; the ids of those that are pending."""
    random = np.random.default_rng(0)
    moment = now() - timedelta(days=30)
    with database.writing() as session:
        board = Board(
            key="ab" * 32, task="edit", dataset="load", version="1", split="test", options="{}", revision=1,
            changed_at=moment,
        )  # fmt: skip
        measures = [
            Measure(
                key=f"{name}/{part}", metric="relsim", name=name, slice=part, signature="relsim|proto:geneva|v:1",
                higher_is_better=True, detail=False,
            )
            for name in NUMBERS
            for part in SLICES
        ]  # fmt: skip
        session.add_all([board, *measures])
        session.flush()
        of_board, of_measures = board.id, [measure.id for measure in measures]
    for start in range(0, count + CHANGES, AT_ONCE):
        indices = range(start, min(start + AT_ONCE, count + CHANGES))
        with database.writing() as session:
            session.execute(
                insert(Submission), [submission(index, of_board, count, moment) for index in indices]
            )
            session.execute(insert(Event), [event(index, moment) for index in indices])
            values = random.uniform(0, 1, (len(indices), len(of_measures)))
            rows = [
                {
                    "submission_id": f"{index:016x}", "measure_id": measure, "origin": "reported", "value": value,
                    "ci_low": value - 0.02, "ci_high": value + 0.02, "n": 500,
                }
                for index, line in zip(indices, values.tolist(), strict=True)
                for measure, value in zip(of_measures, line, strict=True)
            ]  # fmt: skip
            session.execute(insert(ScoreRow), rows)
    return [f"{index:016x}" for index in range(count, count + CHANGES)]


def submission(index: int, board: int, accepted: int, moment: Any) -> dict[str, Any]:
    """A row."""
    return {
        "id": f"{index:016x}", "owner": f"owner-{index % 50}", "idempotency_key": str(index), "body_digest": "",
        "kind": "result", "content": "0" * 64, "note": "", "created_at": moment + timedelta(seconds=index),
        "answer": "{}", "state": "accepted" if index < accepted else "pending", "rung": "self-reported",
        "board_id": board, "model": f"model-{index}", "model_version": "1", "fingerprint": "f" * 64,
        "samples": 500, "unranked": json.dumps([]),
    }  # fmt: skip


def event(index: int, moment: Any) -> dict[str, Any]:
    """Its beginning."""
    return {
        "submission_id": f"{index:016x}", "at": moment, "by": "load", "state": "accepted", "rung": "self-reported",
        "why": "load",
    }  # fmt: skip


def serve(address: str, store: str) -> tuple[subprocess.Popen[bytes], str]:
    """The server, once it answers, and its address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "cfbench", "leaderboard", "serve", "--db", address, "--store", store]
    process = subprocess.Popen([*command, "--port", str(port), "--requests-a-minute", "1000000"])
    url = f"http://127.0.0.1:{port}/api/v1"
    for _ in range(600):
        try:
            httpx.get(f"{url}/whoami")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return process, url
    process.kill()
    message = "the server did not start"
    raise SystemExit(message)


def measure(url: str, token: str, pending: list[str], stored: int, requests: int) -> dict[str, list[float]]:
    """Seconds of every request, by kind."""
    seconds: dict[str, list[float]] = {}
    with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {token}"}) as client:

        def timed(kind: str, call: Callable[[], httpx.Response]) -> httpx.Response:
            began = time.perf_counter()
            answer = call()
            seconds.setdefault(kind, []).append(time.perf_counter() - began)
            answer.raise_for_status()
            return answer

        site = url.removesuffix("/api/v1")
        board, page_of_board = f"{url}/boards/edit/load", f"{site}/boards/edit/load"
        timed("a board, the first read of all", partial(client.get, board))
        for index in range(requests):
            changed = index % (requests // CHANGES) == 0 and bool(pending)
            if changed:
                path, body = f"{url}/submissions/{pending.pop()}/state", {"to": "accepted", "why": "load"}
                timed("accepting one", partial(client.post, path, json=body))
            after = ", first read after an acceptance" if changed else ""
            page = timed(f"a board, 50 entries{after}", partial(client.get, board)).json()
            cursor = {"cursor": page["next"], "limit": 100}
            timed(f"a board, 100 entries{after}", partial(client.get, board, params=cursor))
            other = {"measure": f"relsim/{NUMBERS[index % 8]}/{SLICES[index % 6]}"}
            first = ", for the first time" if index < 24 else ""  # so many measures are asked for in turn
            timed(
                f"a board by another measure{first}",
                partial(client.get, board, params=other),
            )
            timed("a submission", partial(client.get, f"{url}/submissions/{index * 97 % stored:016x}"))
            timed("the boards", partial(client.get, f"{url}/boards"))
            timed(f"page: a board{after}", partial(client.get, page_of_board))
            timed("page: the boards", partial(client.get, f"{site}/"))
    return seconds


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--db", required=True, help="An empty SQLite file, or an empty PostgreSQL database.")
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=400)
    asked = parser.parse_args()
    database = Database(asked.db)
    migrate(database)
    with database.reading() as session:
        if session.scalars(select(Submission.id).limit(1)).first() is not None:
            parser.error("the database is not empty")
    began = time.perf_counter()
    pending = fill(database, asked.submissions)
    sys.stdout.write(f"{asked.submissions} submissions in {time.perf_counter() - began:.0f} s\n")
    with database.writing() as session:
        token, _ = create_token(session, "load", ("moderate",), 1.0)
    with tempfile.TemporaryDirectory() as store:
        process, url = serve(asked.db, store)
        try:
            found = measure(url, token, pending, asked.submissions, asked.requests)
        finally:
            process.terminate()
            process.wait()
    size = Path(asked.db).stat().st_size / 1e6 if Path(asked.db).is_file() else 0
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(f"{database.engine.dialect.name}, {size:.0f} MB, load average {load}\n")
    for kind, values in found.items():
        low, high = np.percentile(np.array(values) * 1000, [50, 95])
        line = f"{kind:48} {len(values):5}  median {low:6.1f} ms  p95 {high:6.1f} ms  worst {max(values) * 1000:6.1f} ms\n"
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
