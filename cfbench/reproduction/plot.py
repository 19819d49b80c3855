"""Curves and points with intervals over one axis, as SVG and as PNG.

Lines are told apart by colour and by dash; what was published is hollow, what was measured is filled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.report._numbers import fixed
from cfbench.reproduction.outcome import Figure
from cfbench.reproduction.shapes import FAINT, GRID, INK, Dot, Line, Shape, Words, as_png, as_svg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 600, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 44, 46
LEGEND = 18  # a line of it
COLOURS = ("#0060a8", "#d1570b", "#2a8a57", "#8a4fb0", "#7d6608", "#333b45")
DASHES: tuple[tuple[int, ...], ...] = ((), (7, 4), (2, 3), (9, 3, 2, 3), (4, 2), (12, 4))


@dataclass(frozen=True)
class Point:
    """A point, with the ends of its interval where it has one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """A line. ``style`` is the number of its colour and dash; a published line may share it with a measured one."""

    label: str
    points: tuple[Point, ...]
    style: int = 0
    published: bool = False
    dotted: bool = True
    """Whether its points are marked."""


@dataclass(frozen=True)
class Plot:
    """Lines over one axis. ``marks`` are values of x, each with a word."""

    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    marks: tuple[tuple[float, str], ...] = ()

    def figure(self, stem: str) -> Figure:
        """The plot in both forms; ``stem`` is the name of its files."""
        shapes, height = self._shapes()
        return Figure(
            stem, as_svg(shapes, WIDTH, height, self.title, self.words()), as_png(shapes, WIDTH, height)
        )

    def words(self) -> str:
        """The plot for who cannot see it."""
        lines = []
        for line in self.series:
            points = "; ".join(f"{_short(p.x)}: {_short(p.y)}" for p in line.points)
            lines.append(f"{_label(line)}: {points}")
        return f"{self.y} over {self.x}. " + ". ".join(lines)

    def _shapes(self) -> tuple[list[Shape], int]:
        points = [point for line in self.series for point in line.points]
        ends = [v for p in points for v in (p.y, p.low, p.high) if v is not None]
        x_ticks = _ticks([*(p.x for p in points), *(x for x, _ in self.marks)])
        y_ticks = _ticks(ends)
        x, y = _scale(x_ticks, LEFT, WIDTH - RIGHT), _scale(y_ticks, HEIGHT - BOTTOM, TOP)
        shapes: list[Shape] = [Words(LEFT, 14, self.title, colour=INK), Words(LEFT, 32, self.y)]
        for value in y_ticks:
            shapes += [
                Line(((LEFT, y(value)), (WIDTH - RIGHT, y(value))), GRID),
                Words(LEFT - 8, y(value), _short(value), "end"),
            ]
        for value in x_ticks:
            shapes += [
                Line(((x(value), HEIGHT - BOTTOM), (x(value), HEIGHT - BOTTOM + 4)), FAINT),
                Words(x(value), HEIGHT - BOTTOM + 14, _short(value), "middle"),
            ]
        shapes += [
            Line(((LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM)), FAINT),
            Words((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, self.x, "middle"),
        ]
        for value, word in self.marks:
            shapes += [
                Line(((x(value), TOP), (x(value), HEIGHT - BOTTOM)), FAINT, dash=(3, 3)),
                Words(x(value) - 6, TOP + 8, word, "end"),
            ]
        for line in self.series:
            shapes += _drawn(line, x, y)
        for number, line in enumerate(self.series):
            shapes += _legend(line, HEIGHT + 10 + LEGEND * number)
        return shapes, HEIGHT + LEGEND * len(self.series) + 12


def _drawn(line: Series, x: Callable[[float], float], y: Callable[[float], float]) -> list[Shape]:
    colour, dash = COLOURS[line.style % len(COLOURS)], DASHES[line.style % len(DASHES)]
    shapes: list[Shape] = [
        Line(((x(p.x), y(p.low)), (x(p.x), y(p.high))), colour, 1.5)
        for p in line.points
        if p.low is not None and p.high is not None
    ]
    if len(line.points) > 1:
        places = tuple((x(p.x), y(p.y)) for p in line.points)
        shapes.append(Line(places, colour, 1.2 if line.published else 2, dash))
    if line.dotted:
        shapes += [
            Dot(x(p.x), y(p.y), colour, f"{_label(line)}, {_short(p.x)}: {_short(p.y)}", line.published)
            for p in line.points
        ]
    return shapes


def _legend(line: Series, y: float) -> list[Shape]:
    colour, dash = COLOURS[line.style % len(COLOURS)], DASHES[line.style % len(DASHES)]
    shapes: list[Shape] = [Line(((LEFT, y), (LEFT + 36, y)), colour, 1.2 if line.published else 2, dash)]
    if line.dotted:
        shapes.append(Dot(LEFT + 18, y, colour, _label(line), line.published))
    return [*shapes, Words(LEFT + 46, y, _label(line), colour=INK)]


def _label(line: Series) -> str:
    return f"{line.label}, published" if line.published else line.label


def _scale(ticks: Sequence[float], first: float, last: float) -> Callable[[float], float]:
    low, high = ticks[0], ticks[-1]

    def place(value: float) -> float:
        return round(first + (value - low) / (high - low) * (last - first), 1)

    return place


def _ticks(values: Sequence[float], count: int = 5) -> list[float]:
    """Round values, evenly spaced, that reach from below the least to above the largest."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    spread = (high - low) or abs(high) or 1.0
    rough = spread / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _short(value: float) -> str:
    text = fixed(value, 4 if abs(value) < 10 else 1)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
