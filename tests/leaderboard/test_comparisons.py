"""Two submissions compared on a page, and what follows what."""

from __future__ import annotations

import json

import pytest
from board_pages import Page, spread
from two_runs import two_runs

from cfbench.errors import DataError
from cfbench_leaderboard import evidence
from cfbench_leaderboard.evidence import keep_evidence, side_of
from cfbench_leaderboard.pages.against import Comparisons
from cfbench_leaderboard.worker import Worker

ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)  # what no database can alter


@pytest.fixture(scope="session")
def pair(tmp_path_factory, shared_cache):
    """The folders of a worse and of a better run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(shared_cache))
        return two_runs(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def both(pair, accepted):
    """Their submissions."""
    return [accepted("ann", json.loads((folder / "result.json").read_text())) for folder in pair]


@ON_SQLITE
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_comparison_is_paired_where_both_have_evidence(service, both, pair, client, kept):
    worse, better = both
    for name, folder in list(zip(both, pair, strict=True))[:kept]:
        assert keep_evidence(service.store, name, folder)
    page = Page(client.get(f"/submissions/{better}/against/{worse}").text)
    assert "Noisy against Noisy" in page.text
    assert "better" in page.text
    assert ("paired 95 % intervals" in page.text) == (kept == 2)
    assert ("Some numbers are not paired by sample" in page.text) == (kept < 2)
    assert ("Samples that moved most" in client.get(page_path(better, worse)).text) == (kept == 2)


def page_path(second, first):
    return f"/submissions/{second}/against/{first}"


def test_the_form_of_a_submission_leads_to_the_comparison(both, client):
    worse, better = both
    page = client.get(f"/submissions/{better}")
    assert f'<option value="{worse}">' in page.text
    assert f'<option value="{better}">' not in page.text
    answer = client.get(f"/submissions/{better}/against?other={worse}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, page_path(better, worse))
    assert client.get(f"/submissions/{better}/against?other=//evil.example").status_code == 422


def test_what_is_not_shown_is_not_compared(accepted, hand_in, result, client):
    shown, hidden = accepted("ann", result), hand_in("bob", spread(result, "other", 0.1, 0.01)).json()["id"]
    for path in (page_path(shown, hidden), page_path(hidden, shown), page_path(shown, "0" * 16)):
        assert client.get(path).status_code == 404


def test_other_boards_are_not_comparable(accepted, result, client):
    one = accepted("ann", result)
    other = accepted("ann", {**result, "dataset": {**result["dataset"], "version": "0"}})
    assert "the data sets differ" in Page(client.get(page_path(one, other)).text).text


@ON_SQLITE
def test_a_comparison_is_worked_out_once(service, both, ask, monkeypatch):
    from cfbench_leaderboard.answers import SubmissionAnswer
    from cfbench_leaderboard.pages import against

    first, second = (
        SubmissionAnswer.model_validate(ask(None, "GET", f"/submissions/{one}").json()) for one in both
    )
    asked = []
    monkeypatch.setattr(against, "compare", lambda *sides, **named: asked.append(sides) or object())
    kept = Comparisons()
    assert kept.of(service, first, second) is kept.of(service, first, second)
    kept.of(service, second, first)
    assert len(asked) == 2


def test_a_submission_tells_what_it_followed(accepted, ask, hand_in, result, client):
    names = [accepted("ann", spread(result, "first", 0.3, 0.01))]
    for label in ("second", "third"):
        names.append(accepted("ann", spread(result, label, 0.2, 0.01), supersedes=names[-1]))
    hidden = hand_in("ann", spread(result, "hidden", 0.1, 0.01), supersedes=names[-1]).json()["id"]
    for place, name in enumerate(names):
        page = Page(client.get(f"/submissions/{name}").text)
        others = [other for other in names if other != name]
        assert all(f"/submissions/{other}" in page.links for other in others)
        newer_first = [page_path(*sorted((name, other), key=names.index, reverse=True)) for other in others]
        assert all(path in page.links for path in newer_first), place
        assert hidden not in page.text


@ON_SQLITE
def test_evidence_is_kept_whole_or_not_at_all(service, pair, monkeypatch):
    store, (worse, better) = service.store, pair
    reported = json.loads((worse / "result.json").read_text())
    from cfbench.results.schema import Result

    result = Result.model_validate(reported)
    assert keep_evidence(store, "a" * 16, worse)
    assert keep_evidence(store, "a" * 16, worse)
    side = side_of(store, "a" * 16, result)
    assert (side.result, side.has_evidence, len(side.rows("pixel")) > 0) == (result, True, True)
    assert keep_evidence(store, "a" * 16, better)
    assert side_of(store, "a" * 16, result).result.run_id != result.run_id
    monkeypatch.setattr(evidence, "MOST_BYTES", 100)
    assert not keep_evidence(store, "a" * 16, worse)
    alone = side_of(store, "a" * 16, result)
    assert (alone.result, alone.has_evidence) == (result, False)
    with pytest.raises(DataError):
        alone.rows("pixel")


@ON_SQLITE
def test_a_worker_keeps_what_each_sample_gave(service, send, hand_in, bundle, ask, client):
    upload = send("ann", bundle.read_bytes())
    names = [hand_in("ann", upload=upload, note=note).json()["id"] for note in "ab"]
    worker = Worker(service)
    while worker.step():
        pass
    for name in names:
        decided = {"to": "accepted", "why": "sound"}
        assert ask("judge", "POST", f"/submissions/{name}/state", json=decided).status_code == 200
    page = Page(client.get(page_path(*names)).text)
    assert "paired 95 % intervals" in page.text
    assert "equal" in page.text
