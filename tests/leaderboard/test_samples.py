"""Samples on submission pages: drawn by a worker, kept within bounds, escaped, and seen by those who see the page."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape

import numpy as np
import pytest
from board_pages import HOSTILE, Page, spread

from cfbench.api import start_run
from cfbench.comparing.sides import open_side
from cfbench.errors import CfbenchError
from cfbench.files import decode_png, encode_png, sha256_hex
from cfbench.report.example import Example, Film
from cfbench.report.page.view import Shown
from cfbench_leaderboard import samples as drawing
from cfbench_leaderboard.pages.signing_in import COOKIE, PATH
from cfbench_leaderboard.samples import LONGEST, draw_samples, keep_samples, picture_of, samples_of
from cfbench_leaderboard.site import build, build_from_folder
from cfbench_leaderboard.store import Store
from cfbench_leaderboard.worker import Worker

ONE = "0123456789abcdef"


def a_picture(side=8, shade=9):
    return np.full((side, side, 3), shade, dtype=np.uint8)


def an_example(name="first", images=(), words="add a circle", **more):
    film = Film(a_picture(), (words,) * len(images), (("true", tuple(images)),)) if images else None
    return Example(sample=name, reasons=("best by pixel/l1 (0.1)",), film=film, **more)


@pytest.fixture
def draw(run_folder, tmp_path, monkeypatch):
    """Draw given examples as if they were those of a run; the folder."""

    def call(*examples, notes=()):
        monkeypatch.setattr(
            "cfbench.report.page.samples.examples_of", lambda *_: Shown(tuple(examples), tuple(notes))
        )
        out = tmp_path / f"drawn-{len(list(tmp_path.iterdir()))}"
        draw_samples(open_side(run_folder).result, run_folder, out)
        return out

    return call


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def images_of(text):
    found = re.findall(r'<img src="([^"]*)" alt="([^"]*)"', text)
    return [(source, unescape(words)) for source, words in found]


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_worker_draws_samples_which_are_seen_by_those_who_see_the_page(
    service, ask, send, hand_in, bundle, client, tokens, tmp_path
):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    worker = Worker(service)
    while worker.step():
        pass
    client.cookies.set(COOKIE, tokens["judge"], path=PATH)
    desk = client.get(f"/moderate/submissions/{name}").text
    source, words = images_of(desk)[0]
    assert source.startswith(f"/moderate/submissions/{name}/pictures/")
    assert (words, client.get(source).headers["cache-control"][:7]) == ("The start image", "private")
    public = source.removeprefix("/moderate")
    assert client.get(public).status_code == 404

    ask("judge", "POST", f"/submissions/{name}/state", json={"to": "accepted", "why": "sound"})
    text = client.get(f"/submissions/{name}").text
    page = Page(text)
    assert re.search(r"(best|one of equals) by mock/", page.text)
    assert re.search(r"turn 1 (add|remove|move|paint|change)", page.text)
    assert {words for _, words in images_of(text)} >= {"The start image", "Turn 1, true", "Turn 1, mock"}
    sources = {source for source, _ in images_of(text)}
    for source in sources:
        answer = client.get(source)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert sha256_hex(answer.content) == source.rpartition("/")[2].removesuffix(".png")
        assert max(decode_png(answer.content).shape) <= 256
    content = ask(None, "GET", f"/submissions/{name}").json()["content"]
    for other in (content, "0" * 64):  # what was submitted is no picture
        assert client.get(f"/submissions/{name}/pictures/{other}.png").status_code == 404
    for path in ("x", "../samples.json", f"{'0' * 63}.png"):
        assert client.get(f"/submissions/{name}/pictures/{path}").status_code in {404, 422}

    build(service, tmp_path / "site")
    filed = tmp_path / "site" / "submissions" / name
    beside = {source for source, _ in images_of((filed / "index.html").read_text(encoding="utf-8"))}
    assert len(beside) == len(sources)
    assert all((filed / source).resolve().is_file() for source in beside)

    shutil.rmtree(service.store.folder / "samples")  # as before there were any
    assert "they come when a worker next scores" in Page(client.get(f"/submissions/{name}").text).text
    assert client.get(source).status_code == 404


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_page_says_why_there_are_none(service, accepted, ask, result, client, send, hand_in, bundle):
    name = accepted("ann", spread(result, "alone", 0.1, 0.01))
    assert "a result by itself, without predictions" in Page(client.get(f"/submissions/{name}").text).text
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    Worker(service).step()  # checked, and not yet scored again
    ask("judge", "POST", f"/submissions/{name}/state", json={"to": "accepted", "why": "sound"})
    assert "a worker draws them when" in Page(client.get(f"/submissions/{name}").text).text


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_worker_may_be_told_to_draw_none(service, send, hand_in, bundle):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    worker = Worker(service, samples=False)
    while worker.step():
        pass
    assert samples_of(service.store, name) is None
    assert (service.store.folder / "evidence" / name).is_dir()


def test_a_site_of_runs_shows_samples_and_texts_where_there_are_no_pictures(
    tmp_path, shared_cache, monkeypatch
):
    monkeypatch.setenv("CFBENCH_CACHE", str(shared_cache))
    for data in ("mock-text-label", "mock"):
        given = {"dataset": data, "out": tmp_path / "runs", "resamples": 20}
        start_run("mock", {**given, "metric": ("pixel",)} if data == "mock" else given)
    sites = [tmp_path / "one", tmp_path / "two"]
    for site in sites:
        assert build_from_folder(tmp_path / "runs", site).submissions == 2
    pages = sorted(sites[0].glob("submissions/*/index.html"))
    texts = {len(images_of(text)) > 0: text for text in (page.read_text(encoding="utf-8") for page in pages)}
    assert "true label" in Page(texts[False]).text
    assert "Turn 1, mock" in texts[True]
    one, two = ({path.relative_to(site): path.read_bytes() for path in site.rglob("*.png")} for site in sites)
    assert one == two
    assert one


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_words_of_predictions_are_escaped(service, accepted, result, client, draw):
    name = accepted("ann", spread(result, "sly", 0.1, 0.01))
    sly = an_example(HOSTILE, [a_picture()], HOSTILE, models=(HOSTILE,), caption=HOSTILE)
    told = an_example("told", facts=((HOSTILE, HOSTILE),), pictures=((f'" onerror="{HOSTILE}', a_picture()),))
    keep_samples(service.store, name, draw(sly, told, notes=(HOSTILE,)))
    text = client.get(f"/submissions/{name}").text
    page = Page(text)  # refuses attributes that run something
    assert "script" not in page.tags
    assert page.text.count(HOSTILE) >= 5


def test_what_is_kept_is_bounded(store, draw):
    long, many = "x" * 5000, [a_picture(shade=shade) for shade in range(121)]
    wide = np.random.default_rng(1).integers(0, 255, (4000, 700, 3), dtype=np.uint8)
    out = draw(an_example("many", many), an_example("wide", [wide], long))
    keep_samples(store, ONE, out)
    kept = samples_of(store, ONE)
    assert [sample.sample for sample in kept.samples] == ["wide"]
    assert kept.notes == ["Sample many is not shown: its pictures are too many or too large."]
    assert len(kept.samples[0].film.instructions[0]) == LONGEST
    shapes = {decode_png(picture_of(store, ONE, name)).shape for name in kept.pictures()}
    assert max(max(shape) for shape in shapes) == 256


def test_pictures_together_are_bounded(draw, monkeypatch):
    monkeypatch.setattr(drawing, "MOST_BYTES", 60_000)
    noise = np.random.default_rng(1)
    loud = [noise.integers(0, 255, (100, 100, 3), dtype=np.uint8) for _ in range(3)]
    out = draw(*(an_example(str(number), [one]) for number, one in enumerate(loud)))
    assert len(json.loads((out / "samples.json").read_text())["samples"]) == 1
    assert sum(path.stat().st_size for path in out.glob("*.png")) <= 60_000


def test_why_none_was_drawn_is_not_told_with_its_paths(draw):
    out = draw(notes=("No samples are shown: /srv/secret is not there",))
    assert json.loads((out / "samples.json").read_text()) == {"samples": [], "notes": [drawing.NONE_DRAWN]}


def spoil_by_link(out, name):
    (out / name).rename(out / "elsewhere")
    (out / name).symlink_to(out / "elsewhere")


def large(out, name):
    data = encode_png(a_picture(257))
    (out / f"{sha256_hex(data)}.png").write_bytes(data)
    text = (out / "samples.json").read_text().replace(name.removesuffix(".png"), sha256_hex(data))
    (out / "samples.json").write_text(text)


def page_of_html(out, name):
    (out / f"{sha256_hex(b'<html>')}.png").write_bytes(b"<html>")
    text = (out / "samples.json").read_text().replace(name.removesuffix(".png"), sha256_hex(b"<html>"))
    (out / "samples.json").write_text(text)


def altered(out, change):
    told = json.loads((out / "samples.json").read_text())
    change(told)
    (out / "samples.json").write_text(json.dumps(told))


SPOILT = {
    "another picture": lambda out, name: (out / name).write_bytes(encode_png(a_picture(shade=1))),
    "a link": spoil_by_link,
    "a linked list": lambda out, _: spoil_by_link(out, "samples.json"),
    "too large": large,
    "no picture": page_of_html,
    "a missing one": lambda out, name: (out / name).unlink(),
    "a path": lambda out, _: altered(out, lambda told: told["samples"][0]["film"].update(start="../../x")),
    "more than is known": lambda out, _: altered(out, lambda told: told.update(more=1)),
    "too many": lambda out, _: altered(out, lambda told: told.update(samples=told["samples"] * 7)),
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_was_not_drawn_is_not_kept(store, draw, how):
    keep_samples(store, ONE, draw(an_example("before", [a_picture(shade=5)])))
    out = draw(an_example("now", [a_picture(shade=7)]))
    (name, *_) = sorted(path.name for path in out.glob("*.png"))
    SPOILT[how](out, name)
    with pytest.raises(CfbenchError):
        keep_samples(store, ONE, out)
    assert [sample.sample for sample in samples_of(store, ONE).samples] == ["before"]


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_bundle_is_no_worse_for_samples_that_cannot_be_drawn(service, send, hand_in, bundle, child, ask):
    name = hand_in("ann", upload=send("ann", bundle.read_bytes())).json()["id"]
    breaks = "from cfbench_leaderboard import samples\nsamples.draw_samples = None"
    worker = Worker(service, child=child(breaks))
    while worker.step():
        pass
    assert ask("ann", "GET", f"/submissions/{name}").json()["rung"] == "re-scored"
    assert samples_of(service.store, name) is None
