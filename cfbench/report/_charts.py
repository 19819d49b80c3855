"""Numbers over the turns or the shares of the training data, as lines of a small SVG: a line a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.report._markers import colour_class, dash, outline
from cfbench.report._numbers import ABSENT, Figure, arrow, decimals_for, fixed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction

    from cfbench.report._shares import Trained
    from cfbench.results.schema import Score

WIDTH, HEIGHT = 300, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 20, 38
TURN = "turn-"


@dataclass(frozen=True)
class Line:
    """The scores of one model along an axis."""

    label: str
    style: int
    points: tuple[tuple[float, Score], ...]


@dataclass(frozen=True)
class Mark:
    """A point as drawn; ``shape`` is a path, and empty for a circle."""

    x: float
    y: float
    shape: str
    text: str


@dataclass(frozen=True)
class Drawn:
    """A line as drawn."""

    label: str
    colour: str
    dash: str
    line: str
    band: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class _Frame:
    """Where values stand in the plot."""

    across: str
    decimals: int
    first: float
    last: float
    low: float
    high: float

    def x(self, at: float) -> float:
        return round(LEFT + (at - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(TOP + (self.high - value) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM), 1)


@dataclass(frozen=True)
class Alternative:
    """What a plot shows, as a table."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A plot in units of its view box. ``words`` say what it shows to who cannot see it."""

    title: str
    words: str
    across: str
    up: str
    lines: tuple[Drawn, ...]
    ticks: tuple[tuple[float, str], ...]
    places: tuple[tuple[float, str], ...]
    table: Alternative
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT


def charts_by_turn(models: Sequence[tuple[str, int, Sequence[Score]]]) -> list[Chart]:
    """A chart for each number that has a value at two turns or more; a model is its label, style and scores."""
    return _charts(models, "turn", _turn)


def charts_by_share(models: Sequence[tuple[Trained, int, Sequence[Score]]]) -> list[Chart]:
    """A chart for each number of models that were trained on several shares of the data.

    A model of which two have the same share has no line: which of them belongs to which is not known.
    """
    found: dict[str, list[tuple[Fraction, int, Sequence[Score]]]] = {}
    for of, style, scores in models:
        found.setdefault(of.model, []).append((of.share, style, scores))
    series: dict[str, list[Line]] = {}
    for base, arms in found.items():
        if not 1 < len(arms) == len({share for share, _, _ in arms}):
            continue
        by_number: dict[str, dict[float, Score]] = {}
        for share, _, scores in arms:
            for score in scores:
                if score.slice == "all" and score.value is not None and not score.detail:
                    by_number.setdefault(_name(score), {})[float(share)] = score
        for name, points in by_number.items():
            if len(points) > 1:
                series.setdefault(name, []).append(Line(base, arms[0][1], tuple(sorted(points.items()))))
    return [_chart(name, "% of the training data", lines) for name, lines in series.items()]


def _charts(
    models: Sequence[tuple[str, int, Sequence[Score]]], across: str, place: Callable[[Score], float | None]
) -> list[Chart]:
    series: dict[str, list[Line]] = {}
    for label, style, scores in models:
        points: dict[str, list[tuple[float, Score]]] = {}
        for score in scores:
            at = place(score)
            if at is not None and score.value is not None:
                points.setdefault(_name(score), []).append((at, score))
        for name, found in points.items():
            if len(found) > 1:
                ordered = tuple(sorted(found, key=lambda point: point[0]))
                series.setdefault(name, []).append(Line(label, style, ordered))
    return [_chart(name, across, lines) for name, lines in series.items()]


def _name(score: Score) -> str:
    return f"{score.metric}/{score.name}"


def _turn(score: Score) -> int | None:
    turn = score.slice.removeprefix(TURN)
    return int(turn) if score.slice.startswith(TURN) and turn.isdecimal() else None


def _chart(name: str, across: str, lines: Sequence[Line]) -> Chart:
    figures = [Figure.of(score) for line in lines for _, score in line.points]
    low, high, ticks = scale(figures)
    places = sorted({at for line in lines for at, _ in line.points})
    decimals = decimals_for(figures)
    frame = _Frame(across, decimals, places[0], places[-1], low, high)
    step = max(1, -(-len(places) // 8))
    return Chart(
        title=f"{name} {arrow(lines[0].points[0][1].higher_is_better)}",
        words=_words(name, across, lines, decimals),
        across=across,
        up=name.partition("/")[2],
        lines=tuple(_drawn(line, len(lines), frame) for line in lines),
        ticks=tuple((frame.y(value), text) for value, text in ticks),
        places=tuple((frame.x(at), f"{at:.3g}") for at in places[::step]),
        table=_table(across, lines, places, decimals),
    )


def scale(figures: Sequence[Figure]) -> tuple[float, float, list[tuple[float, str]]]:
    """The ends of an axis that holds values and intervals, and three ticks on it."""
    ends = [v for f in figures for v in (f.value, f.low, f.high) if v is not None]
    low, high = min(ends), max(ends)
    spread = (high - low) or abs(high) or 1.0
    at = (low, (low + high) / 2, high) if high > low else (low,)
    ticks = [(value, short(0.0 if abs(value) < 1e-9 * spread else value)) for value in at]
    return low - 0.05 * spread, high + 0.05 * spread, ticks


def short(value: float) -> str:
    """A number on an axis."""
    return fixed(value, 1 if abs(value) >= 10 else 3)


def _drawn(line: Line, of: int, frame: _Frame) -> Drawn:
    x, y = frame.x, frame.y
    figures = [(at, score, Figure.of(score)) for at, score in line.points]
    banded = [(at, f.low, f.high) for at, _, f in figures if f.low is not None and f.high is not None]
    outside = [(x(at), y(high)) for at, _, high in banded] + [(x(at), y(low)) for at, low, _ in banded[::-1]]
    before = f"{line.label}, " if of > 1 else ""
    marks = []
    for at, score, figure in figures:
        here = x(at), y(figure.value or 0.0)
        text = f"{before}{_place(frame.across, at)}: {figure.text(frame.decimals)}, n {score.n:,}"
        marks.append(Mark(*here, outline(line.style, *here), text))
    return Drawn(
        label=line.label,
        colour=colour_class(line.style),
        dash=dash(line.style),
        line=_path((mark.x, mark.y) for mark in marks),
        band=_path(outside),
        marks=tuple(marks),
    )


def _place(across: str, at: float) -> str:
    return f"turn {at:.3g}" if across == "turn" else f"{at:.3g} {across}"


def _words(name: str, across: str, lines: Sequence[Line], decimals: int) -> str:
    said = []
    for line in lines:
        points = "; ".join(
            f"{_place(across, at)}: {Figure.of(score).text(decimals)}, n {score.n:,}"
            for at, score in line.points
        )
        said.append(f"{line.label}: {points}" if len(lines) > 1 else points)
    return f"{name} by {across}. " + ". ".join(said)


def _table(across: str, lines: Sequence[Line], places: Sequence[float], decimals: int) -> Alternative:
    by_place = [dict(line.points) for line in lines]
    rows = [
        (
            f"{at:.3g}",
            *(Figure.of(points[at]).text(decimals) if at in points else ABSENT for points in by_place),
        )
        for at in places
    ]
    return Alternative((across, *(line.label for line in lines)), tuple(rows))


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
