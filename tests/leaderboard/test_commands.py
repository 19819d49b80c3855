"""``cfbench leaderboard`` as a user types it."""

from __future__ import annotations

import gzip
import json
import sys

import pytest
from click.testing import CliRunner

from cfbench.cli import cli
from cfbench.errors import CfbenchError, EnvironmentLackError
from cfbench_leaderboard.database import HEAD
from cfbench_leaderboard.dump import write_dump

pytestmark = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def typed():
    def call(*words):
        done = CliRunner().invoke(cli, ["leaderboard", *words], standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.stdout

    return call


def test_tokens_are_shown_once_and_end(typed, address):
    made = json.loads(typed("token", "create", "--db", address, "--owner", "ann", "--json"))
    assert made["token"].startswith("cfb_")
    assert made["scopes"] == ["submit"]
    listed = typed("token", "list", "--db", address)
    assert made["name"] in listed
    assert made["token"] not in listed
    assert "revoked" in typed("token", "revoke", made["token"], "--db", address)
    assert json.loads(typed("token", "list", "--db", address, "--json"))[0]["revoked_at"] is not None
    for wrong in (["--owner", "a b"], ["--owner", "a", "--scope", "root"], ["--owner", "a", "--days", "0"]):
        with pytest.raises(CfbenchError):
            typed("token", "create", "--db", address, *wrong)
    with pytest.raises(CfbenchError, match="no token"):
        typed("token", "revoke", "000000000000", "--db", address)


def test_migrate_says_what_it_did(typed, address):
    assert typed("migrate", "--db", address) == f"empty -> {HEAD}\n"
    assert typed("migrate", "--db", address, "--to", "0001") == f"{HEAD} -> 0001\n"
    with pytest.raises(CfbenchError, match="no revision"):
        typed("migrate", "--db", address, "--to", "base")


def test_a_dump_is_public_and_the_same_twice(
    typed, service, accepted, hand_in, tokens, result, address, tmp_path
):
    accepted("ann", result)
    hidden = {**result, "model": {**result["model"], "name": "not-yet-decided"}}
    hand_in("bob", hidden)
    paths = [tmp_path / name for name in ("a.jsonl", "b.jsonl", "c.jsonl.gz")]
    for path in paths:
        write_dump(service.database, path)
    text = paths[0].read_text()
    assert paths[1].read_text() == text == gzip.decompress(paths[2].read_bytes()).decode()
    tables = [json.loads(line)["table"] for line in text.splitlines()[1:]]
    assert set(tables) == {"boards", "measures", "submissions", "events", "findings", "scores"}
    assert tables.count("scores") == len(result["scores"])
    assert "not-yet-decided" not in text
    assert "secret_hash" not in text
    assert "idempotency_key" not in text
    assert "rows in" in typed("dump", "--db", address, "--out", str(tmp_path / "d.jsonl"))


def test_a_worker_does_what_is_there_and_ends(typed, address, service, send, hand_in, ask, bundle):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    typed("worker", "--once", "--db", address, "--store", str(service.store.folder))
    assert ask("ann", "GET", f"/submissions/{name}").json()["rung"] == "re-scored"


def test_without_the_extra_the_pip_line_is_said(typed, address, monkeypatch):
    for name in [
        name for name in sys.modules if name.partition(".")[0] in {"sqlalchemy", "cfbench_leaderboard"}
    ]:
        if name not in {"cfbench_leaderboard", "cfbench_leaderboard.cli"}:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(EnvironmentLackError, match=r"pip install 'cfbench\[leaderboard\]'"):
        typed("token", "list", "--db", "never-made.db")
