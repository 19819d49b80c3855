"""Handing in, deciding and showing."""

from __future__ import annotations

import hashlib

import pytest
from board_pages import spread
from sqlalchemy import update

from cfbench_leaderboard.database.models import Submission


def renamed(result, name, **values):
    """The result of another model, with other numbers."""
    scores = [
        {
            **score,
            "value": values[score["name"]],
            "ci_low": values[score["name"]],
            "ci_high": values[score["name"]],
        }
        if score["name"] in values
        else score
        for score in result["scores"]
    ]
    return {**result, "model": {**result["model"], "name": name}, "scores": scores}


def test_the_same_key_gives_the_same_answer_and_one_row(hand_in, ask, result):
    first = hand_in("ann", result)
    again = hand_in("ann", result)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.text == again.text
    assert first.json()["state"] == "pending"
    assert first.json()["rung"] == "self-reported"
    assert len(ask("ann", "GET", "/submissions").json()["submissions"]) == 1


def test_a_key_stands_for_one_body_of_one_owner(hand_in, result):
    key = "0" * 64
    assert hand_in("ann", result, key=key).status_code == 201
    other = hand_in("ann", result, key=key, note="another")
    assert other.status_code == 409
    assert other.json()["error"]["id"] == "key-taken"
    assert hand_in("bob", result, key=key).status_code == 201


def test_two_keys_with_one_id_are_no_defect(hand_in, ask, result, service):
    hand_in("ann", result, key="0" * 64)
    with service.database.writing() as session:
        session.execute(update(Submission).values(idempotency_key="1" * 64))
    answer = hand_in("ann", result, key="0" * 64)
    assert (answer.status_code, answer.json()["error"]["id"]) == (409, "id-taken")


def test_what_is_not_decided_is_for_its_owner_and_moderators(hand_in, ask, result):
    name = hand_in("ann", result).json()["id"]
    seen = {who: ask(who, "GET", f"/submissions/{name}").status_code for who in (None, "ann", "bob", "judge")}
    assert seen == {None: 404, "ann": 200, "bob": 404, "judge": 200}
    assert ask(None, "GET", f"/submissions/{name}/result").status_code == 404
    assert ask("ann", "GET", f"/submissions/{name}/result").json() == result
    assert ask("bob", "GET", "/submissions").json()["submissions"] == []
    assert len(ask("judge", "GET", "/submissions?state=pending").json()["submissions"]) == 1
    assert ask(None, "GET", "/boards").json()["boards"] == []


def test_steps_follow_each_other_and_are_told(hand_in, ask, result):
    name = hand_in("ann", result).json()["id"]

    def decide(who, to, why="because"):
        return ask(who, "POST", f"/submissions/{name}/state", json={"to": to, "why": why}).status_code

    assert decide("ann", "accepted") == 403
    assert decide(None, "accepted") == 401
    assert decide("judge", "accepted") == 200
    assert decide("judge", "accepted") == 200
    assert decide("judge", "flagged", "odd") == 200
    assert decide("keeper", "rejected") == 200
    assert decide("judge", "accepted") == 409
    steps = ask("ann", "GET", f"/submissions/{name}").json()["events"]
    assert [(step["by"], step["state"], step["why"]) for step in steps] == [
        ("ann", "pending", "submitted"),
        ("judge", "accepted", "because"),
        ("judge", "flagged", "odd"),
        ("keeper", "rejected", "because"),
    ]
    assert ask("judge", "POST", f"/submissions/{name}/reproduced", json={"why": "I did"}).status_code == 409


