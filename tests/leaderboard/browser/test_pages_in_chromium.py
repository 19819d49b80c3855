"""The pages in a real browser: what a submitter, a moderator and a reader do, and whether all of it can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from board_pages import spread

from cfbench.submitting import submit

LOOKS = Path(__file__).with_name("looks.js").read_text()
LEAST_CONTRAST = 4.5  # WCAG 2, AA, of text of any size
SCHEMES = ("light", "dark")


def models(tab):
    return tab.locator("table.standing tbody th[scope=row] > a").all_inner_texts()


def pages(site, report):
    """Every kind of page: its path, and whether only moderators see it."""
    ids = site.ids
    board = [site.board, "/", "/about", "/api", "/models/better", "/datasets/mock"]
    signature = "/metrics/pixel%7Cproto:torchmetrics%7Cv:1"
    submission = [f"/submissions/{ids['better']}", f"/submissions/{ids['better']}/against/{ids['worse']}"]
    moderators = ["/moderate", f"/moderate/submissions/{ids['waiting']}"]
    open_ones = [*board, signature, *submission, "/moderate", report]
    return [(path, False) for path in open_ones] + [(path, True) for path in moderators]


def test_from_a_submission_to_its_rank(open_tab, site, run_folder, tmp_path, monkeypatch):
    result = json.loads((run_folder / "result.json").read_text())
    path = tmp_path / "result.json"
    path.write_text(json.dumps(spread(result, "newcomer", 0.001, 0.0001)))
    monkeypatch.setenv("CFBENCH_TOKEN", site.tokens["ann"])
    receipt = submit(path, site.url, note="see <b>how</b>")
    tab = open_tab("/moderate")
    tab.fill("#token", site.tokens["judge"])
    tab.get_by_role("button", name="Sign in").click()
    assert site.tokens["judge"] not in tab.url
    assert tab.evaluate("document.cookie") == ""
    tab.get_by_role("link", name="newcomer").click()
    assert "see <b>how</b>" in tab.inner_text("main")
    tab.get_by_label("Accept").check()
    tab.get_by_role("textbox", name="Reason").fill("its numbers hold")
    tab.get_by_role("button", name="Decide").click()
    tab.wait_for_selector("text=its numbers hold")
    assert tab.url == f"{site.url}/moderate/submissions/{receipt.id}"
    tab.get_by_label("Flag").check()
    tab.get_by_role("textbox", name="Reason").fill("too good")
    tab.get_by_role("button", name="Decide").click()
    tab.wait_for_selector("text=The history below says why")
    tab.get_by_label("Accept").check()
    tab.get_by_role("textbox", name="Reason").fill("it was asked about")
    tab.get_by_role("button", name="Decide").click()
    tab.wait_for_selector("text=it was asked about")
    tab.goto(f"{site.url}{site.board}?measure=pixel/l1/all")
    assert models(tab)[0] == "newcomer"
    tab.goto(f"{site.url}/moderate")
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_selector("#token")
    assert tab.context.cookies() == []


def test_a_board_is_sorted_by_mouse_and_keyboard(open_tab, site):
    tab = open_tab(f"{site.board}?measure=pixel/l1/all")
    shown = models(tab)
    column = tab.locator("table.standing thead button", has_text="pixel/l1")
    column.click()
    assert models(tab) == shown
    column.click()
    assert models(tab) == shown[::-1]
    assert tab.locator("th[aria-sort=descending]").count() == 1
    by_name = tab.locator("table.standing thead button", has_text="model")
    by_name.focus()
    tab.keyboard.press("Enter")
    assert models(tab) == sorted(shown)


def test_a_board_is_filtered_by_rung(open_tab, site):
    tab = open_tab(site.board)
    tab.get_by_role("link", name="checked and above").click()
    assert "Nothing here is verified so far" in tab.inner_text("main")
    assert tab.locator(".choices [aria-current]").inner_text() == "checked and above"
    tab.get_by_role("link", name="self-reported and above").click()
    assert set(models(tab)) >= {"better", "close", "worse"}


def test_two_submissions_are_compared_by_the_form(open_tab, site):
    tab = open_tab(f"/submissions/{site.ids['better']}")
    tab.get_by_label("Compare with").select_option(site.ids["worse"])
    tab.get_by_role("button", name="Compare").click()
    assert tab.url.endswith(f"/submissions/{site.ids['better']}/against/{site.ids['worse']}")
    assert tab.inner_text("h1") == "better against worse"
    tab.get_by_role("link", name="the other way round").click()
    assert tab.inner_text("h1") == "worse against better"


def test_a_site_of_files_works_from_a_disk(open_tab, filed):
    tab = open_tab(filed)
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 247, 249)"
    tab.get_by_role("link", name="mock@1").click()
    shown = models(tab)
    tab.locator("table.standing thead button", has_text="rank").click()
    tab.locator("table.standing thead button", has_text="rank").click()
    assert models(tab) == shown[::-1]
    for link, heading in (("mock", "mock"), ("mock@1", "mock@1"), ("better", "better on mock")):
        tab.get_by_role("link", name=link, exact=True).first.click()
        assert tab.inner_text("h1") == heading
    tab.get_by_role("link", name="all results of better").click()
    assert models(tab) == ["better"]
    tab.goto(filed)
    tab.get_by_role("link", name="mock@1").click()
    tab.get_by_role("link", name="mock", exact=True).last.click()
    assert pictures(tab) == (tab.locator("article img").count(), 0)
    assert tab.get_by_alt_text("Turn 1, mock").count() > 0


@pytest.mark.parametrize("moderates", [False, True])
def test_samples_are_shown_with_their_pictures(open_tab, site, moderates):
    one = f"/submissions/{site.ids['waiting' if moderates else 'better']}"
    tab = open_tab(f"/moderate{one}" if moderates else one, signed_in=moderates)
    assert tab.get_by_alt_text("Turn 1, mock").first.is_visible()
    shown, broken = pictures(tab)
    assert shown >= 3
    assert broken == 0


def pictures(tab):
    """How many pictures a page has, and how many of them do not show."""
    tab.wait_for_function("[...document.images].every(image => image.complete)")
    images = tab.locator("article img")
    broken = images.evaluate_all("all => all.filter(image => !image.naturalWidth).length")
    assert images.count() > 0
    return images.count(), broken


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_can_be_read_on_a_screen_and_on_a_phone(open_tab, site, report, scheme):
    papers = set()
    for signed_in in (False, True):
        tab = open_tab("/", scheme, signed_in=signed_in)
        for path, for_moderators in pages(site, report):
            if for_moderators != signed_in:
                continue
            for width in (1200, 390):
                tab.set_viewport_size({"width": width, "height": 844})
                if width == 1200:
                    tab.goto(path if "://" in path else site.url + path)
                    tab.evaluate(LOOKS)
                    assert tab.evaluate("looks.texts()") > 3
                    assert tab.evaluate(f"looks.faint({LEAST_CONTRAST})") == [], path
                beyond = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert beyond <= 0, f"{path} is {beyond} wider than a window of {width}"
            papers.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == {{"light": "rgb(246, 247, 249)", "dark": "rgb(15, 19, 24)"}[scheme]}


def test_every_control_is_reached_by_the_keyboard_and_seen_when_it_is(open_tab, site):
    tab = open_tab("/", signed_in=True)
    submission = f"/submissions/{site.ids['better']}"
    for path in (site.board, submission, f"/moderate/submissions/{site.ids['waiting']}", "/moderate"):
        tab.goto(site.url + path)
        tab.evaluate(LOOKS)
        wanted = tab.evaluate("looks.stops()")
        places = []
        for _ in range(wanted):
            tab.keyboard.press("Tab")
            at = tab.evaluate("looks.here()")
            assert at["ringed"] and at["inside"], at
            places.append(at["place"])
        assert sorted(places) == list(range(wanted)), path


@pytest.mark.parametrize(("kind", "width"), [("board", 1046), ("submission", 718)])
def test_a_page_is_printed_light_and_whole(open_tab, site, kind, width):
    """On A4 between its margins, boards across, at 96 dots an inch."""
    path = {"board": site.board, "submission": f"/submissions/{site.ids['better']}"}[kind]
    tab = open_tab(path, "dark", width)
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not tab.locator(".top").is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.evaluate(LOOKS)
    assert tab.evaluate(f"looks.faint({LEAST_CONTRAST})") == []
    assert tab.pdf(prefer_css_page_size=True).startswith(b"%PDF")
