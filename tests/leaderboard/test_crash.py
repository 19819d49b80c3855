"""A real server, many clients, and a kill: what was acknowledged is there, once."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
from sqlalchemy import func, select

from cfbench_leaderboard.database.models import Event, ScoreRow, Submission
from cfbench_leaderboard.tokens import create_token

CLIENTS = 50
SECONDS = 300.0


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def serve(address, store, port):
    """The server as a user starts it, once it answers."""
    command = [
        sys.executable,
        "-m",
        "cfbench",
        "leaderboard",
        "serve",
        "--db",
        address,
        "--store",
        str(store),
    ]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--submissions-a-day", "100000"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/v1/boards")
        except httpx.TransportError:
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        else:
            return process
    process.kill()
    raise AssertionError("the server did not start")


def bodies(result, client):
    """A client's submissions, each another."""
    for index in range(100):
        value = {
            **result,
            "model": {**result["model"], "name": f"m-{client}-{index}"},
            "scores": result["scores"][:2],
        }
        data = json.dumps({"result": value}).encode()
        yield hashlib.sha256(data).hexdigest(), data


def test_what_was_acknowledged_survives_a_kill(address, service, result, tmp_path):
    with service.database.writing() as session:
        tokens = [create_token(session, f"c{index}", ("submit",), 1.0)[0] for index in range(CLIENTS)]
    port = free_port()
    process = serve(address, service.store.folder, port)
    url = f"http://127.0.0.1:{port}/api/v1/submissions"
    acknowledged: list[tuple[str, str]] = []
    unsure: list[tuple[int, str, bytes]] = []
    enough = threading.Event()

    def work(number):
        with httpx.Client(headers={"Authorization": f"Bearer {tokens[number]}"}, timeout=SECONDS) as client:
            for key, data in bodies(result, number):
                try:
                    answer = client.post(url, content=data, headers={"Idempotency-Key": key})
                except httpx.TransportError:
                    unsure.append((number, key, data))
                    return
                if answer.status_code == 201:
                    acknowledged.append((answer.json()["id"], key))
                    if len(acknowledged) >= 2 * CLIENTS:
                        enough.set()
                elif answer.status_code not in {429, 503}:
                    raise AssertionError(answer.text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    assert enough.wait(SECONDS)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for thread in threads:
        thread.join()

    again = serve(address, service.store.folder, port)
    try:
        for number, key, data in unsure[:10]:  # who got no answer asks again
            headers = {"Authorization": f"Bearer {tokens[number]}", "Idempotency-Key": key}
            answer = httpx.post(url, content=data, headers=headers, timeout=SECONDS)
            assert answer.status_code in {200, 201}, answer.text
            acknowledged.append((answer.json()["id"], key))
    finally:
        again.terminate()
        again.wait()
    with service.database.reading() as session:
        found = {row.id: row for row in session.scalars(select(Submission))}
        keys = [(row.owner, row.idempotency_key) for row in found.values()]
        assert len(set(keys)) == len(keys)
        assert {name for name, _ in acknowledged} <= found.keys()
        assert all(found[name].idempotency_key == key for name, key in acknowledged)
        for row in found.values():  # nothing is there by half
            assert row.board_id is not None
            assert service.store.has(row.content)
        assert session.scalar(select(func.count()).select_from(Event)) == len(found)
        assert session.scalar(select(func.count()).select_from(ScoreRow)) == 2 * len(found)
    assert len(unsure) > 0