def test_a_board_ranks_by_what_the_intervals_tell_apart(accepted, ask, result):
    ids = {
        name: accepted("ann", spread(result, name, value, half))
        for name, value, half in [("a", 0.1, 0.01), ("b", 0.105, 0.01), ("c", 0.5, 0.01)]
    }
    subset = {
        **spread(result, "d", 0.01, 0.001),
        "unranked_because": ["only a subset of the split was asked for"],
    }
    subset["dataset"] = {**subset["dataset"], "subset": subset["dataset"]["samples"]}
    ids["d"] = accepted("bob", subset)
    board = ask(None, "GET", "/boards/edit/mock?measure=pixel/l1/all").json()
    rows = [
        (entry["submission"]["model"], entry["rank"], entry["best_rank"], entry["worst_rank"])
        for entry in board["entries"]
    ]
    assert rows == [("a", 1, 1, 2), ("b", 2, 1, 2), ("c", 3, 3, 3), ("d", None, None, None)]
    assert board["groups"] == [[ids["a"], ids["b"]], [ids["c"]]]
    assert "subset" in board["entries"][3]["submission"]["unranked_because"][0]
    assert board["ranked_by"]["higher_is_better"] is False
    assert board["board"]["submissions"] == 4
    shown = {score["slice"] for entry in board["entries"] for score in entry["scores"]}
    assert shown == {"all"}


