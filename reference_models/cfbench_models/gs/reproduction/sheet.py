"""A sheet of pictures, each with its true labels and the top labels of models beside it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from cfbench.reproduction import Figure
from cfbench.reproduction.shapes import FAINT, GRID, INK, Line, Picture, Shape, Words, as_png, as_svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MARGIN, GAP, LINE = 20, 22, 17
PICTURE, COLUMN, BETWEEN = 176, 164, 14
COLUMNS = 2
LONGEST = 46  # letters of a line of true labels
RIGHT, WRONG = "#0060a8", "#b3261e"


@dataclass(frozen=True)
class Said:
    """The top labels of a model: their names, scores, and whether they are true."""

    model: str
    labels: tuple[tuple[str, float, bool], ...]


@dataclass(frozen=True)
class Card:
    """A picture and what is said of it. ``picture`` is a PNG or a JPEG."""

    name: str
    role: str
    true: tuple[str, ...]
    picture: bytes
    said: tuple[Said, ...]

    def words(self) -> str:
        """The card for who cannot see it."""
        parts = [
            f"{one.model}: "
            + ", ".join(f"{label} {'right' if right else 'wrong'}" for label, _, right in one.labels)
            for one in self.said
        ]
        return f"{self.name}, {self.role}. True: {', '.join(self.true)}. {'. '.join(parts)}."

    def heading(self) -> list[str]:
        """The lines above the top labels."""
        return [f"{self.name} · {self.role}", *textwrap.wrap(f"true: {', '.join(self.true)}", LONGEST)]

    @property
    def height(self) -> int:
        """Of the larger of picture and lines."""
        lines = len(self.heading()) + 1 + max(len(one.labels) for one in self.said)
        return max(round(_box(self.picture)[1]), LINE * lines + 8)


@dataclass(frozen=True)
class Sheet:
    """Sections of cards, two to a row."""

    title: str
    sections: tuple[tuple[str, tuple[Card, ...]], ...]

    def figure(self, stem: str) -> Figure:
        """The sheet in both forms; ``stem`` is the name of its files."""
        width = 2 * MARGIN + COLUMNS * (PICTURE + BETWEEN + 2 * COLUMN) + (COLUMNS - 1) * GAP
        shapes: list[Shape] = [Words(MARGIN, MARGIN, self.title, colour=INK)]
        top = MARGIN + LINE
        for heading, cards in self.sections:
            shapes.append(Words(MARGIN, top + LINE, heading, colour=INK))
            shapes.append(Line(((MARGIN, top + 2 * LINE), (width - MARGIN, top + 2 * LINE)), GRID))
            top += 2 * LINE + BETWEEN
            for start in range(0, len(cards), COLUMNS):
                row = cards[start : start + COLUMNS]
                for number, card in enumerate(row):
                    left = MARGIN + number * (PICTURE + BETWEEN + 2 * COLUMN + GAP)
                    shapes += _drawn(card, left, top)
                top += max(card.height for card in row) + GAP
        words = " ".join(card.words() for _, cards in self.sections for card in cards)
        return Figure(stem, as_svg(shapes, width, top, self.title, words), as_png(shapes, width, top))


def sheet(title: str, sections: Sequence[tuple[str, Sequence[Card]]]) -> Sheet:
    """The sections that have cards."""
    return Sheet(title, tuple((heading, tuple(cards)) for heading, cards in sections if cards))


def _drawn(card: Card, left: float, top: float) -> Iterator[Shape]:
    width, height = _box(card.picture)
    yield Picture(left + (PICTURE - width) / 2, top, width, height, card.picture, card.name)
    x = left + PICTURE + BETWEEN
    y = top + LINE / 2
    for number, line in enumerate(card.heading()):
        yield Words(x, y, line, colour=INK if number else FAINT)
        y += LINE
    y += 4
    for column, one in enumerate(card.said):
        yield Words(x + column * COLUMN, y, one.model)
        for number, (label, score, right) in enumerate(one.labels, 1):
            yield from _row(x + column * COLUMN, y + LINE * number, f"{label} {score:.2f}", right=right)


def _row(x: float, y: float, words: str, *, right: bool) -> Iterator[Shape]:
    """A tick or a cross, and what it is of."""
    colour = RIGHT if right else WRONG
    if right:
        yield Line(((x, y), (x + 3, y + 3.5), (x + 9, y - 4)), colour, 1.8)
    else:
        yield Line(((x + 1, y - 3.5), (x + 8, y + 3.5)), colour, 1.8)
        yield Line(((x + 1, y + 3.5), (x + 8, y - 3.5)), colour, 1.8)
    yield Words(x + 15, y, words, colour=colour)


def _box(data: bytes) -> tuple[float, float]:
    """Width and height of a picture, the larger of them that of a frame."""
    from PIL import Image

    with Image.open(BytesIO(data)) as picture:
        share = PICTURE / max(picture.size)
        return round(picture.width * share, 1), round(picture.height * share, 1)
