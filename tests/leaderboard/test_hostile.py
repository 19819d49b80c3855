"""Clients that mean harm: never a 5xx, never a row, nothing outside the store."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from board_traces import files, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from starlette.testclient import TestClient

from cfbench_leaderboard.api import create_app
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Token
from cfbench_leaderboard.limits import Limits
from cfbench_leaderboard.service import Service

KEY = {"Idempotency-Key": "ab" * 32}
NUMBERS = itertools.count()
pytestmark = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
EVIL = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b'{"result": {}, "result": {}}',
    b'{"result": NaN}',
    b'{"result": {"a": 1e400}}',
    b'{"result": {"a": -Infinity}}',
    b'{"result": {"a": "\\ud800"}}',
    b'{"result": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"result": {"schema_version": 1' + b"0" * 5000 + b"}}",
    b'{"upload": "../../../../etc/passwd"}',
    b'{"upload": "' + b"0" * 32 + b'"}',
    b'{"upload": "' + b"0" * 32 + b'", "result": {}}',
    b'{"upload": "' + b"0" * 32 + b'", "supersedes": "\' OR 1=1 --"}',
    b"\x80\x04cos\nsystem\n(S'id'\ntR.",
]


@pytest.mark.parametrize(
    "path", ["/submissions", "/uploads", "/submissions/0123456789abcdef/state", "/jobs/rescore"]
)
def test_evil_bodies(ask, service, path):
    before = rows(service), files(service)
    for body in EVIL:
        answer = ask("keeper", "POST", path, content=body, headers=KEY)
        assert 400 <= answer.status_code < 500, (body[:60], answer.text)
        assert answer.json()["error"]["what"]
    assert (rows(service), files(service)) == before


WORDS = st.text(max_size=12) | st.sampled_from(
    ["\x00", "../x", "<script>", "\u202e", "e1", "1" * 300, "objects", "all"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def places(value, at=()):
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*at, key))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_results_that_were_tampered_with(ask, service, result, data):
    value = json.loads(json.dumps(result))
    value["scores"] = value["scores"][:3]
    at = data.draw(st.sampled_from([place for place in places(value) if place]))
    inner = value
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = data.draw(VALUES)
    before = rows(service)
    fresh = {"Idempotency-Key": f"{next(NUMBERS):064x}"}
    content = json.dumps({"result": value}).encode()
    answer = ask("ann", "POST", "/submissions", content=content, headers=fresh)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 201:  # what was drawn may be sound; then it is read back as what it was
        name = answer.json()["id"]
        seen = ask("ann", "GET", f"/submissions/{name}")
        assert seen.status_code == 200, seen.text
        assert seen.json()["model"] == value["model"]["name"]
        decided = ask("judge", "POST", f"/submissions/{name}/state", json={"to": "accepted", "why": "x"})
        assert decided.status_code < 300
        boards = ask(None, "GET", "/boards").json()["boards"]
        assert all(
            ask(None, "GET", board["url"].removeprefix("/api/v1")).status_code == 200 for board in boards
        )
    else:
        assert rows(service) == before


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_bodies_of_any_kind(ask, service, body):
    for path in ("/submissions", "/uploads", "/submissions/0123456789abcdef/state"):
        answer = ask("keeper", "POST", path, content=body, headers=KEY)
        assert 400 <= answer.status_code < 500, answer.text


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.lists(WORDS, min_size=6, max_size=6))
def test_queries_of_any_kind(ask, words):
    names = ("measure", "signature", "rung", "cursor", "version", "split")
    answer = ask(None, "GET", "/boards/edit/mock", params=dict(zip(names, words, strict=True)))
    assert 400 <= answer.status_code < 500
    assert ask(None, "GET", "/boards", params={"cursor": words[0], "limit": words[1]}).status_code < 500
    assert (
        ask("judge", "GET", "/submissions", params={"cursor": words[0], "state": words[1]}).status_code < 500
    )
    assert ask("judge", "GET", "/jobs", params={"cursor": words[0]}).status_code < 500


def test_a_body_is_refused_before_it_is_read(ask, service):
    huge = {"Content-Length": str(10**12), **KEY}
    for path in ("/submissions", "/uploads"):
        answer = ask("ann", "POST", path, content=b"{}", headers=huge)
        assert answer.status_code == 413
    assert ask(None, "POST", "/submissions", content=b"{}", headers=huge).status_code == 401
    wrong = ask("ann", "POST", "/uploads", content=b"{}", headers={"Content-Length": "1_0"})
    assert wrong.status_code == 400

    def endless():
        for _ in range(200):
            yield b"x" * 1000

    assert ask("ann", "POST", "/uploads", content=endless()).status_code == 413
    headers = {"Upload-Offset": "0"}
    chunk = b"x" * (service.limits.chunk_bytes + 1)
    assert ask("ann", "PATCH", "/uploads/" + "0" * 32, content=chunk, headers=headers).status_code == 413


def test_tokens_that_do_not_hold(ask, service, tokens, result):
    body = {"result": result}
    forged = tokens["ann"][:-4] + "AAAA"
    mixed = tokens["keeper"][:17] + tokens["ann"][17:]
    for token in (forged, mixed, "", "x", tokens["ann"] + "\x7f", "cfb_" + "0" * 12 + "_" + "A" * 43):
        assert ask(token, "POST", "/submissions", json=body, headers=KEY).status_code == 401
    with service.database.writing() as session:
        name = tokens["ann"].split("_")[1]
        session.execute(update(Token).where(Token.id == name).values(expires_at=now() - timedelta(seconds=1)))
        name = tokens["bob"].split("_")[1]
        session.execute(update(Token).where(Token.id == name).values(revoked_at=now()))
    for who, why in (("ann", "it has expired"), ("bob", "it was revoked")):
        answer = ask(who, "POST", "/submissions", json=body, headers=KEY)
        assert (answer.status_code, answer.json()["error"]["why"]) == (401, why)
        assert ask(who, "GET", "/boards").status_code in {200, 401}
    assert rows(service)["submissions"] == 0
    with service.database.reading() as session:
        kept = " ".join(str(vars(row)) for row in session.scalars(select(Token)))
    assert not any(token.split("_", 2)[2] in kept for token in tokens.values())


def test_a_scope_is_not_more_than_it_says(ask, hand_in, result):
    name = hand_in("ann", result).json()["id"]
    decision = {"to": "accepted", "why": "x"}
    assert ask("ann", "POST", f"/submissions/{name}/state", json=decision).status_code == 403
    assert ask("ann", "POST", f"/submissions/{name}/reproduced", json={"why": "x"}).status_code == 403
    assert ask("ann", "GET", "/jobs").status_code == 403
    assert hand_in("judge", result).status_code == 403
    assert ask("judge", "POST", "/uploads", json={}).status_code == 403
    assert ask("judge", "POST", "/jobs/rescore", json={}).status_code == 403
    assert ask("keeper", "POST", "/jobs/rescore", json={}).status_code == 202
    more = {**decision, "by": "boss", "rung": "reproduced"}
    assert ask("judge", "POST", f"/submissions/{name}/state", json=more).status_code == 422


def test_pages_of_other_sites_may_not_write_and_may_not_frame(ask, result):
    foreign = {**KEY, "Origin": "https://evil.example"}
    answer = ask("ann", "POST", "/submissions", json={"result": result}, headers=foreign)
    assert (answer.status_code, answer.json()["error"]["id"]) == (403, "foreign-origin")
    own = {**KEY, "Origin": "http://testserver"}
    assert ask("ann", "POST", "/submissions", json={"result": result}, headers=own).status_code == 201
    for each in (
        answer,
        ask(None, "GET", "/boards"),
        ask(None, "GET", "/nothing"),
        ask(None, "OPTIONS", "/boards"),
    ):
        assert "access-control-allow-origin" not in each.headers
        assert "frame-ancestors 'none'" in each.headers["content-security-policy"]
        assert "default-src 'none'" in each.headers["content-security-policy"]
        assert each.headers["x-content-type-options"] == "nosniff"
        assert each.headers["referrer-policy"] == "no-referrer"


def test_names_with_script_are_data(hand_in, ask, result):
    result["model"] = {**result["model"], "name": "<script>alert(1)</script>"}
    name = hand_in("ann", result, note="<img src=x onerror=alert(1)>").json()["id"]
    seen = ask("ann", "GET", f"/submissions/{name}")
    assert seen.headers["content-type"] == "application/json"
    assert seen.json()["model"] == "<script>alert(1)</script>"


def test_a_defect_says_nothing_of_the_inside(client, tokens, service, monkeypatch):
    from cfbench_leaderboard.api import routes

    def breaks(*arguments, **named):
        raise RuntimeError("secret path /etc/shadow")

    monkeypatch.setattr(routes, "list_submissions", breaks)
    answer = client.get("/api/v1/submissions", headers={"Authorization": f"Bearer {tokens['ann']}"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        (Limits(address_a_minute=5), "address"),
        (Limits(token_a_minute=5), "token"),
        (Limits(submissions_a_day=5), "24 hours"),
    ],
)
def test_who_asks_too_often_is_told_when_to_come_again(service, tokens, result, limits, word):
    app = create_app(Service(service.database, service.store, limits))
    with TestClient(app) as client:
        for index in range(6):
            headers = {"Authorization": f"Bearer {tokens['ann']}", "Idempotency-Key": f"{index:064x}"}
            answer = client.post(
                "/api/v1/submissions", json={"result": result, "note": str(index)}, headers=headers
            )
            assert answer.status_code == (201 if index < 5 else 429), answer.text
    assert word in answer.json()["error"]["what"]
    assert int(answer.headers["retry-after"]) > 0


def test_quotas_of_uploads(service, tokens):
    limits = Limits(open_uploads=2, bytes_a_day=1000)
    with TestClient(create_app(Service(service.database, service.store, limits))) as client:

        def begin(who, digit, size):
            body = {"sha256": digit * 64, "bytes": size, "kind": "bundle"}
            headers = {"Authorization": f"Bearer {tokens[who]}"}
            return client.post("/api/v1/uploads", json=body, headers=headers).status_code

        assert [begin("ann", digit, 10) for digit in "aab"] == [201, 200, 201]
        assert begin("ann", "c", 10) == 429
        assert begin("bob", "c", 1001) == 429
        assert begin("bob", "c", 1000) == 201
