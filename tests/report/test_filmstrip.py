from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from cfbench.errors import UsageError
from cfbench.report import FilmStrip, filmstrip_png
from cfbench.report.filmstrip import fitted, wrap

RED, BLUE = (250, 10, 20), (20, 30, 240)


def plain(colour: tuple[int, int, int], size: int = 32) -> np.ndarray:
    return np.full((size, size, 3), colour, np.uint8)


def strip(turns: int, *, outputs: bool = True, words: str = "add a tree") -> FilmStrip:
    shown = tuple(plain(BLUE) for _ in range(turns))
    return FilmStrip("s-1", plain(RED), (words,) * turns, shown if outputs else (), shown, "codraw, test")


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    assert image.format == "PNG"
    return image.convert("RGB")


def count(image: Image.Image, colour: tuple[int, int, int]) -> int:
    return int((np.asarray(image) == colour).all(axis=2).sum())


def test_every_frame_is_there_at_its_size() -> None:
    image = opened(filmstrip_png(strip(3), frame=100))
    side = 96  # 32 grows by 3
    assert count(image, RED) == side**2
    assert count(image, BLUE) == 6 * side**2
    assert count(opened(filmstrip_png(strip(3, outputs=False), frame=100)), BLUE) == 3 * side**2


def test_lines_of_frames_are_even() -> None:
    assert opened(filmstrip_png(strip(6), columns=6)).width == opened(filmstrip_png(strip(3))).width


def test_a_longer_instruction_needs_a_taller_picture() -> None:
    short = opened(filmstrip_png(strip(1)))
    long = opened(filmstrip_png(strip(1, words="put the very small owl on the left tree " * 5)))
    assert long.width == short.width
    assert long.height > short.height + 60


def test_equal_strips_give_equal_bytes() -> None:
    assert filmstrip_png(strip(2)) == filmstrip_png(strip(2))


def test_a_strip_without_turns_shows_the_start() -> None:
    assert count(opened(filmstrip_png(FilmStrip("s", plain(RED), ()))), RED) == 192**2


@pytest.mark.parametrize(("name", "images"), [("outputs", 1), ("targets", 3)])
def test_turns_that_do_not_match_are_refused(name: str, images: int) -> None:
    with pytest.raises(UsageError, match=f"{images} {name} for 2 instructions"):
        FilmStrip("s", plain(RED), ("a", "b"), **{name: (plain(BLUE),) * images})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "size"), [((64, 64), (192, 192)), ((150, 100), (100, 150)), ((400, 200), (96, 192))]
)
def test_images_grow_by_whole_numbers_and_shrink_to_fit(
    shape: tuple[int, int], size: tuple[int, int]
) -> None:
    assert fitted(np.zeros((*shape, 3), np.uint8), 192).size == size


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.integers(1, 120))
def test_wrapping_loses_no_letter_and_stays_within_the_width(text: str, width: int) -> None:
    font = ImageFont.load_default(size=14)
    lines = wrap(text, font, width)
    kept = "".join("".join(line.split()) for line in lines)
    assert len(kept) == len("".join(text.split()))
    assert all(font.getlength(line) <= width or len(line) == 1 for line in lines)