def test_pages_join_to_the_whole(accepted, ask, result):
    for index in range(5):
        accepted("ann", spread(result, f"m{index}", index / 10, 0.01))
    seen, cursor = [], ""
    while True:
        page = ask(None, "GET", f"/boards/edit/mock?measure=pixel/l1/all&limit=2{cursor}").json()
        seen += [entry["submission"]["model"] for entry in page["entries"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["m0", "m1", "m2", "m3", "m4"]
    gone = ask(None, "GET", "/boards/edit/mock?cursor=" + "0" * 16)
    assert gone.status_code == 409
    seen, cursor = [], ""
    while True:
        page = ask("ann", "GET", f"/submissions?limit=2{cursor}").json()
        seen += [one["model"] for one in page["submissions"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["m4", "m3", "m2", "m1", "m0"]


def test_an_unchanged_board_is_not_sent_again(accepted, ask, result):
    accepted("ann", result)
    tag = ask(None, "GET", "/boards/edit/mock").headers["etag"]
    again = ask(None, "GET", "/boards/edit/mock", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    accepted("bob", renamed(result, "other"))
    assert ask(None, "GET", "/boards/edit/mock", headers={"If-None-Match": tag}).status_code == 200


def test_a_later_one_takes_the_place_once_it_is_accepted(accepted, hand_in, ask, result):
    old = accepted("ann", renamed(result, "old"))
    assert hand_in("bob", renamed(result, "thief"), supersedes=old).status_code == 404
    new = hand_in("ann", renamed(result, "new"), supersedes=old).json()["id"]

    def models():
        board = ask(None, "GET", "/boards/edit/mock").json()
        return [entry["submission"]["model"] for entry in board["entries"]]

    assert models() == ["old"]
    ask("judge", "POST", f"/submissions/{new}/state", json={"to": "accepted", "why": "better"})
    assert models() == ["new"]
    assert ask(None, "GET", f"/submissions/{old}").json()["superseded_by"] == [new]


def test_versions_of_data_and_metric_are_never_mixed(accepted, ask, result):
    accepted("ann", renamed(result, "now"))
    later = renamed(result, "later")
    later["dataset"] = {**later["dataset"], "version": "10"}
    accepted("ann", later)
    metric = renamed(result, "other-metric")
    metric["scores"] = [
        {**score, "signature": score["signature"].replace("|v:1", "|v:2")} for score in metric["scores"]
    ]
    accepted("bob", metric)
    newest = ask(None, "GET", "/boards/edit/mock").json()
    assert newest["board"]["version"] == "10"
    assert [other["version"] for other in newest["others"]] == [result["dataset"]["version"]]
    version = result["dataset"]["version"]
    board = ask(None, "GET", f"/boards/edit/mock?version={version}&measure=pixel/l1/all").json()
    signatures = {each["signature"] for each in board["measures"] if each["address"] == "pixel/l1/all"}
    assert len(signatures) == 2
    reasons = [entry["submission"]["unranked_because"] for entry in board["entries"]]
    assert reasons == [[], ["it has no number of this measure"]]


def test_foreign_samples_are_not_ranked(accepted, ask, result):
    accepted("ann", renamed(result, "first"))
    foreign = renamed(result, "foreign")
    foreign["dataset"] = {**foreign["dataset"], "name": "elsewhere"}
    accepted("ann", foreign)
    foreign = renamed(foreign, "other-data")
    foreign["dataset"] = {**foreign["dataset"], "fingerprint": "0" * 64}
    accepted("bob", foreign)
    entries = ask(None, "GET", "/boards/edit/elsewhere").json()["entries"]
    assert [entry["rank"] for entry in entries] == [1, None]
    assert "fingerprint" in entries[1]["submission"]["unranked_because"][0]


def test_a_client_does_not_decide_what_is_ranked(hand_in, result):
    result["model"] = {**result["model"], "needs_target": True}
    refused = hand_in("ann", result)
    assert refused.status_code == 422
    assert {finding["id"] for finding in refused.json()["error"]["findings"]} >= {"CF207"}


def test_a_bundle_in_pieces(ask, send, hand_in, bundle):
    data = bundle.read_bytes()
    upload = send("ann", data, piece=5000)
    answer = hand_in("ann", upload=upload)
    assert (answer.status_code, answer.json()["state"]) == (201, "draft")
    assert hand_in("bob", upload=upload).status_code == 404
    again = ask(
        "ann",
        "POST",
        "/uploads",
        json={"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "kind": "bundle"},
    )
    assert (again.status_code, again.json()["offset"]) == (200, len(data))


def test_an_upload_goes_on_where_it_was(ask, service, hand_in):
    data = bytes(range(256)) * 100
    body = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "kind": "bundle"}
    upload = ask("ann", "POST", "/uploads", json=body).json()["upload"]

    def patch(offset, piece, who="ann"):
        headers = {"Upload-Offset": str(offset)}
        return ask(who, "PATCH", f"/uploads/{upload}", content=piece, headers=headers)

    assert patch(0, data[:1000], "bob").status_code == 404
    assert patch(0, data[:1000]).headers["upload-offset"] == "1000"
    with service.store.holding(upload) as handle:  # a server killed before it noted what it wrote
        service.store.append(handle, 1000, b"torn")
    wrong = patch(1004, data[1004:])
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "1000")
    assert hand_in("ann", upload=upload).status_code == 409
    assert patch(1000, data[1000:] + b"x").status_code == 422
    assert patch(1000, data[1000:]).status_code == 204
    assert service.store.get(body["sha256"], max_bytes=len(data)) == data
    assert patch(0, data).status_code == 409


def test_an_upload_of_other_bytes_begins_anew(ask, service):
    body = {"sha256": "ab" * 32, "bytes": 3, "kind": "bundle"}
    upload = ask("ann", "POST", "/uploads", json=body).json()["upload"]
    answer = ask("ann", "PATCH", f"/uploads/{upload}", content=b"abc", headers={"Upload-Offset": "0"})
    assert (answer.status_code, answer.json()["error"]["id"]) == (422, "wrong-digest")
    assert ask("ann", "POST", "/uploads", json=body).json()["offset"] == 0
    assert not service.store.has("ab" * 32)
    assert ask("ann", "POST", "/uploads", json={**body, "bytes": 4}).status_code == 409
    assert ask("ann", "POST", "/uploads", json={**body, "bytes": 10**12}).status_code == 413


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_the_api_describes_itself(ask):
    document = ask(None, "GET", "/openapi.json").json()
    schemas = document["components"]["schemas"]
    text = str(document)
    assert all(name in schemas for name in ("SubmissionBody", "BoardAnswer", "Result", "Score"))
    referred = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= schemas.keys()
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert "4" in "".join(status[0] for status in route["responses"]), (path, method)
