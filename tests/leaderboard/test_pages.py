"""The pages of the server."""

from __future__ import annotations

import re
import shlex
from urllib.parse import quote

import pytest
from board_pages import HOSTILE, Page, models_of, spread

from cfbench.results.schema import Score
from cfbench_leaderboard.inserting import insert_scores
from cfbench_leaderboard.pages.reference import operations_of
from cfbench_leaderboard.pages.view import twin_of


@pytest.fixture
def open_page(client):
    def call(path, status=200):
        answer = client.get(path)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        return Page(answer.text)

    return call


def test_a_name_with_a_tag_is_shown_and_does_nothing(accepted, result, open_page):
    name = accepted("ann", spread(result, HOSTILE, 0.1, 0.01), note=HOSTILE)
    board = f"/boards/{result['task']}/{result['dataset']['name']}"
    for path in ("/", board, f"/submissions/{name}"):
        page = open_page(path)
        assert HOSTILE in page.text
        assert len([tag for tag in page.tags if tag == "script"]) == (1 if path == board else 0)


def test_a_board_is_the_one_that_the_api_has(accepted, ask, client, result):
    for name, value in (("good", 0.01), ("bad", 0.5), ("close", 0.0101)):
        accepted("ann", spread(result, name, value, 0.001))
    path = f"/boards/{result['task']}/{result['dataset']['name']}?measure=pixel/l1/all"
    answer = ask("ann", "GET", path).json()
    text = client.get(path).text
    assert models_of(text) == [entry["submission"]["model"] for entry in answer["entries"]]
    assert models_of(text) == ["good", "close", "bad"]
    ranks = re.findall(r'<td class="rank" data-value="\d*">([^<]*)</td>', text)
    assert ranks == ["1–2", "1–2", "3"]
    assert "good, close" in Page(text).text


def test_every_link_of_the_server_leads_somewhere(accepted, client, result):
    for name in ("one", "two"):
        accepted("ann", spread(result, name, 0.1, 0.01))
    pending, seen = ["/"], set()
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        if answer.headers["content-type"].startswith("text/html"):
            page = Page(answer.text)
            for to in page.links + page.loads:
                assert to.startswith(("/", "#")) and not to.startswith("//"), to
                if to.startswith("#"):
                    assert to[1:] in page.ids
                else:
                    pending.append(to)
    assert len(seen) > 8


def test_what_no_board_shows_has_no_page(hand_in, result, open_page):
    name = hand_in("ann", result).json()["id"]
    assert "no submission" in open_page(f"/submissions/{name}", 404).text
    assert "No board has an entry yet" in open_page("/").text


def test_a_submission_has_its_history_and_a_flag_its_reason(accepted, ask, result, open_page):
    name = accepted("ann", result)
    ask("judge", "POST", f"/submissions/{name}/state", json={"to": "flagged", "why": "too good to be true"})
    page = open_page(f"/submissions/{name}")
    assert "too good to be true" in page.text
    assert "flagged" in page.text
    assert "cfbench run" in page.text or "cfbench score" in page.text
    board = open_page(f"/boards/{result['task']}/{result['dataset']['name']}")
    assert "not ranked: a moderator or re-scoring flagged it" in board.text
    assert "none is ranked" in open_page("/").text


def test_errors_are_pages_outside_of_the_api_and_json_within(client, open_page):
    assert "h1" in open_page("/nowhere", 404).tags
    assert "h1" in open_page("/submissions/UPPER", 422).tags
    assert client.get("/api/v1/nowhere").json()["error"]["id"] == "not-found"


def test_assets_are_kept_for_good_and_no_page_is(client, accepted, result):
    accepted("ann", result)
    (style,) = [to for to in Page(client.get("/").text).loads if "style" in to]
    assert "immutable" in client.get(style).headers["cache-control"]
    assert client.get("/").headers["cache-control"] == "no-store"
    assert client.get("/static/other.css").status_code == 404


def test_pages_follow_each_other(monkeypatch, accepted, client, result):
    monkeypatch.setattr("cfbench_leaderboard.pages.routes.ON_A_PAGE", 2)
    for name in ("one", "two", "three"):
        accepted("ann", spread(result, name, 0.1, 0.01))
    path, found = f"/boards/{result['task']}/{result['dataset']['name']}", []
    while path:
        text = client.get(path).text
        found += models_of(text)
        path = next(iter(re.findall(r'href="([^"]*)" rel="next"', text)), "").replace("&amp;", "&")
    assert sorted(found) == ["one", "three", "two"]


def test_numbers_scored_again_stand_beside_those_that_were_handed_in(
    accepted, service, result, open_page, client
):
    name = accepted("ann", result)
    again = [
        Score.model_validate({**score, "value": 0.7654, "ci_low": None, "ci_high": None})
        for score in result["scores"]
        if (score["metric"], score["name"]) == ("pixel", "l1")
    ]
    with service.database.writing() as session:
        insert_scores(session, name, again, "re-scored")
    text = open_page(f"/submissions/{name}").text
    assert "Scored again by the service" in text
    assert "0.7654" in text
    slices = re.findall(
        r'id="rescored-\d+".*?<td class="slice">([^<]+)</td>',
        client.get(f"/submissions/{name}").text,
        re.DOTALL,
    )
    assert len(slices) == len(again)
    assert slices == ["all", *sorted(slices[1:])]
    assert "scored again" in open_page(f"/boards/{result['task']}/{result['dataset']['name']}").text


