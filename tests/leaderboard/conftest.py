"""A service on either database, people with tokens, and a bundle of a run of a second."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import dedent

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from cfbench_leaderboard.api import create_app
from cfbench_leaderboard.database import Database, migrate
from cfbench_leaderboard.limits import Limits
from cfbench_leaderboard.service import Service
from cfbench_leaderboard.store import Store
from cfbench_leaderboard.tokens import create_token

FREE = Limits(token_a_minute=1_000_000, address_a_minute=1_000_000, wrong_tokens_a_minute=1_000_000)
PEOPLE = {"ann": ("submit",), "bob": ("submit",), "judge": ("moderate",), "keeper": ("admin",)}


@pytest.fixture(scope="session")
def postgres():
    """The URL of a private cluster of PostgreSQL, without its database; a skip where none is installed."""
    found = shutil.which("initdb") or next(
        iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None
    )
    if found is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    tools = Path(found).resolve().parent
    user = _ordinary_user()
    folder = Path(
        tempfile.mkdtemp(prefix="cfbench-pg-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    if user:
        shutil.chown(folder, user)
    quiet = {"user": user, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    data = folder / "data"
    settings = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
    )
    try:
        subprocess.run(
            [tools / "initdb", "-D", data, "-U", "cfbench", "-A", "trust", "-N", "-E", "UTF8"],
            check=True,
            **quiet,
        )
        subprocess.run(
            [tools / "pg_ctl", "-D", data, "-w", "-o", settings, "start", "-l", folder / "log"],
            check=True,
            **quiet,
        )
        yield f"postgresql://cfbench@/{{}}?host={folder}"
        subprocess.run([tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ordinary_user():
    """Whom PostgreSQL may run as: it refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Where an empty database is, or will be."""
    if request.param == "sqlite":
        yield str(tmp_path / "board.db")
        return
    pattern = request.getfixturevalue("postgres")
    name = "t" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]
    engine = create_engine(
        pattern.format("postgres").replace("postgresql://", "postgresql+psycopg://"),
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield pattern.format(name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def service(address, tmp_path):
    """An empty service on it."""
    database = Database(address)
    migrate(database)
    yield Service(database, Store(tmp_path / "store"), FREE)
    database.close()


@pytest.fixture
def tokens(service):
    """A token of each person."""
    with service.database.writing() as session:
        return {name: create_token(session, name, scopes, 1.0)[0] for name, scopes in PEOPLE.items()}


@pytest.fixture
def client(service):
    """Without a network; an error of the server is its answer, not an exception."""
    with TestClient(create_app(service), raise_server_exceptions=False) as one:
        yield one


@pytest.fixture
def ask(client, tokens):
    """``ask("ann", "POST", "/submissions", json=…)``: an answer of the API; nobody is None."""

    def call(who, method, path, **options):
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {tokens.get(who, who)}"
        return client.request(method, f"/api/v1{path}", headers=headers, **options)

    return call


@pytest.fixture
def hand_in(ask):
    """Submit a result, or the id of an upload; the answer."""

    def call(who, result=None, **more):
        key = more.pop("key", None)
        body = {**({"result": result} if result is not None else {}), **more}
        key = key or hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        return ask(who, "POST", "/submissions", json=body, headers={"Idempotency-Key": key})

    return call


@pytest.fixture
def accepted(ask, hand_in):
    """Submit a result and accept it; the id."""

    def call(who, result, **more):
        answer = hand_in(who, result, **more)
        assert answer.status_code == 201, answer.text
        name = answer.json()["id"]
        decided = ask("judge", "POST", f"/submissions/{name}/state", json={"to": "accepted", "why": "sound"})
        assert decided.status_code == 200, decided.text
        return name

    return call


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory, shared_cache):
    """A finished run of the mock model."""
    from cfbench.api import start_run

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(shared_cache))
        out = tmp_path_factory.mktemp("runs")
        given = {"dataset": "mock", "out": out, "resamples": 20, "metric": ("mock", "pixel")}
        return start_run("mock", given).folder


@pytest.fixture(scope="session")
def bundle(run_folder, tmp_path_factory):
    """Its bundle."""
    from cfbench.bundles import write_bundle

    return write_bundle(run_folder, tmp_path_factory.mktemp("bundles") / "mock.cfbundle")[0]


@pytest.fixture
def result(run_folder):
    """Its result, which a test may alter."""
    return json.loads((run_folder / "result.json").read_text())


@pytest.fixture
def send(ask):
    """Upload a file in pieces; the upload's id."""

    def call(who, data, piece=10_000):
        body = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "kind": "bundle"}
        upload = ask(who, "POST", "/uploads", json=body).json()["upload"]
        for start in range(0, len(data), piece):
            answer = ask(
                who,
                "PATCH",
                f"/uploads/{upload}",
                content=data[start : start + piece],
                headers={"Upload-Offset": str(start)},
            )
            assert answer.status_code == 204, answer.text
        return upload

    return call


@pytest.fixture
def child(tmp_path):
    """The command of a worker's child that begins by running some code."""

    def make(code):
        script = tmp_path / "child.py"
        script.write_text(f"from cfbench_leaderboard import scoring\n{dedent(code)}\nscoring.main()\n")
        return sys.executable, str(script)

    return make
