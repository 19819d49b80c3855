"""The site of files."""

from __future__ import annotations

import hashlib
import json

import pytest
from board_pages import HOSTILE, Page, models_of, spread
from click.testing import CliRunner

from cfbench.errors import UsageError
from cfbench_leaderboard.cli import command
from cfbench_leaderboard.site import build, build_from_folder


@pytest.fixture
def folder(tmp_path, result):
    """A folder of three results."""
    for name, value in (("bad", 0.5), (HOSTILE, 0.01), ("good", 0.0101)):
        place = tmp_path / "results" / str(value)
        place.mkdir(parents=True)
        (place / "result.json").write_text(json.dumps(spread(result, name, value, 0.001)))
    return tmp_path / "results"


def digests(site):
    return {
        str(path.relative_to(site)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def test_equal_results_give_equal_bytes(folder, tmp_path):
    built = build_from_folder(folder, tmp_path / "one")
    build_from_folder(folder, tmp_path / "two")
    assert (built.boards, built.submissions) == (1, 3)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_every_link_leads_to_a_file_of_the_site(folder, tmp_path):
    site = tmp_path / "site"
    build_from_folder(folder, site)
    reached = set()
    for path in site.rglob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        for to in page.links + page.loads:
            assert not to.startswith("/") and ":" not in to, to
            file, _, anchor = to.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.is_file(), f"{path}: {to}"
            assert target.is_relative_to(site.resolve())
            assert not anchor or anchor in Page(target.read_text(encoding="utf-8")).ids
            reached.add(target.resolve())
    first = (site / "index.html").resolve()
    assert {path.resolve() for path in site.rglob("*") if path.is_file()} - reached <= {first}


def test_names_are_escaped_and_results_lie_beside_their_pages(folder, tmp_path):
    site = tmp_path / "site"
    build_from_folder(folder, site)
    texts = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert any(HOSTILE in Page(text).text for text in texts)
    assert not any("<script>" in text for text in texts)
    results = [json.loads(path.read_text()) for path in site.rglob("result.json")]
    assert {result["model"]["name"] for result in results} == {"bad", "good", HOSTILE}


def test_a_base_address_is_the_only_absolute_link(folder, tmp_path):
    site = tmp_path / "site"
    build_from_folder(folder, site, base_url="https://boards.example/cf/")
    text = (site / "index.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://boards.example/cf/index.html">' in text
    assert text.count("://") == 1


def test_a_service_has_the_same_board_as_its_site(service, accepted, client, result, tmp_path, monkeypatch):
    monkeypatch.setattr("cfbench_leaderboard.site.ON_A_PAGE", 2)
    monkeypatch.setattr("cfbench_leaderboard.pages.writing.MOST_BOARDS", 1)
    for name, value in (("good", 0.01), ("bad", 0.5), ("close", 0.0101)):
        accepted("ann", spread(result, name, value, 0.001))
    other = {**result["dataset"], "version": "0"}
    accepted("ann", {**spread(result, "elsewhere", 0.1, 0.01), "dataset": other})
    built = build(service, tmp_path / "site")
    path = f"/boards/{result['task']}/{result['dataset']['name']}"
    (place,) = [board for board in (tmp_path / f"site{path}").iterdir() if (board / "index-2.html").exists()]
    assert (built.boards, built.submissions) == (2, 4)
    assert "Only the first boards are here" in client.get("/").text
    filed = [models_of((place / name).read_text(encoding="utf-8")) for name in ("index.html", "index-2.html")]
    assert [len(models) for models in filed] == [2, 1]
    assert [*filed[0], *filed[1]] == models_of(client.get(path).text)


def test_a_folder_that_holds_something_is_left_alone(folder, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "mine.txt").write_text("mine")
    with pytest.raises(UsageError):
        build_from_folder(folder, site)
    assert [path.name for path in site.iterdir()] == ["mine.txt"]


def test_the_command_builds_from_a_folder_and_from_a_database(folder, tmp_path):
    run = CliRunner().invoke
    answer = run(command, ["build", str(tmp_path / "site"), "--from", str(folder)], catch_exceptions=False)
    assert "1 boards with 3 submissions" in answer.output
    with pytest.raises(UsageError, match="nothing at"):
        run(command, ["build", str(tmp_path / "s"), "--from", "not-there"], catch_exceptions=False)
