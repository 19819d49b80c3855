from __future__ import annotations

import base64
import re
import shlex
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from cfbench.errors import UsageError
from cfbench.report import Example, Film, write_report
from cfbench.report.example import GraphPicture
from cfbench.report.html import report_html, reproduce_command
from cfbench.results import Failure
from cfbench.results.reading import read_result

from .conftest import make_score

if TYPE_CHECKING:
    from .conftest import MakeResult

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\x1b]0;x\x07'
VOID = {"meta", "img", "br", "line", "circle", "polyline", "polygon"}


class Page(HTMLParser):
    """Tags with their attributes; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


def strip(turns: int = 2, size: int = 16, *, words: str = "add a thing number", **changes: object) -> Example:
    images = tuple(np.full((size, size, 3), 40 * turn, np.uint8) for turn in range(turns))
    film = Film(
        start=np.full((size, size, 3), 200, np.uint8),
        instructions=tuple(f"{words} {turn}" for turn in range(turns)),
        rows=(("true", images), ("model", images)),
    )
    fields: dict[str, object] = {"sample": "dialogue-1", "film": film, "caption": "sample 1 of 2"}
    return Example(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_page_is_one_file_without_network_or_script(make_result: MakeResult, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(make_result(), [strip()], path)
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "form", "base"} & {tag for tag, _ in page.seen}
    assert not re.search(r"(https?:)?//[a-z]|url\(|@import", text.replace("<!doctype html>", ""))
    assert all((image["src"] or "").startswith("data:image/png;base64,") for image in page.all("img"))
    policy = next(meta for meta in page.all("meta") if "http-equiv" in meta)
    assert "default-src 'none'" in (policy["content"] or "")


def test_equal_arguments_give_equal_pages(make_result: MakeResult) -> None:
    assert report_html(make_result(), [strip()]) == report_html(make_result(), [strip()])


def test_numbers_stand_with_interval_n_and_signature(make_result: MakeResult) -> None:
    text = report_html(make_result(), [])
    for shown in ("0.2500", "[0.2400, 0.2600]", "1,002", "↓ lower", "pixel|proto:default|n:1002|v:1"):
        assert f">{shown}<" in text


@pytest.mark.parametrize(
    ("changes", "titles"),
    [
        ({}, ["Complete"]),
        ({"subset": 5}, ["Subset"]),
        ({"needs_target": True}, ["Complete", "Sees the answers"]),
        ({"teacher_forced": True}, ["Complete", "Teacher-forced"]),
        ({"dataset": "codraw-mini", "twin_of": "codraw"}, ["Complete", "Twin"]),
        ({"missing": ["x"]}, ["Incomplete"]),
        ({"missing": ["x"], "subset": 5}, ["Incomplete", "Subset"]),
        ({"unranked": ["too old"]}, ["Complete", "Not ranked"]),
    ],
)
def test_the_state_is_said_first(
    make_result: MakeResult, changes: dict[str, object], titles: list[str]
) -> None:
    text = report_html(make_result(**changes), [])
    assert re.findall(r'class="banner \w+"><strong>([^<]*)', text) == titles
    assert text.index("banner ") < text.index('id="numbers"')


def test_hostile_text_is_shown_and_not_obeyed(make_result: MakeResult) -> None:
    result = make_result(
        HOSTILE,
        dataset=HOSTILE,
        scores=[make_score(), make_score(slice=HOSTILE), make_score("psnr", None, reason=HOSTILE)],
        failed=[Failure(sample=HOSTILE, error=HOSTILE)],
        missing=[HOSTILE],
    )
    example = strip(1, words=HOSTILE, sample=HOSTILE, caption=HOSTILE, reasons=(HOSTILE,))
    text = report_html(result, [example])
    page = Page(text)
    tags = {tag for tag, _ in page.seen}
    assert "script" not in tags
    assert not [attributes for _, attributes in page.seen if "onerror" in attributes]
    assert len(page.all("img")) == 3
    assert "\x1b" not in text
    assert "{{ 7*7 }}" in text
    assert "<script>alert(1)</script>" in unescape(text)


def test_examples_show_every_turn_in_order(make_result: MakeResult) -> None:
    page_text = report_html(make_result(), [strip(2)])
    page = Page(page_text)
    alts = [image["alt"] for image in page.all("img")]
    assert alts == [
        "The start image",
        "Turn 1, true",
        "Turn 2, true",
        "Turn 1, model",
        "Turn 2, model",
    ]
    assert page_text.index("add a thing number 0") < page_text.index("Turn 1, true")
    data = (page.all("img")[4]["src"] or "").removeprefix("data:image/png;base64,")
    assert np.asarray(Image.open(BytesIO(base64.b64decode(data)))).tolist() == [[[40] * 3] * 16] * 16


def explained(**changes: object) -> Example:
    fields: dict[str, object] = {
        "sample": "dialogue-1-turn-2",
        "models": ("one",),
        "pictures": (
            ("before", np.full((16, 16, 3), 200, np.uint8)),
            ("after", np.full((16, 16, 3), 90, np.uint8)),
        ),
        "facts": (("true instruction", "add a ball"), ("one", "add a cone"), ("silent", "")),
        "values": (("bleu/bleu", (0.5,)), ("perplexity/perplexity", (None,))),
    }
    return Example(**{**fields, **changes})  # type: ignore[arg-type]


def test_words_pictures_and_numbers_of_a_sample_are_shown(make_result: MakeResult) -> None:
    text = report_html(make_result(), [explained()], notes=["Samples are spread evenly."])
    page = Page(text)
    assert [image["alt"] for image in page.all("img")] == ["Image: before", "Image: after"]
    for shown in ("before", "after", "add a ball", "add a cone", "nothing", "bleu/bleu", "0.5000", "–"):
        assert f">{shown}<" in text
    assert "Samples are spread evenly." in text


def test_hostile_words_of_a_sample_are_shown_and_not_obeyed(make_result: MakeResult) -> None:
    example = explained(
        sample=HOSTILE,
        caption=HOSTILE,
        reasons=(HOSTILE,),
        models=(HOSTILE,),
        facts=((HOSTILE, HOSTILE),),
        values=((HOSTILE, (1.0,)),),
        graphs=(GraphPicture(HOSTILE, b"", HOSTILE),),
    )
    text = report_html(make_result(), [example], notes=[HOSTILE])
    page = Page(text)
    assert "script" not in {tag for tag, _ in page.seen}
    assert len(page.all("img")) == 3
    assert not [attributes for _, attributes in page.seen if "onerror" in attributes]
    assert "\x1b" not in text
    assert unescape(text).count("<script>alert(1)</script>") >= 12


def test_the_page_says_what_intervals_resample(make_result: MakeResult) -> None:
    result = make_result().model_copy(update={"resampled": {"bleu": "dialogue", "perplexity": "dialogue"}})
    assert "95 % bootstrap intervals, resampled by dialogue (1,000 resamples)" in report_html(result, [])
    assert "95 % bootstrap intervals (1,000 resamples)" in report_html(make_result(), [])


def test_large_images_are_embedded_small(make_result: MakeResult) -> None:
    page = Page(report_html(make_result(), [strip(1, size=1000)]))
    for image in page.all("img"):
        data = base64.b64decode((image["src"] or "").split(",")[1])
        assert Image.open(BytesIO(data)).size == (256, 256)


def test_a_model_that_failed_has_no_image(make_result: MakeResult) -> None:
    film = strip(1).film
    assert film is not None
    lost = Film(film.start, film.instructions, (film.rows[0], ("model", ())))
    text = report_html(make_result(), [strip(film=lost)])
    assert [image["alt"] for image in Page(text).all("img")] == ["The start image", "Turn 1, true"]
    assert "No image." in text


def test_a_film_whose_turns_do_not_match_is_refused() -> None:
    with pytest.raises(UsageError, match="2 for 1 instructions"):
        Film(np.zeros((4, 4, 3), np.uint8), ("one",), (("true", (np.zeros((4, 4, 3), np.uint8),) * 2),))


def test_turns_are_drawn_with_words_for_those_who_cannot_see(make_result: MakeResult) -> None:
    scores = [make_score(slice=f"turn-{turn}", value=0.1 * turn, n=10 - turn) for turn in (1, 2, 10)]
    page = Page(report_html(make_result(scores=[make_score(), *scores]), []))
    (chart,) = page.all("svg")
    assert chart["role"] == "img"
    label = chart["aria-label"] or ""
    assert label.startswith("pixel/l1 by turn. turn 1: 0.1000 [0.0900, 0.1100], n 9; turn 2: 0.2000")
    assert label.endswith("turn 10: 1.0000 [0.9900, 1.0100], n 0")
    xs = [float(dot["cx"] or "nan") for dot in page.all("circle")]
    assert xs == sorted(xs)
    assert all(0 <= x <= 300 for x in xs)


@pytest.mark.parametrize("turns", [(), (1,)])
def test_one_turn_makes_no_chart(make_result: MakeResult, turns: tuple[int, ...]) -> None:
    scores = [make_score(), *(make_score(slice=f"turn-{turn}") for turn in turns)]
    assert "<svg" not in report_html(make_result(scores=scores), [])


def test_losses_are_listed_and_counted(make_result: MakeResult) -> None:
    result = make_result(
        failed=[Failure(sample="bad", error="boom")], missing=[f"gone-{index}" for index in range(150)]
    )
    text = report_html(result, [])
    assert "boom" in text
    assert "gone-98" in text
    assert "gone-99" not in text
    assert "And 51 more" in text


def test_the_command_that_was_typed_is_shown(make_result: MakeResult) -> None:
    typed = "cfbench run --model my_editor.py:MyEditor --dataset codraw"
    assert typed in report_html(make_result(), [], command=typed)


def test_a_command_is_put_together_otherwise(make_result: MakeResult) -> None:
    words = shlex.split(reproduce_command(make_result("my model", subset=50, teacher_forced=True)))
    assert words[:8] == ["cfbench", "run", "--model", "my model", "--dataset", "codraw", "--split", "test"]
    pairs = dict(zip(words[2:-1:2], words[3::2], strict=True))
    assert pairs["--dataset-option"] == "turns=geneva"
    assert (pairs["--limit"], pairs["--seed"], pairs["--metric"]) == ("50", "7", "pixel")
    assert words[-1] == "--teacher-forced"
    elsewhere = reproduce_command(make_result(code_digest=None))
    assert elsewhere.startswith("cfbench score --predictions PREDICTIONS --name nearest-train")


def test_the_command_is_one_that_run_accepts(make_result: MakeResult) -> None:
    from cfbench.cli.run_ import command

    words = shlex.split(reproduce_command(make_result(subset=50, teacher_forced=True)))
    command.make_context("run", words[2:])


def test_what_was_looked_through_is_named() -> None:
    released = Path(__file__).parents[1] / "results" / "result-v1.json"
    page = report_html(read_result(released), [])
    assert "mock 1, which scores 1.000 on true images (floor 1.000)" in page
