"""Filmstrips of editing: the start, then every turn with its instruction, the output and the true image.

Limits: the font that comes with Pillow knows Latin, Greek and Cyrillic letters; others show as boxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from cfbench.errors import UsageError
from cfbench.report._escape import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image as Pictures
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from cfbench.tasks.edit import Image

PAPER, INK, FAINT, EDGE = "#ffffff", "#1c2024", "#5b6470", "#c9ced6"
FONT_SIZE, LINE, GAP, MARGIN = 14, 19, 14, 16


@dataclass(frozen=True)
class FilmStrip:
    """A sample to look at. ``outputs``, ``targets`` and ``titles`` hold one a turn, or nothing at all."""

    sample: str
    start: Image
    instructions: tuple[str, ...]
    outputs: tuple[Image, ...] = ()
    targets: tuple[Image, ...] = ()
    caption: str = ""
    titles: tuple[str, ...] = ()
    """What stands above each turn, instead of its number."""
    first: str = "start"
    """What stands above the first picture."""

    def __post_init__(self) -> None:
        """Refuse a strip whose turns do not match."""
        for name, images in (("outputs", self.outputs), ("targets", self.targets), ("titles", self.titles)):
            if len(images) not in {0, len(self.instructions)}:
                raise UsageError(
                    f"Sample {self.sample} cannot be shown",
                    f"it has {len(images)} {name} for {len(self.instructions)} instructions",
                )


@dataclass(frozen=True)
class _Cell:
    title: str
    pictures: tuple[Pictures.Image, ...]
    labels: tuple[str, ...]
    words: str


def filmstrip_png(strip: FilmStrip, *, frame: int = 192, columns: int = 6) -> bytes:
    """The strip as a PNG, at most ``columns`` frames to a line; each turn's instruction is written below it in full.

    Images smaller than ``frame`` pixels grow by whole numbers, pixel by pixel; larger ones shrink to it.
    """
    from PIL import Image, ImageDraw

    cells = _cells(strip, frame)
    even = -(-len(cells) // -(-len(cells) // columns))  # no line is left with a lonely last frame
    lines = [cells[at : at + even] for at in range(0, len(cells), even)]
    font, small = _font(FONT_SIZE), _font(FONT_SIZE - 2)
    texts = [[wrap(cell.words, font, frame) for cell in line] for line in lines]
    heights = [
        LINE + max(_height(cell) for cell in line) + LINE * max(len(text) for text in written)
        for line, written in zip(lines, texts, strict=True)
    ]
    width = 2 * MARGIN + len(lines[0]) * (frame + GAP) - GAP
    heading = wrap(
        " · ".join(part for part in (strip.sample, strip.caption) if part), font, width - 2 * MARGIN
    )
    top = MARGIN + LINE * len(heading) + GAP
    canvas = Image.new("RGB", (width, top + sum(heights) + GAP * (len(lines) - 1) + MARGIN), PAPER)
    draw = ImageDraw.Draw(canvas)
    for index, words in enumerate(heading):
        draw.text((MARGIN, MARGIN + index * LINE), words, INK, font)
    for line, written, height in zip(lines, texts, heights, strict=True):
        left = MARGIN
        for cell, text in zip(line, written, strict=True):
            draw.text((left, top), cell.title, FAINT, small)
            below = top + LINE
            for picture, label in zip(cell.pictures, cell.labels, strict=True):
                draw.rectangle(
                    (left - 1, below - 1, left + picture.width, below + picture.height), outline=EDGE
                )
                canvas.paste(picture, (left, below))
                below += picture.height + 4
                draw.text((left, below), label, FAINT, small)
                below += LINE + 4 if label else 0
            for index, words in enumerate(text):
                draw.text((left, below + index * LINE), words, INK, font)
            left += frame + GAP
        top += height + GAP
    out = BytesIO()
    canvas.save(out, format="PNG", optimize=True)
    return out.getvalue()


def wrap(text: str, font: FreeTypeFont | ImageFont, width: int) -> list[str]:
    """Lines no wider than ``width`` pixels; a word that is wider is cut."""
    lines: list[str] = []
    line = ""
    for word in plain(text).split():
        longer = f"{line} {word}".strip()
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while font.getlength(line) > width:
            cut = max(1, next(n for n in range(len(line), -1, -1) if font.getlength(line[:n]) <= width))
            lines.append(line[:cut])
            line = line[cut:]
            if not line:
                break
    return [*lines, line] if line else lines


def fitted(image: Image, frame: int) -> Pictures.Image:
    """The image grown by a whole number to at most ``frame`` pixels, or shrunk to it."""
    from PIL import Image as Pillow

    picture = Pillow.fromarray(np.ascontiguousarray(image))
    larger = max(picture.size)
    if larger <= frame:
        return picture.resize(
            (picture.width * (frame // larger), picture.height * (frame // larger)), Pillow.Resampling.NEAREST
        )
    size = (max(1, picture.width * frame // larger), max(1, picture.height * frame // larger))
    return picture.resize(size, Pillow.Resampling.LANCZOS)


def _cells(strip: FilmStrip, frame: int) -> list[_Cell]:
    cells = [_Cell(strip.first, (fitted(strip.start, frame),), ("",), "")]
    named = [
        (label, images) for label, images in (("output", strip.outputs), ("target", strip.targets)) if images
    ]
    for turn, words in enumerate(strip.instructions):
        pictures: Sequence[Pictures.Image] = [fitted(images[turn], frame) for _, images in named]
        # With one picture a turn there is nothing to tell apart.
        labels = tuple(label if len(named) > 1 else "" for label, _ in named)
        title = strip.titles[turn] if strip.titles else f"turn {turn + 1}"
        cells.append(_Cell(title, tuple(pictures), labels, words))
    return cells


def _height(cell: _Cell) -> int:
    """Of the pictures and their labels."""
    labels = sum(LINE + 4 for label in cell.labels if label)
    return sum(picture.height + 4 for picture in cell.pictures) + labels


def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size=size)
