"""Handing in, to a real server on this machine that drops connections, is busy, and refuses."""

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from board_server import CHUNK, serving
from bundled import unzipped

from cfbench.api import start_run
from cfbench.bundles import write_bundle
from cfbench.cli import main
from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError
from cfbench.files import sha256_hex
from cfbench.submitting import submit
from cfbench.submitting.address import checked_address, token_for
from cfbench.submitting.client import UnsoundError


@pytest.fixture(scope="session")
def _run(tmp_path_factory):
    options = {"dataset": "mock", "metric": ("pixel",), "resamples": 0, "threads": 1}
    return start_run("mock", {**options, "out": tmp_path_factory.mktemp("runs")}).folder


@pytest.fixture
def run(_run, tmp_path):
    return Path(shutil.copytree(_run, tmp_path / "run"))


@pytest.fixture
def packed(run):
    return write_bundle(run)[0]


@pytest.fixture
def board(monkeypatch):
    monkeypatch.setenv("CFBENCH_TOKEN", "secret")
    with serving() as board:
        yield board


def _send(path, board, **options):
    return submit(path, board.url, backoff=0.001, **options)


def test_a_bundle_arrives_whole_and_in_pieces(packed, board):
    receipt = _send(packed, board, note="the first", supersedes="s0")
    assert (receipt.id, receipt.state, receipt.rung) == ("s1", "pending", "checked")
    assert receipt.url == f"{board.url}/s/1"
    (content,) = board.uploads.values()
    assert bytes(content) == packed.read_bytes()
    assert receipt.sha256 == sha256_hex(packed)
    pieces = [asked for asked in board.asked if asked[0] == "PATCH"]
    assert len(pieces) == -(-len(content) // CHUNK) > 3
    ((body, _),) = board.submissions.values()
    assert json.loads(body)["note"] == "the first"
    assert board.tokens == {"Bearer secret"}


def test_the_same_command_again_sends_nothing_again(packed, board):
    first = _send(packed, board)
    before = len(board.asked)
    assert _send(packed, board) == first
    assert [method for method, _ in board.asked[before:]] == ["POST", "POST"]
    assert len(board.submissions) == 1


def test_a_run_and_the_folder_of_a_bundle_are_the_same_submission(run, packed, board, tmp_path):
    ids = {_send(path, board).id for path in (run, packed, unzipped(packed, tmp_path / "folder"))}
    assert ids == {"s1"}


def test_a_bare_result_is_self_reported(run, board):
    receipt = _send(run / "result.json", board)
    assert (receipt.kind, receipt.rung) == ("result", "self-reported")
    assert board.uploads == {}


@pytest.mark.parametrize("fault", ["cut", "429", "500", "503"])
def test_what_another_attempt_mends_is_tried_again(fault, packed, board):
    board.faults = {"POST": [fault, fault], "PATCH": [fault, fault, "", fault]}
    assert _send(packed, board).id == "s1"
    (content,) = board.uploads.values()
    assert bytes(content) == packed.read_bytes()


def test_it_goes_on_where_the_server_is(packed, board):
    board.faults["PATCH"] = ["", "", *["503"] * 6]
    with pytest.raises(EnvironmentLackError, match=r"503.*tried 6 times.*same command again"):
        _send(packed, board)
    (content,) = board.uploads.values()
    assert len(content) == 2 * CHUNK
    before = len([1 for method, _ in board.asked if method == "PATCH"])
    _send(packed, board)
    assert bytes(content) == packed.read_bytes()
    sent = len([1 for method, _ in board.asked if method == "PATCH"]) - before
    assert sent == -(-len(content) // CHUNK) - 2


def test_a_server_that_takes_nothing_is_given_up(packed, board):
    board.faults["PATCH"] = ["stale"] * 50
    with pytest.raises(EnvironmentLackError, match="did not take the piece"):
        _send(packed, board)


def test_a_server_that_is_not_there_is_one_line(packed, monkeypatch):
    monkeypatch.setenv("CFBENCH_TOKEN", "secret")
    with pytest.raises(EnvironmentLackError, match="no connection"):
        submit(packed, "http://127.0.0.1:9", backoff=0.001)


REFUSED = {
    "401": (UsageError, r"The server refuses: It cannot be \[word\]: because\. Mend it\."),
    "422": (DataError, r"It cannot be \[word\]"),
    "redirect": (UsageError, "sends on to https://elsewhere.example/"),
    "html": (EnvironmentLackError, "not a cfbench leaderboard"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_the_server_refuses_is_its_own_line(fault, packed, board):
    kind, words = REFUSED[fault]
    board.faults["POST"] = [fault]
    with pytest.raises(kind, match=words):
        _send(packed, board)
    assert len(board.asked) == 1


def test_another_note_under_the_same_content_is_refused_without_escapes(packed, board):
    _send(packed, board)
    with pytest.raises(DataError, match="used for something else") as caught:
        _send(packed, board, note="another")
    assert "\x1b" not in str(caught.value)


def test_errors_stop_it_before_anything_is_sent(run, board):
    text = (run / "result.json").read_text()
    (run / "result.json").write_text(text.replace('"edit"', '"vqa"'))
    for path in (run, run / "result.json"):
        with pytest.raises(UnsoundError, match="was not sent") as caught:
            _send(path, board)
        assert not caught.value.report.ok
        assert caught.value.exit_code == 1
    assert board.asked == []


def test_a_dry_run_needs_no_token_and_sends_nothing(packed, board, monkeypatch):
    monkeypatch.delenv("CFBENCH_TOKEN")
    receipt = _send(packed, board, dry_run=True)
    assert (receipt.sent, receipt.sha256) == (False, sha256_hex(packed))
    assert board.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://board.example.org",
        "http://10.0.0.1",
        "http://localhost.example.org",
        "ftp://localhost",
        "board.example.org",
        "https://",
        "https://user:word@board.example.org",
        "https://board.example.org/?a=b",
        "http://[::2",
        "http://127.0.0.1:port",
    ],
)
def test_an_address_that_would_give_the_token_away_is_refused(url):
    with pytest.raises(UsageError):
        checked_address(url)


@pytest.mark.parametrize(
    "url", ["https://b.org/", "http://localhost:80", "http://127.0.0.9", "http://[::1]:8"]
)
def test_a_safe_address_is_taken(url):
    assert checked_address(url) == url.rstrip("/")


def test_the_token_is_told_for_and_never_shown(monkeypatch):
    with pytest.raises(EnvironmentLackError, match="CFBENCH_TOKEN"):
        token_for("https://b.org")
    monkeypatch.setenv("CFBENCH_TOKEN", "se cret")
    with pytest.raises(CfbenchError) as caught:
        token_for("https://b.org")
    assert "cret" not in str(caught.value)
    monkeypatch.setenv("CFBENCH_TOKEN", "word\n")
    assert token_for("https://b.org") == "word"


def test_the_keyring_is_asked_where_it_is_installed(monkeypatch):
    keyring = SimpleNamespace(get_password=lambda service, url: f"{service} {url}".replace(" ", "-"))
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert token_for("https://b.org") == "cfbench-https://b.org"
    monkeypatch.setenv("CFBENCH_TOKEN", "word")
    assert token_for("https://b.org") == "word"
    monkeypatch.delenv("CFBENCH_TOKEN")
    keyring.get_password = lambda service, url: 1 / 0
    with pytest.raises(EnvironmentLackError):
        token_for("https://b.org")


def _typed(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    written = capsys.readouterr()
    return ended.value.code or 0, written.out or written.err


def test_bundle_check_and_submit_as_they_are_typed(run, board, capsys, tmp_path):
    code, out = _typed(capsys, "bundle", run, "--out", tmp_path / "x.cfbundle", "--json")
    assert code == 0
    assert json.loads(out)["bytes"] == (tmp_path / "x.cfbundle").stat().st_size
    code, out = _typed(capsys, "check", tmp_path / "x.cfbundle", "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    code, out = _typed(capsys, "submit", tmp_path / "x.cfbundle", "--to", board.url)
    assert code == 0
    assert f"page {board.url}/s/1" in out
    code, out = _typed(capsys, "submit", run, "--to", board.url, "--dry-run", "--json")
    assert (code, json.loads(out)["sent"]) == (0, False)
    (run / "result.json").write_text("{}")
    code, out = _typed(capsys, "check", run)
    assert code == 1
    assert "CF202 error in result.json" in out
    assert _typed(capsys, "submit", run, "--to", board.url)[0] == 1
    assert _typed(capsys, "check", tmp_path / "none")[0] == 2
