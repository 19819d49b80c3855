"""Signs that tell the lines of a plot apart: each has a colour, a shape and a dash, so that none needs the others."""

from __future__ import annotations

STYLES = 8  # colours and shapes; further lines use them again with another dash
DASHES = ("none", "6 3", "2 3", "9 3 2 3")
CIRCLE = 0
RADIUS = 3.5
_PLUS = (
    *((-1.2, -0.4), (-0.4, -0.4), (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4)),
    *((1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4)),
)
_SHAPES: tuple[tuple[tuple[float, float], ...], ...] = (
    (),
    ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),  # square
    ((0, -1.2), (1.1, 0.9), (-1.1, 0.9)),  # triangle
    ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),  # diamond
    ((0, 1.2), (1.1, -0.9), (-1.1, -0.9)),  # triangle that points down
    _PLUS,
    ((-1.2, 0), (1, -1.1), (1, 1.1)),  # triangle that points left
    ((-1.3, -0.5), (1.3, -0.5), (1.3, 0.5), (-1.3, 0.5)),  # bar
)


def colour_class(style: int) -> str:
    """The class of the style sheet that holds the colour."""
    return f"s{style % STYLES}"


def dash(style: int) -> str:
    """As SVG's ``stroke-dasharray`` takes it."""
    return DASHES[style // STYLES % len(DASHES)]


def outline(style: int, x: float, y: float) -> str:
    """The path of a shape round a place; nothing for the circle."""
    points = [f"{x + RADIUS * dx:g},{y + RADIUS * dy:g}" for dx, dy in _SHAPES[style % STYLES]]
    return f"M{' L'.join(points)}Z" if points else ""
