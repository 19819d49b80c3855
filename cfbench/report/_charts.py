"""How a number goes over the turns, as points of a small SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.report._numbers import Figure, arrow, decimals_for, fixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfbench.results.schema import Score

WIDTH, HEIGHT = 260, 140
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 8, 24
TURN = "turn-"


@dataclass(frozen=True)
class Chart:
    """A chart in units of its view box. ``words`` say what it shows to who cannot see it."""

    title: str
    words: str
    line: str
    band: str
    dots: tuple[tuple[float, float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    turns: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


def charts_by_turn(scores: Sequence[Score]) -> list[Chart]:
    """A chart for each number that has a value at two turns or more."""
    series: dict[str, list[tuple[int, Score]]] = {}
    for score in scores:
        turn = score.slice.removeprefix(TURN)
        if score.slice.startswith(TURN) and turn.isdecimal() and score.value is not None:
            series.setdefault(f"{score.metric}/{score.name}", []).append((int(turn), score))
    return [_chart(name, sorted(points, key=_turn)) for name, points in series.items() if len(points) > 1]


def _turn(point: tuple[int, Score]) -> int:
    return point[0]


def _chart(name: str, points: Sequence[tuple[int, Score]]) -> Chart:
    figures = [Figure.of(score) for _, score in points]
    ends = [v for f in figures for v in (f.value, f.low, f.high) if v is not None]
    low, high = min(ends), max(ends)
    spread = (high - low) or abs(high) or 1.0
    low, high = low - 0.05 * spread, high + 0.05 * spread
    first, last = points[0][0], points[-1][0]

    def x(turn: int) -> float:
        return round(LEFT + (turn - first) / (last - first) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    turns = [turn for turn, _ in points]
    decimals = decimals_for(figures)
    values = [figure.value or 0.0 for figure in figures]
    texts = [
        f"turn {turn}: {f.text(decimals)}, n {s.n:,}" for (turn, s), f in zip(points, figures, strict=True)
    ]
    banded = [(t, f.low, f.high) for t, f in zip(turns, figures, strict=True) if f.low is not None]
    outline = [(x(t), y(h)) for t, _, h in banded if h is not None]
    outline += [(x(t), y(lo)) for t, lo, _ in reversed(banded) if lo is not None]
    step = max(1, len(turns) // 8)
    return Chart(
        title=f"{name} {arrow(points[0][1].higher_is_better)}",
        words=f"{name} by turn. " + "; ".join(texts),
        line=_path((x(t), y(v)) for t, v in zip(turns, values, strict=True)),
        band=_path(outline),
        dots=tuple((x(t), y(v), text) for t, v, text in zip(turns, values, texts, strict=True)),
        ticks=tuple((y(v), _short(v)) for v in (low + 0.05 * spread, (low + high) / 2, high - 0.05 * spread)),
        turns=tuple((x(t), str(t)) for t in turns[::step]),
    )


def _short(value: float) -> str:
    return fixed(value, 1 if abs(value) >= 10 else 3)


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
