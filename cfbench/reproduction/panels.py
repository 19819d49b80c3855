"""What models say everywhere on a plane, a panel each: regions, the boundary between two classes, points and arrows.

The regions are as many tones as there are levels, from light to dark, so that they can be told apart in greyscale; the
points of one class are hollow, those of the other filled.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from cfbench.reproduction.outcome import Figure
from cfbench.reproduction.shapes import FAINT, INK, Cells, Dot, Line, Shape, Words, as_png, as_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.reproduction.shapes import Place

SIDE = 192  # of a panel
CELL = 2  # of its regions
MARGIN, GAP = 20, 24
HEAD, LINE, LEGEND = 30, 17, 22
TONES = ("#fdf7ea", "#f4e3bf", "#bcd3e8", "#86add3")
LEVELS = (0.1, 0.5, 0.9)
"""Probabilities at which the tone changes."""
BOUNDARY, ARROW = INK, "#b3261e"


@dataclass(frozen=True)
class Mark:
    """A point of a class."""

    x: float
    y: float
    second: bool
    words: str


@dataclass(frozen=True)
class Panel:
    """One model. ``told`` are the lines below it."""

    title: str
    probabilities: npt.NDArray[np.float64]
    """Of the second class at :func:`places`."""
    marks: tuple[Mark, ...] = ()
    arrows: tuple[tuple[Place, Place], ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panels:
    """Rows of panels over the same square, ``reach`` to each side of the middle."""

    title: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]
    """Each with a heading."""
    reach: float
    true: tuple[Place, Place]
    """A line, the boundary as it should be."""
    legend: tuple[str, str]
    """What the points of the first and of the second class are."""
    arrow: str
    """What an arrow is."""

    def figure(self, stem: str) -> Figure:
        """The panels in both forms; ``stem`` is the name of its files."""
        shapes, width, height = self._shapes()
        return Figure(
            stem, as_svg(shapes, width, height, self.title, self.words()), as_png(shapes, width, height)
        )

    def words(self) -> str:
        """The panels for who cannot see them."""
        return " ".join(
            f"{heading}, {panel.title}: {', '.join(panel.told)}."
            for heading, row in self.rows
            for panel in row
        )

    def _shapes(self) -> tuple[list[Shape], int, int]:
        most = max(len(row) for _, row in self.rows)
        width = 2 * MARGIN + most * (SIDE + GAP) - GAP
        shapes: list[Shape] = [Words(MARGIN, MARGIN, self.title, colour=INK)]
        top = MARGIN + HEAD - LINE // 2
        for heading, row in self.rows:
            shapes.append(Words(MARGIN, top + LINE / 2, heading))
            top += LINE
            for number, panel in enumerate(row):
                shapes += self._panel(panel, MARGIN + number * (SIDE + GAP), top)
            top += HEAD + SIDE + LINE * max(len(panel.told) for panel in row) + GAP
        shapes += self._legend(top)
        return shapes, width, top + 2 * LEGEND + MARGIN // 2

    def _panel(self, panel: Panel, left: float, top: float) -> list[Shape]:
        above = top + HEAD - 6
        levels = np.digitize(panel.probabilities, LEVELS)[::-1]
        rows = tuple(tuple(int(level) for level in row) for row in levels)

        def place(at: Place) -> Place:
            x, y = ((each / self.reach + 1) / 2 * SIDE for each in at)
            return round(left + x, 1), round(above + SIDE - y, 1)

        shapes: list[Shape] = [
            Words(left, top + LINE / 2, panel.title, colour=INK),
            Cells(left, above, CELL, rows, TONES),
            Line((place(self.true[0]), place(self.true[1])), FAINT, 1, (4, 3)),
        ]
        shapes += [
            Line(tuple(place(self._at(each)) for each in path), BOUNDARY, 2)
            for path in boundary(panel.probabilities, 0.5)
        ]
        for mark in panel.marks:
            x, y = place((mark.x, mark.y))
            if left + 3 <= x <= left + SIDE - 3 and above + 3 <= y <= above + SIDE - 3:
                shapes.append(Dot(x, y, INK, mark.words, hollow=not mark.second, radius=2.4))
        for start, end in panel.arrows:
            shapes += arrow(place(start), place(end))
        below = above + SIDE + LINE / 2 + 3
        shapes += [Words(left, below + LINE * number, line) for number, line in enumerate(panel.told)]
        return shapes

    def _at(self, cell: Place) -> Place:
        """Where on the plane a place in the grid is; (0, 0) is the middle of the first cell."""
        count = SIDE // CELL
        x, y = ((each + 0.5) / count * 2 * self.reach - self.reach for each in cell)
        return x, y

    def _legend(self, top: float) -> list[Shape]:
        first, second = self.legend
        line, next_line = top + LEGEND / 2, top + LEGEND * 1.5
        x = MARGIN
        shapes: list[Shape] = []
        for hollow, words in ((True, first), (False, second)):
            shapes += [Dot(x + 4, line, INK, words, hollow, 2.4), Words(x + 14, line, words)]
            x += 30 + 7 * len(words)
        shapes += [*arrow((x, line), (x + 26, line)), Words(x + 34, line, self.arrow)]
        x = MARGIN
        shapes += [Line(((x, next_line), (x + 26, next_line)), BOUNDARY, 2)]
        shapes.append(Words(x + 34, next_line, "boundary"))
        shapes.append(Line(((x + 116, next_line), (x + 142, next_line)), FAINT, 1, (4, 3)))
        shapes.append(Words(x + 150, next_line, "true boundary"))
        start = x + 260
        for number in range(len(TONES)):
            rows = ((number,) * 13,) * 7
            shapes.append(Cells(start + 26 * number, next_line - 7, CELL, rows, TONES))
        ends = ", ".join(f"{100 * level:.0f}" for level in LEVELS)
        words = f"probability of the {second}, cut at {ends} %"
        shapes.append(Words(start + 26 * len(TONES) + 8, next_line, words))
        return shapes


def places(reach: float) -> npt.NDArray[np.float64]:
    """The middles of a panel's cells, (rows, columns, 2); the first row is at the bottom."""
    count = SIDE // CELL
    steps = (np.arange(count) + 0.5) / count * 2 * reach - reach
    return np.stack(np.meshgrid(steps, steps), axis=-1)