def test_a_result_too_large_to_show_is_linked_to(accepted, result, open_page, monkeypatch):
    monkeypatch.setattr("cfbench_leaderboard.pages.shown.LARGEST", 100)
    name = accepted("ann", result)
    page = open_page(f"/submissions/{name}")
    assert "too large to be shown" in page.text
    assert f"/api/v1/submissions/{name}/result" in page.links


def test_a_board_of_a_twin_says_so(accepted, result, open_page, monkeypatch):
    monkeypatch.setattr("cfbench_leaderboard.pages.writing.twin_of", lambda name: f"the true {name}")
    accepted("ann", result)
    board = f"/boards/{result['task']}/{result['dataset']['name']}"
    assert "These are not numbers of the true mock" in open_page(board).text
    assert "twin of the true mock" in open_page("/").text
    assert twin_of("iclevr-mini") == "iclevr"
    assert twin_of("mock") is None
    assert twin_of("nobody's") is None


def test_a_model_has_a_page_of_all_its_results(accepted, result, open_page, client):
    for name, value in (("ours/<b>", 0.01), ("theirs", 0.5)):
        accepted("ann", spread(result, name, value, 0.001))
    elsewhere = {**spread(result, "ours/<b>", 0.1, 0.01), "dataset": {**result["dataset"], "version": "0"}}
    accepted("bob", elsewhere)
    page = open_page("/models/ours%2F%3Cb%3E")
    assert "Its results on 2 boards" in page.text
    assert "theirs" not in page.text
    assert "by ann" in page.text and "by bob" in page.text
    assert open_page("/models/nobody", 404)
    first = open_page(f"/submissions/{accepted('ann', spread(result, 'third', 0.2, 0.01))}")
    assert "/models/third" in first.links


def test_a_metric_has_a_page_of_what_it_says_and_where(accepted, result, open_page):
    accepted("ann", result)
    signature = next(score["signature"] for score in result["scores"] if score["metric"] == "pixel")
    signature = "|".join(part for part in signature.split("|") if not part.startswith("n:"))
    path = f"/metrics/{quote(signature, safe='')}"
    page = open_page(path)
    assert "mean absolute" in page.text.lower() or "difference" in page.text
    assert "edit: mock@1" in page.text
    assert path in open_page("/about").links
    assert open_page("/metrics/pixel%7Cv:99", 404)
    assert open_page("/metrics/%00", 422)


def test_a_metric_that_is_not_installed_says_so(accepted, result, open_page):
    first = result["scores"][0]
    signature = first["signature"].replace(first["metric"], "theirs")
    foreign = [{**first, "metric": "theirs", "signature": signature}]
    digests = {"theirs": "0" * 64}
    accepted("ann", {**result, "scores": foreign, "evidence_digests": digests, "resampled": {}})
    name = quote(re.sub(r"\|n:\d+", "", signature), safe="")
    assert "not installed here" in open_page(f"/metrics/{name}").text


def test_a_data_set_has_a_page_of_its_versions(accepted, result, open_page):
    accepted("ann", result)
    accepted("ann", {**result, "dataset": {**result["dataset"], "version": "0"}})
    page = open_page("/datasets/mock")
    assert "mock@0" in page.text and "mock@1" in page.text
    assert "licence" in page.text or "version installed here" in page.text
    assert open_page("/datasets/other", 404)


def test_the_api_is_told_with_examples_that_it_takes(client, tokens, open_page):
    page = open_page("/api")
    document = client.get("/api/v1/openapi.json").json()
    operations = operations_of(document)
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    for one in operations:
        assert f"{one.method} {one.path}" in page.text
        assert one.example in page.text
    for one in operations:
        words = shlex.split(one.example.replace("$CFBENCH_TOKEN", tokens["keeper"]).replace("$BOARD", ""))
        headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
        body = words[words.index("-d") + 1] if "-d" in words else b"0"
        answer = client.request(
            one.method, words[-1], headers=headers, content=None if one.method == "GET" else body
        )
        assert answer.status_code in {200, 201, 202, 404}, (one.example, answer.text)


def test_hostile_addresses_are_no_defects(client, tokens):
    hostile = [
        "%ff%fe",
        "%ED%A0%80",
        "%00",
        "a" * 5000,
        "..%2f..%2fetc",
        "%E2%80%AE",
        "'%20or%201=1",
        "%F0%9F%98%80",
    ]
    client.cookies.set("cfbench_moderator", tokens["judge"], path="/moderate")
    for one in hostile:
        paths = [f"/{kind}/{one}" for kind in ("models", "metrics", "datasets", "submissions", "boards/edit")]
        paths += [f"/submissions/{one}/against/{one}", f"/boards/edit/x?cursor={one}&measure={one}"]
        paths += [f"/moderate?cursor={one}", f"/moderate?show={one}", f"/moderate/submissions/{one}"]
        for path in paths:
            assert client.get(path).status_code in {404, 422}, path
    assert client.get(f"/moderate?cursor={'0' * 16}").status_code == 422
