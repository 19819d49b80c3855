"""The panel that shows a scene graph: a column for each object from left to right, a row for each level."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cfbench.report.filmstrip import EDGE, FAINT, INK, PAPER, wrap
from cfbench.scenes import CENTRE, SAME, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image as Pictures
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from cfbench.scenes import Axis, Relation, SceneGraph, SceneObject

    Font = FreeTypeFont | ImageFont
    Point = tuple[float, float]
    Box = tuple[float, float, float, float]

FIRST, SECOND = "#1a5fb4", "#b5430a"  # of x, and of the other axis
COLUMN, ROW, CENTRE_GAP, EDGE_TEXTS, TOP, FOOT = 122, 84, 44, 64, 22, 26
NODE, NAME_LINE = 13, 14
BOW = 15  # how far an arrow along x bends away from the straight line, pixels
HEAD = 10  # of an arrow
SHARP = 3  # lines are drawn so many times larger, then shrunk
STEPS = 120
ENDS: dict[Axis, tuple[str, str]] = {
    "x": ("left", "right"),
    "y": ("above", "below"),
    "depth": ("behind", "in front"),
}
"""What stands at the left and the right, or at the top and the bottom of the panel."""


@dataclass
class Panel:
    """Where everything stands. ``guides`` are where the image's centre is on either axis."""

    graph: SceneGraph
    numbers: Mapping[str, int]
    font: Font
    small: Font
    least_height: int
    nodes: dict[str, Point] = field(default_factory=dict)
    guides: tuple[float | None, float | None] = (None, None)
    width: int = 0
    height: int = 0
    taken: list[Box] = field(default_factory=list)
    names: dict[str, list[tuple[Point, str, Box]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay the nodes out."""
        first, second = self.graph.axes
        columns = [[one] for level in self.graph.levels(first) for one in level]
        rows = self.graph.levels(second)
        if second == "depth":
            rows = rows[::-1]
        step = max((self.least_height - CENTRE_GAP - TOP - FOOT) // max(len(rows), 1), ROW)
        across, vertical, right = _spread(columns, self._sides(columns, first), COLUMN, EDGE_TEXTS)
        down, horizontal, bottom = _spread(rows, self._sides(rows, second), step, TOP)
        self.nodes = {name: (x, down[name]) for name, x in across.items()}
        if self.graph.protocol == "geneva":
            self.guides = vertical, horizontal
        self.width, self.height = max(round(right) + 10, 260), max(round(bottom) + FOOT, self.least_height)
        self._place_names()

    def drawn(self) -> Pictures.Image:
        """The panel as a picture."""
        from PIL import Image, ImageDraw

        large = Image.new("RGB", (self.width * SHARP, self.height * SHARP), PAPER)
        lines = ImageDraw.Draw(large)
        self._draw_guides(lines)
        skeleton = self.graph.skeleton()
        curves = [(relation, self._curve(relation)) for relation in skeleton]
        for relation, curve in curves:
            self._draw_curve(lines, relation, curve)
        for x, y in self.nodes.values():
            _circle(lines, (x, y), NODE)
        picture = large.reduce(SHARP)
        draw = ImageDraw.Draw(picture)
        self._write_nodes(draw)
        self._write_ends(draw)
        for relation, curve in curves:
            self._write_relation(draw, relation, curve)
        return picture

    def _sides(self, levels: Sequence[Sequence[SceneObject]], axis: Axis) -> list[int]:
        """For each level -1 before the image's centre, 0 at it, 1 after it, in the order of the panel."""
        found = {
            fact.subject: fact.relation
            for fact in self.graph.facts()
            if fact.axis == axis and fact.object == CENTRE
        }
        smaller = 1 if axis == "depth" else -1
        words = {WORDS[axis][0]: smaller, WORDS[axis][1]: -smaller, SAME: 0}
        return [words[found[level[0].name]] if found else -1 for level in levels]

    def _colour(self, axis: Axis) -> str:
        return FIRST if axis == self.graph.axes[0] else SECOND

    def _curve(self, relation: Relation) -> list[Point]:
        """From the rim of one node to the rim of the other; along x bent upwards, so that two links differ."""
        start, end = self.nodes[relation.subject], self.nodes[relation.object]
        bow = BOW if relation.axis == self.graph.axes[0] else 0
        length = math.dist(start, end)
        sideways = (end[1] - start[1]) / length, -(end[0] - start[0]) / length
        if sideways[1] > 0:
            sideways = -sideways[0], -sideways[1]
        points = []
        for step in range(STEPS + 1):
            share = step / STEPS
            bend = bow * 4 * share * (1 - share)
            points.append(
                (
                    start[0] + share * (end[0] - start[0]) + bend * sideways[0],
                    start[1] + share * (end[1] - start[1]) + bend * sideways[1],
                )
            )
        names = [box for name in (relation.subject, relation.object) for _, _, box in self.names[name]]
        hidden = [
            min(math.dist((x, y), start), math.dist((x, y), end)) <= NODE + 2
            or any(_overlap((x, y, x, y), box) for box in names)
            for x, y in points
        ]
        middle = STEPS // 2
        first = max((at + 1 for at in range(middle) if hidden[at]), default=0)
        last = min((at for at in range(middle, STEPS + 1) if hidden[at]), default=STEPS + 1)
        return points[first:last] if last - first > 1 else points

    def _draw_curve(self, lines: ImageDraw, relation: Relation, curve: Sequence[Point]) -> None:
        colour = self._colour(relation.axis)
        body = list(curve)
        if relation.relation != SAME:
            tip = curve[-1]
            body = [point for point in curve if math.dist(point, tip) > HEAD * 0.7] or [curve[0]]
            angle = math.atan2(tip[1] - body[-1][1], tip[0] - body[-1][0])
            wings = [
                (tip[0] + HEAD * math.cos(angle + turn), tip[1] + HEAD * math.sin(angle + turn))
                for turn in (2.7, -2.7)
            ]
            lines.polygon([(x * SHARP, y * SHARP) for x, y in (tip, *wings)], fill=colour)
        lines.line([(x * SHARP, y * SHARP) for x, y in body], fill=colour, width=2 * SHARP, joint="curve")

    def _draw_guides(self, lines: ImageDraw) -> None:
        vertical, horizontal = self.guides
        if vertical is not None:
            _dashed(lines, (vertical, 14), (vertical, self.height - 20))
        if horizontal is not None:
            _dashed(lines, (EDGE_TEXTS, horizontal), (self.width, horizontal))

    def _place_names(self) -> None:
        for name, (x, y) in self.nodes.items():
            for index, words in enumerate(wrap(name, self.small, COLUMN - 8)[:2]):
                middle = x, y + NODE + 9 + index * NAME_LINE
                half = self.small.getlength(words) / 2 + 3
                box = x - half, middle[1] - NAME_LINE / 2, x + half, middle[1] + NAME_LINE / 2 + 2
                self.names.setdefault(name, []).append((middle, words, box))

    def _write_nodes(self, draw: ImageDraw) -> None:
        for name, (x, y) in self.nodes.items():
            draw.text((x, y), str(self.numbers[name]), INK, self.font, anchor="mm")
            self.taken.append((x - NODE, y - NODE, x + NODE, y + NODE))
            for middle, words, box in self.names[name]:
                draw.text(middle, words, INK, self.small, anchor="mm", stroke_width=3, stroke_fill=PAPER)
                self.taken.append(box)

    def _write_ends(self, draw: ImageDraw) -> None:
        first, second = self.graph.axes
        vertical, horizontal = self.guides
        left, right = ENDS[first]
        top, bottom = ENDS[second]
        base = self.height - 8
        for at, words, colour, anchor in (
            ((EDGE_TEXTS, base), left, FIRST, "lm"),
            ((self.width - 4, base), right, FIRST, "rm"),
            ((2, 22), top, SECOND, "lm"),
            ((2, self.height - 32), bottom, SECOND, "lm"),
            ((vertical, 6), "centre", FAINT, "mm"),
            ((2, horizontal), "centre", FAINT, "lm"),
        ):
            if at[0] is not None and at[1] is not None:
                draw.text((at[0], at[1]), words, colour, self.small, anchor=anchor)

    def _write_relation(self, draw: ImageDraw, relation: Relation, curve: Sequence[Point]) -> None:
        words = f"same {relation.axis}" if relation.relation == SAME else relation.relation
        places = [
            curve[min(round(share * len(curve)), len(curve) - 1)] for share in (0.5, 0.4, 0.6, 0.3, 0.7)
        ]
        half = self.small.getlength(words) / 2 + 3
        boxes = [(x - half, y - NAME_LINE / 2 - 2, x + half, y + NAME_LINE / 2 + 2) for x, y in places]
        free = [
            index for index, box in enumerate(boxes) if not any(_overlap(box, other) for other in self.taken)
        ]
        chosen = free[0] if free else 0
        self.taken.append(boxes[chosen])
        colour = self._colour(relation.axis)
        draw.text(places[chosen], words, colour, self.small, anchor="mm", stroke_width=3, stroke_fill=PAPER)


def _spread(
    levels: Sequence[Sequence[SceneObject]], sides: Sequence[int], step: int, margin: int
) -> tuple[dict[str, float], float, float]:
    """Where each object is along an axis, where the image's centre is, and where the axis ends.

    The centre has a gap of its own unless an object stands there.
    """
    before, there = sides.count(-1), sides.count(0)
    gap = 0 if there else CENTRE_GAP
    centre = margin + step * before + (step * there + gap) / 2
    places = {
        one.name: margin + step * (at + 0.5) + (gap if at >= before else 0)
        for at, level in enumerate(levels)
        for one in level
    }
    return places, centre, margin + step * len(levels) + gap


def _circle(lines: ImageDraw, place: Point, radius: int) -> None:
    x, y = place
    box = [(x - radius) * SHARP, (y - radius) * SHARP, (x + radius) * SHARP, (y + radius) * SHARP]
    lines.ellipse(box, fill=PAPER, outline=INK, width=2 * SHARP)


def _dashed(lines: ImageDraw, start: Point, end: Point) -> None:
    dashes = int(math.dist(start, end) // 10)
    for index in range(dashes):
        first, last = index / dashes, (index + 0.55) / dashes
        ends = [
            (start[axis] + share * (end[axis] - start[axis])) * SHARP
            for share in (first, last)
            for axis in (0, 1)
        ]
        lines.line(ends, fill=EDGE, width=2 * SHARP)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
