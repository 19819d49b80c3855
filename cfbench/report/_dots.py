"""Numbers with their intervals side by side, as rows of a small SVG: slices of each model, or differences of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.report._charts import TURN, Alternative, Mark, scale
from cfbench.report._markers import colour_class, outline
from cfbench.report._numbers import ABSENT, Figure, arrow, decimals_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.results.schema import Score

WIDTH, SIDE, TOP, BOTTOM = 320, 14, 6, 38
LABEL, STEP = 14, 9  # heights of a row's words and of each dot below them
MOST_ROWS = 24


@dataclass(frozen=True)
class Dot:
    """A number of a row. ``told`` is false for a difference that may be chance: its dot is hollow."""

    figure: Figure
    style: int
    text: str
    told: bool = True


@dataclass(frozen=True)
class DotRow:
    """A row: what it is called, and its dots."""

    label: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class DrawnDot:
    """A dot as drawn, with the ends of its interval where it has one."""

    mark: Mark
    low: float | None
    high: float | None
    colour: str
    told: bool


@dataclass(frozen=True)
class DotChart:
    """Rows of dots in units of a view box."""

    title: str
    words: str
    across: str
    rows: tuple[tuple[float, str, tuple[DrawnDot, ...]], ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float | None
    table: Alternative
    hidden: int
    height: int
    width: int = WIDTH
    side: int = SIDE


def dot_chart(
    title: str, across: str, rows: Sequence[DotRow], table: Alternative, *, zero: bool = False
) -> DotChart:
    """The chart. ``across`` is the label of the axis; with ``zero``, a line stands at 0."""
    shown = rows[:MOST_ROWS]
    figures = [dot.figure for row in shown for dot in row.dots]
    low, high, ticks = scale([*figures, Figure(0.0, None, None)] if zero else figures)

    def x(value: float) -> float:
        return round(SIDE + (value - low) / (high - low) * (WIDTH - 2 * SIDE), 1)

    drawn, y = [], float(TOP)
    for row in shown:
        y += LABEL
        at, dots = y, []
        for dot in row.dots:
            y += STEP
            place = x(dot.figure.value or 0.0), y - 3
            ends = [None if end is None else x(end) for end in (dot.figure.low, dot.figure.high)]
            mark = Mark(*place, outline(dot.style, *place), dot.text)
            dots.append(DrawnDot(mark, ends[0], ends[1], colour_class(dot.style), dot.told))
        drawn.append((at - 2, row.label, tuple(dots)))
        y += 3
    words = ". ".join(f"{row.label}: {'; '.join(dot.text for dot in row.dots)}" for row in shown)
    return DotChart(
        title=title,
        words=f"{title}. {words}",
        across=across,
        rows=tuple(drawn),
        ticks=tuple((x(value), text) for value, text in ticks),
        zero=x(0.0) if zero else None,
        table=table,
        hidden=len(rows) - len(shown),
        height=round(y) + BOTTOM,
    )


def charts_by_slice(models: Sequence[tuple[str, int, Sequence[Score]]]) -> list[DotChart]:
    """A chart for each main number that has two slices or more beside turns; a model is its label, style and scores."""
    numbers: dict[str, dict[str, dict[str, tuple[int, Score]]]] = {}
    for label, style, scores in models:
        for score in scores:
            elsewhere = score.slice != "all" and not score.slice.startswith(TURN)
            if elsewhere and not score.detail and score.value is not None:
                slices = numbers.setdefault(f"{score.metric}/{score.name}", {})
                slices.setdefault(score.slice, {})[label] = style, score
    return [
        _by_slice(name, dict(sorted(slices.items())), [label for label, _, _ in models])
        for name, slices in numbers.items()
        if len(slices) > 1
    ]


def _by_slice(name: str, slices: dict[str, dict[str, tuple[int, Score]]], labels: Sequence[str]) -> DotChart:
    figures = [Figure.of(score) for found in slices.values() for _, score in found.values()]
    decimals = decimals_for(figures)
    several = len({label for found in slices.values() for label in found}) > 1
    rows = []
    for slice_name, found in slices.items():
        dots = [
            Dot(
                Figure.of(score),
                style,
                (f"{label}: " if several else "") + f"{Figure.of(score).text(decimals)}, n {score.n:,}",
            )
            for label, (style, score) in found.items()
        ]
        rows.append(DotRow(slice_name, tuple(dots)))
    named = [label for label in labels if any(label in found for found in slices.values())]
    table = Alternative(
        ("slice", *named),
        tuple(
            (
                slice_name,
                *(Figure.of(found[label][1]).text(decimals) if label in found else ABSENT for label in named),
            )
            for slice_name, found in slices.items()
        ),
    )
    first = next(iter(next(iter(slices.values())).values()))[1]
    return dot_chart(f"{name} {arrow(first.higher_is_better)}", name.partition("/")[2], rows, table)
