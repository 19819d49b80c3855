"""The moderators' pages: who may use them, and that they do what the API does."""

from __future__ import annotations

import re

import pytest
from board_pages import HOSTILE, Page, spread
from sqlalchemy import select, update

from cfbench_leaderboard.answers import Finding
from cfbench_leaderboard.database import now
from cfbench_leaderboard.database.models import Event, Job, Token
from cfbench_leaderboard.inserting import keep_findings
from cfbench_leaderboard.jobs import enqueue
from cfbench_leaderboard.pages.signing_in import COOKIE
from cfbench_leaderboard.tokens import revoke_token

HERE = {"Origin": "http://testserver"}


@pytest.fixture
def post(client):
    def call(path, origin=HERE, **fields):
        return client.post(f"/moderate{path}", data=fields, headers=origin, follow_redirects=False)

    return call


@pytest.fixture
def sign_in(post, tokens):
    def call(who="judge"):
        return post("/sign-in", token=tokens[who])

    return call


def word_of(client, path="/moderate"):
    return re.search(r'name="word" value="([0-9a-f]{64})"', client.get(path).text)[1]


def events(service, name):
    with service.database.reading() as session:
        rows = session.scalars(select(Event).where(Event.submission_id == name).order_by(Event.id))
        return [(row.by, row.state, row.rung, row.why) for row in rows]


@pytest.fixture
def decide(client, post):
    def call(name, to, why="sound", **more):
        fields = {"word": word_of(client), "to": to, "why": why, **more}
        return post(f"/submissions/{name}/decision", **fields)

    return call


def test_a_token_that_may_moderate_opens_the_queue_and_stands_in_no_address(client, sign_in, tokens):
    assert 'name="token"' in client.get("/moderate").text
    answer = sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/moderate")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}={tokens['judge']};")
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/moderate;" in cookie
    assert "Secure" not in cookie  # http: a browser would not keep it
    page = client.get("/moderate")
    assert "Nothing waits here" in page.text
    assert tokens["judge"] not in page.text
    assert page.headers["referrer-policy"] == "same-origin"  # else a browser hides the form's origin
    assert "signed in" not in client.get("/api/v1/whoami").text  # the cookie is no token for the API
    assert client.get("/api/v1/whoami").status_code == 401


def test_a_cookie_is_secure_where_the_site_is(client, tokens):
    client.base_url = "https://testserver"
    origin = {"Origin": "https://testserver"}
    answer = client.post("/moderate/sign-in", data={"token": tokens["judge"]}, headers=origin)
    assert "Secure" in answer.history[0].headers["set-cookie"]


def test_others_do_not_get_in(client, post, tokens, sign_in, hand_in, result):
    name = hand_in("ann", result).json()["id"]
    refused = sign_in("ann")
    assert (refused.status_code, "may not moderate" in refused.text) == (403, True)
    assert post("/sign-in", token="cfb_0_wrong").status_code == 401
    assert post("/sign-in", token="").status_code == 401
    for cookie in (None, tokens["ann"], "nonsense"):
        client.cookies.clear()
        if cookie:
            client.cookies.set(COOKIE, cookie, path="/moderate")
        for path in ("", f"/submissions/{name}", f"/submissions/{name}/result.json"):
            answer = client.get(f"/moderate{path}")
            assert answer.status_code == {None: 200, tokens["ann"]: 403}.get(cookie, 401)
            assert 'name="token"' in answer.text
            assert result["model"]["name"] not in Page(answer.text).parts
        assert post(f"/submissions/{name}/decision", to="accepted", why="mine").status_code in {401, 403}
        assert post("/sign-out", word="0").status_code in {401, 403}


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_session_ends_with_its_token(client, service, sign_in, tokens, hand_in, result, post, end):
    name = hand_in("ann", result).json()["id"]
    sign_in()
    word = word_of(client)
    token = tokens["judge"].split("_")[1]
    with service.database.writing() as session:
        if end == "revoked":
            revoke_token(session, token)
        else:
            session.execute(update(Token).where(Token.id == token).values(expires_at=now()))
    answer = post(f"/submissions/{name}/decision", to="accepted", why="sound", word=word)
    assert (answer.status_code, end in answer.text) == (401, True)
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]
    assert len(events(service, name)) == 1


def test_a_form_of_another_site_or_session_is_refused(client, service, sign_in, hand_in, result, post):
    name = hand_in("ann", result).json()["id"]
    sign_in()
    word, path = word_of(client), f"/submissions/{name}/decision"
    fields = {"to": "accepted", "why": "sound"}
    for origin in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        assert post(path, origin, **fields, word=word).status_code == 403
    assert post(path, **fields).status_code == 403
    assert post(path, **fields, word="0" * 64).status_code == 403
    sign_in("keeper")
    assert post(path, **fields, word=word).status_code == 403
    assert len(events(service, name)) == 1
    assert post(path, **fields, word=word_of(client)).status_code == 303


