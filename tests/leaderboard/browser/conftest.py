"""A server with a board on it, and Debian's Chromium; skipped where there is none."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("playwright", reason="the browser tests need the package playwright")
pytest.importorskip("uvicorn")

import uvicorn
from board_pages import spread
from playwright.sync_api import sync_playwright

from cfbench.report.page.gathering import gather
from cfbench.report.page.view import PageOptions
from cfbench.report.page.writing import write_page
from cfbench.reporter import silent
from cfbench.results.reading import read_result
from cfbench_leaderboard.api import create_app
from cfbench_leaderboard.database import Database, migrate, now
from cfbench_leaderboard.limits import Limits
from cfbench_leaderboard.samples import draw_samples, keep_samples
from cfbench_leaderboard.service import Service
from cfbench_leaderboard.site import build_from_folder
from cfbench_leaderboard.steps import decide
from cfbench_leaderboard.store import Store
from cfbench_leaderboard.submissions import submit
from cfbench_leaderboard.tokens import Identity, create_token

MODELS = {"worse": 0.5, "better": 0.01, "close": 0.0101}


@pytest.fixture(scope="module")
def site(tmp_path_factory, run_folder):
    """A server with three accepted submissions and a pending one; its address, ids and tokens."""
    folder = tmp_path_factory.mktemp("browser")
    database = Database(folder / "board.db")
    migrate(database)
    many = Limits(token_a_minute=100_000, address_a_minute=100_000)
    service = Service(database, Store(folder / "store"), many)
    result = json.loads((run_folder / "result.json").read_text())
    ids = {name: _accepted(service, spread(result, name, value, 0.001)) for name, value in MODELS.items()}
    draw_samples(read_result(run_folder), run_folder, folder / "drawn")
    waiting = spread(result, "waiting", 0.2, 0.001)
    ids["waiting"] = _handed_in(service, waiting)
    for name in ("better", "waiting"):
        keep_samples(service.store, ids[name], folder / "drawn")
    with database.writing() as session:
        tokens = {
            name: create_token(session, name, (scope,), 1.0)[0]
            for name, scope in (("ann", "submit"), ("judge", "moderate"))
        }
    config = uvicorn.Config(create_app(service), port=0, log_level="critical", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield SimpleNamespace(url=f"http://127.0.0.1:{port}", ids=ids, tokens=tokens, board="/boards/edit/mock")
    server.should_exit = True
    thread.join()
    database.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory, run_folder):
    """The address of a report of a run."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_page(gather([run_folder]), path, PageOptions(examples=2, graphs=False), reporter=silent)
    return path.as_uri()


@pytest.fixture(scope="module")
def filed(tmp_path_factory, run_folder):
    """The address of the first page of a site of files with two results and a run."""
    folder = tmp_path_factory.mktemp("filed")
    result = json.loads((run_folder / "result.json").read_text())
    for name in ("better", "worse"):
        place = folder / "results" / name
        place.mkdir(parents=True)
        (place / "result.json").write_text(json.dumps(spread(result, name, MODELS[name], 0.001)))
    shutil.copytree(run_folder, folder / "results" / "run")
    build_from_folder(folder / "results", folder / "site")
    return (folder / "site" / "index.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    """Chromium of this machine; none is downloaded."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        yield (
            one := playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        )
        one.close()


@pytest.fixture
def open_tab(browser, site):
    """A new window; at the end it must have had no complaint, and have asked no other host."""
    opened, complaints = [], []

    def call(path="/", scheme="light", width=1200, *, signed_in=False):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        opened.append(context)
        tab = context.new_page()
        tab.set_default_timeout(20_000)
        tab.on("console", lambda said: complaints.append(said.text) if said.type in LOUD else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda asked: _note_foreign(asked.url, site.url, complaints))
        if signed_in:
            tab.goto(f"{site.url}/moderate")
            tab.fill("#token", site.tokens["judge"])
            tab.click("button.main")
        tab.goto(path if "://" in path else site.url + path)
        return tab

    yield call
    for context in opened:
        context.close()
    assert not complaints


LOUD = {"error", "warning"}


def _note_foreign(url, own, complaints):
    if not url.startswith((own, "data:", "file:")):
        complaints.append(f"asked for {url}")


def _handed_in(service, result):
    who = Identity(token="", owner="ann", scopes=["submit"], created_at=now(), expires_at=None)
    key = hashlib.sha256(json.dumps(result).encode()).hexdigest()
    return submit(service, who, key, {"result": result})[0].id


def _accepted(service, result):
    name = _handed_in(service, result)
    with service.database.writing() as session:
        decide(session, name, "judge", "accepted", "sound")
    return name
