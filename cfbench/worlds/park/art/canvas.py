"""A small vector canvas in numpy: filled curves, strokes and outlines with exact edges.

Guarantees: only additions, products and square roots in float64, so the same drawing comes out
within one grey level on every machine, whatever Pillow's rasteriser does in its next version.
Later paint covers earlier paint. Coordinates are pixels, x to the right and y downwards.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil, cos, hypot, pi, sin
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageColor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

Point = tuple[float, float]
Colour = str
Paint = Colour | tuple[Colour, Colour]
"""One colour, or the colours of the top and the bottom of a vertical gradient."""

Cover = tuple[tuple[int, int], "NDArray[np.float64]"]
"""Top and left of a window, and the covered share of each of its pixels."""

INK = "#2b2430"
WHITE = "#ffffff"
_SUBROWS = 4


def smooth(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through ``points``, as a polygon or a polyline."""
    count = len(points)
    spans = count if closed else count - 1
    curve: list[Point] = []
    for i in range(spans):
        if closed:
            p0, p1, p2, p3 = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            p0, p1, p2, p3 = (points[min(max(i + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        steps = min(12, max(3, ceil(hypot(p2[0] - p1[0], p2[1] - p1[1]) / 5)))
        for step in range(steps):
            t = step / steps
            curve.append((_spline(p0[0], p1[0], p2[0], p3[0], t), _spline(p0[1], p1[1], p2[1], p3[1], t)))
    if not closed:
        curve.append(points[-1])
    return curve


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def ellipse(cx: float, cy: float, rx: float, ry: float, turn: float = 0.0) -> list[Point]:
    """An ellipse as a polygon, turned clockwise by ``turn`` degrees."""
    count = min(64, max(12, ceil((rx + ry) * 0.8)))
    ring = [(cx + rx * cos(2 * pi * i / count), cy + ry * sin(2 * pi * i / count)) for i in range(count)]
    return rotate(ring, turn, (cx, cy)) if turn else ring


def arc(cx: float, cy: float, rx: float, ry: float, sweep: tuple[float, float]) -> list[Point]:
    """An open piece of an ellipse between two angles, degrees clockwise from the right."""
    start, end = sweep
    count = max(4, ceil((rx + ry) * abs(end - start) / 450))
    angles = [(start + (end - start) * i / count) * pi / 180 for i in range(count + 1)]
    return [(cx + rx * cos(a), cy + ry * sin(a)) for a in angles]


def star(cx: float, cy: float, radius: float, tips: int = 5, waist: float = 0.45) -> list[Point]:
    """A star with one tip straight up; ``waist`` is the inner radius as a share of the outer."""
    radii = (radius, radius * waist)
    angles = [pi * i / tips - pi / 2 for i in range(2 * tips)]
    return [(cx + radii[i % 2] * cos(a), cy + radii[i % 2] * sin(a)) for i, a in enumerate(angles)]


def rotate(points: Iterable[Point], degrees: float, about: Point) -> list[Point]:
    """``points`` turned clockwise about a point."""
    c, s = cos(degrees * pi / 180), sin(degrees * pi / 180)
    return [
        (
            about[0] + (x - about[0]) * c - (y - about[1]) * s,
            about[1] + (x - about[0]) * s + (y - about[1]) * c,
        )
        for x, y in points
    ]


def hull(circles: Sequence[tuple[float, float, float]]) -> list[Point]:
    """The tight skin around circles ``(x, y, radius)``: a convex polygon."""
    points = sorted({p for x, y, r in circles for p in ellipse(x, y, r, r)})
    return _half_hull(points)[:-1] + _half_hull(points[::-1])[:-1]


def _half_hull(points: Sequence[Point]) -> list[Point]:
    chain: list[Point] = []
    for p in points:
        while len(chain) > 1 and _cross(chain[-2], chain[-1], p) <= 0:
            chain.pop()
        chain.append(p)
    return chain


def _cross(o: Point, a: Point, b: Point) -> float:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


class Sketch:
    """A transparent sheet that shapes are painted on."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._sheet = np.zeros((height, width, 4))

    def shape(
        self,
        points: Sequence[Point],
        fill: Paint,
        *,
        ink: Colour | None = INK,
        width: float = 2.2,
        inside: Sequence[Point] | None = None,
    ) -> None:
        """Fill a polygon and draw its edge; ``inside`` cuts both off at another polygon."""
        self.shapes([points], fill, ink=ink, width=width, inside=inside)

    def shapes(
        self,
        polygons: Sequence[Sequence[Point]],
        fill: Paint,
        *,
        ink: Colour | None = INK,
        width: float = 2.2,
        inside: Sequence[Point] | None = None,
    ) -> None:
        """Fill the union of polygons; an edge of ``width`` runs around the outside of the union."""
        limit = None if inside is None else self._filled([inside])
        if ink is not None:
            self._paint(self._stroked([[*points, points[0]] for points in polygons], 2 * width), ink, limit)
        self._paint(self._filled(polygons), fill, limit)

    def ellipse(
        self, cx: float, cy: float, rx: float, ry: float, fill: Paint, *, turn: float = 0.0,
        ink: Colour | None = INK, width: float = 2.2, inside: Sequence[Point] | None = None,
    ) -> None:  # fmt: skip
        """Fill an ellipse and draw its edge."""
        self.shape(ellipse(cx, cy, rx, ry, turn), fill, ink=ink, width=width, inside=inside)

    def stroke(
        self,
        points: Sequence[Point],
        width: float,
        colour: Paint,
        *,
        edge: float = 0.0,
        inside: Sequence[Point] | None = None,
    ) -> None:
        """Draw a line with round ends, over an ink line that is ``edge`` wider on each side."""
        limit = None if inside is None else self._filled([inside])
        if edge:
            self._paint(self._stroked([points], width + 2 * edge), INK, limit)
        self._paint(self._stroked([points], width), colour, limit)

    def lay(self, other: Sketch, x: int = 0, y: int = 0) -> None:
        """Paint another sheet onto this one, its upper left corner at a pixel; the rest is cut off."""
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + other.width, self.width), min(y + other.height, self.height)
        piece = other._sheet[y0 - y : y1 - y, x0 - x : x1 - x]
        region = self._sheet[y0:y1, x0:x1]
        region *= 1 - piece[..., 3:]
        region += piece

    def image(self) -> Image.Image:
        """The sheet as an RGBA image."""
        alpha = self._sheet[..., 3:]
        colour = self._sheet[..., :3] / np.maximum(alpha, 1e-6)
        pixels = np.concatenate([colour, alpha * 255], axis=2)
        return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8), "RGBA")

    def _paint(self, cover: Cover, paint: Paint, limit: Cover | None) -> None:
        (top, left), mask = cover
        if limit is not None:
            full = np.zeros((self.height, self.width))
            (y, x), allowed = limit
            full[y : y + allowed.shape[0], x : x + allowed.shape[1]] = allowed
            mask = mask * full[top : top + mask.shape[0], left : left + mask.shape[1]]
        region = self._sheet[top : top + mask.shape[0], left : left + mask.shape[1]]
        region *= 1 - mask[..., None]
        region[..., :3] += mask[..., None] * _colours(paint, mask.shape[0])
        region[..., 3] += mask

    def _window(self, points: Iterable[Point], margin: float) -> tuple[int, int, int, int]:
        """Top, left, bottom and right of what ``points`` can touch; empty when off the sheet."""
        xs, ys = zip(*points, strict=True)
        top, bottom = (min(max(0, v), self.height) for v in (int(min(ys) - margin), ceil(max(ys) + margin)))
        left, right = (min(max(0, v), self.width) for v in (int(min(xs) - margin), ceil(max(xs) + margin)))
        return top, left, bottom, right

    def _filled(self, polygons: Sequence[Sequence[Point]]) -> Cover:
        """Covered share of every pixel: exact along x, four lines a pixel along y, even-odd rule."""
        top, left, bottom, right = self._window([p for points in polygons for p in points], 0)
        cover = np.zeros((bottom - top, right - left))
        if cover.size:
            lines = top + (np.arange((bottom - top) * _SUBROWS) + 0.5) / _SUBROWS
            for points in polygons:
                np.maximum(cover, _scan(np.array(points), lines, left, right - left), out=cover)
        return (top, left), cover

    def _stroked(self, lines: Sequence[Sequence[Point]], width: float) -> Cover:
        """Share of every pixel that lies within half a ``width`` of a line."""
        reach = width / 2 + 1
        top, left, bottom, right = self._window([p for points in lines for p in points], reach)
        cover = np.zeros((bottom - top, right - left))
        for points in lines:
            for a, b in pairwise(points):
                window = y0, x0, y1, x1 = self._window((a, b), reach)
                if y1 > y0 and x1 > x0:
                    near = np.clip(width / 2 + 0.5 - _distance(a, b, window), 0, 1)
                    part = cover[y0 - top : y1 - top, x0 - left : x1 - left]
                    np.maximum(part, near, out=part)
        return (top, left), cover


def _distance(a: Point, b: Point, window: tuple[int, int, int, int]) -> NDArray[np.float64]:
    """From the centre of every pixel of a window to the segment ``a``-``b``."""
    top, left, bottom, right = window
    px = np.arange(left, right) + 0.5 - a[0]
    py = (np.arange(top, bottom) + 0.5 - a[1])[:, None]
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = np.clip((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    distance: NDArray[np.float64] = np.sqrt((px - along * dx) ** 2 + (py - along * dy) ** 2)
    return distance


def _scan(
    polygon: NDArray[np.float64], lines: NDArray[np.float64], left: int, width: int
) -> NDArray[np.float64]:
    """Coverage of a window from where ``lines`` cross the polygon's edges."""
    x0, y0 = polygon.T
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    at = lines[:, None]
    crossed = (y0 <= at) != (y1 <= at)
    slope = (x1 - x0) / np.where(y1 == y0, 1.0, y1 - y0)
    cuts = np.where(crossed, x0 + (at - y0) * slope, np.inf)
    cuts.sort(axis=1)
    cuts = np.clip(cuts[:, : crossed.sum(axis=1).max()] - left, 0, width)
    cell = np.minimum(cuts.astype(np.int64), width - 1)
    rest = cuts - cell
    sign = np.where(np.arange(cuts.shape[1]) % 2 == 0, 1.0, -1.0) / _SUBROWS
    rows = lines.size // _SUBROWS
    start = np.repeat(np.arange(rows), _SUBROWS)[:, None] * (width + 1)
    places = np.concatenate([(start + cell).ravel(), (start + cell + 1).ravel()])
    steps = np.concatenate([(sign * (1 - rest)).ravel(), (sign * rest).ravel()])
    edges = np.bincount(places, steps, rows * (width + 1)).reshape(rows, width + 1)
    cover: NDArray[np.float64] = np.clip(edges.cumsum(axis=1)[:, :width], 0, 1)
    return cover


def _colours(paint: Paint, rows: int) -> NDArray[np.float64]:
    if isinstance(paint, str):
        return np.array(ImageColor.getrgb(paint)[:3], dtype=np.float64)
    first, last = (np.array(ImageColor.getrgb(colour)[:3], dtype=np.float64) for colour in paint)
    share = np.linspace(0, 1, rows)[:, None, None]
    return first + (last - first) * share