def test_decisions_are_those_of_the_api_and_twice_is_once(client, service, sign_in, hand_in, result, decide):
    name = hand_in("ann", result).json()["id"]
    sign_in()
    page = client.get(f"/moderate/submissions/{name}").text
    assert re.findall(r'name="to" value="(\w+)"', page) == ["accepted", "rejected", "flagged"]
    for _ in range(2):
        assert decide(name, "accepted", "sound").headers["location"] == f"/moderate/submissions/{name}"
    assert decide(name, "flagged", "too good\r\nto be true").status_code == 303
    assert events(service, name)[1:] == [
        ("judge", "accepted", "self-reported", "sound"),
        ("judge", "flagged", "self-reported", "too good\nto be true"),
    ]
    assert decide(name, "reproduced").status_code == 409
    assert decide(name, "pending").status_code == 422
    assert decide(name, "rejected", "  ").status_code == 422
    assert decide(name, "rejected", "no\x00").status_code == 422
    assert decide(name, "rejected").status_code == 303
    assert decide(name, "accepted").status_code == 409
    assert "that is final" in client.get(f"/moderate/submissions/{name}").text
    assert len(events(service, name)) == 4


def test_the_queue_tells_what_speaks_against_a_submission(
    client, service, sign_in, hand_in, accepted, result, ask
):
    waiting = hand_in("ann", spread(result, HOSTILE, 0.1, 0.01)).json()["id"]
    flagged = accepted("bob", spread(result, "bobs", 0.2, 0.01))
    ask("judge", "POST", f"/submissions/{flagged}/state", json={"to": "flagged", "why": "odd"})
    finding = {"id": "RS303", "severity": "error", "where": "x", "what": HOSTILE, "why": "", "fix": ""}
    with service.database.writing() as session:
        keep_findings(session, waiting, [Finding.model_validate(finding)] * 5)
        enqueue(session, "rescore", [waiting], "pixel=1")
        session.execute(update(Job).values(state="failed", said="the predictions cannot be read"))
    sign_in()
    pages = {
        kind: Page(client.get(f"/moderate?show={kind}").text) for kind in ("pending", "flagged", "failed")
    }
    for kind, name in (("pending", waiting), ("flagged", flagged), ("failed", waiting)):
        assert f"/moderate/submissions/{name}" in pages[kind].links
        assert "Pending (1)" in pages[kind].text
    assert f"RS303 error: {HOSTILE}" in pages["pending"].text
    assert "and 3 more" in pages["pending"].text  # its own check left a remark
    assert "rescore: the predictions cannot be read" in pages["failed"].text
    assert "script" not in pages["pending"].tags


def test_a_draft_can_be_looked_at_and_not_decided(client, service, sign_in, send, hand_in, bundle, decide):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    sign_in()
    page = Page(client.get(f"/moderate/submissions/{name}").text)
    assert "A worker checks it first" in page.text
    assert decide(name, "accepted").status_code == 409


def test_what_is_pending_has_its_numbers_and_its_result(client, sign_in, hand_in, result):
    name = hand_in("ann", result).json()["id"]
    sign_in()
    page = Page(client.get(f"/moderate/submissions/{name}").text)
    for to in page.links:
        assert to.startswith("#") or client.get(to).status_code == 200, to
    assert client.get(f"/moderate/submissions/{name}/result.json").json()["run_id"] == result["run_id"]


def test_signing_out_forgets_the_token(client, sign_in, post):
    sign_in()
    assert post("/sign-out", word=word_of(client)).status_code == 303
    assert 'name="token"' in client.get("/moderate").text


def test_hostile_forms_are_refused(client, sign_in):
    for body, kind, status in [
        (b"token=a&token=b", "application/x-www-form-urlencoded", 422),
        (b"token=%ff%fe", "application/x-www-form-urlencoded", 422),
        ("token=ä".encode(), "application/x-www-form-urlencoded", 422),
        (b"&".join(b"a%d=1" % i for i in range(50)), "application/x-www-form-urlencoded", 422),
        (b'{"token": "a"}', "application/json", 415),
        (b"a=" + b"b" * 100_000, "application/x-www-form-urlencoded", 413),
    ]:
        headers = {**HERE, "Content-Type": kind}
        answer = client.post("/moderate/sign-in", content=body, headers=headers)
        assert answer.status_code == status