def arrow(start: Place, end: Place) -> list[Line]:
    """A line with a head; one that is too short for a head has none."""
    (x0, y0), (x1, y1) = start, end
    long = hypot(x1 - x0, y1 - y0)
    shaft = Line((start, end), ARROW, 1.4)
    if long < 6:
        return [shaft]
    x, y = (x1 - x0) / long, (y1 - y0) / long
    sides = [(round(x1 - 6 * x + w * y, 1), round(y1 - 6 * y - w * x, 1)) for w in (3, -3)]
    return [shaft, Line((sides[0], end, sides[1]), ARROW, 1.4)]


def boundary(values: npt.NDArray[np.float64], level: float) -> list[list[Place]]:
    """Where a grid of values is at a level: paths through (column, row), linear between neighbours.

    Every square of four neighbours is cut by at most two lines (marching squares); lines that meet become one path.
    """
    above = values >= level
    mixed = above[:-1, :-1].astype(int) + above[:-1, 1:] + above[1:, :-1] + above[1:, 1:]
    neighbours: dict[Place, list[Place]] = {}
    for row, column in np.argwhere((mixed > 0) & (mixed < 4)).tolist():
        for one, other in _cuts(values, row, column, level):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    paths = []
    ends = sorted(neighbours, key=lambda at: (len(neighbours[at]), at))
    for start in ends:  # open paths first, then rings
        while neighbours[start]:
            paths.append(_walk(neighbours, start))
    return paths


def _cuts(
    values: npt.NDArray[np.float64], row: int, column: int, level: float
) -> Sequence[tuple[Place, Place]]:
    """The lines within the square above and to the right of a place."""
    corners = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
    found: list[Place] = []
    for side in zip(corners, (*corners[1:], corners[0]), strict=True):
        (x0, y0), (x1, y1) = sorted(
            side
        )  # so that two squares give their common side's place the same numbers
        before, after = float(values[y0, x0]), float(values[y1, x1])
        if (before >= level) != (after >= level):
            share = (level - before) / (after - before)
            found.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    return list(zip(found[::2], found[1::2], strict=True))


def _walk(neighbours: dict[Place, list[Place]], start: Place) -> list[Place]:
    """A path as far as it goes; what it walked is taken away."""
    path = [start]
    while neighbours[path[-1]]:
        here = path[-1]
        following = neighbours[here].pop()
        neighbours[following].remove(here)
        path.append(following)
    return path
