"""A scene as a picture: the image with its objects numbered, their graph beside it, every relation in words below.

The graph is a map: a column for each object from left to right, a row for each level of the other axis, and dashed
lines where the centre of the image is. Limits: at most `MAX_PICTURED` objects; the letters that `filmstrip` knows.
"""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING

from cfbench.errors import UsageError
from cfbench.report._scene_panel import FIRST, SECOND, Panel
from cfbench.report.filmstrip import EDGE, FAINT, FONT_SIZE, GAP, INK, LINE, MARGIN, PAPER, fitted, wrap
from cfbench.scenes import CENTRE, SAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image as Pictures
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from cfbench.scenes import Axis, Scene, SceneGraph
    from cfbench.tasks.base import Image

    Font = FreeTypeFont | ImageFont

MAX_PICTURED = 32
DISC, DOT = 10, 3
TEXT_INDENT = 18
ORDERS: dict[Axis, str] = {
    "x": "from left to right",
    "y": "from top to bottom",
    "depth": "from front to back",
}


def scene_picture(scene: Scene, *, frame: int = 384) -> bytes:
    """The scene as a PNG. ``frame`` is the side of the image in it, pixels; small images grow by whole numbers."""
    from PIL import Image, ImageDraw, ImageFont

    graph = scene.graph
    if len(graph.objects) > MAX_PICTURED:
        raise UsageError(
            f"A scene of {len(graph.objects)} objects is not drawn", f"at most {MAX_PICTURED} can be read"
        )
    font, small = ImageFont.load_default(size=FONT_SIZE), ImageFont.load_default(size=FONT_SIZE - 2)
    numbers = _numbers(graph)
    image = _numbered(fitted(scene.image, frame), graph, numbers, small)
    panel = Panel(graph, numbers, font, small, image.height)
    width = max(2 * MARGIN + image.width + 2 * GAP + panel.width, 2 * MARGIN + 2 * frame)
    inner = width - 2 * MARGIN
    heading = [*wrap(scene.title, font, inner), *wrap(f"“{scene.instruction}”", font, inner)]
    column = (inner - 2 * GAP) // 2
    lists = [_list(graph, axis, numbers, font, column) for axis in graph.axes]
    foot = wrap(_footer(graph), small, inner)
    top = MARGIN + LINE * len(heading) + GAP
    middle = top + max(image.height, panel.height) + GAP
    bottom = middle + LINE * max(map(len, lists)) + GAP
    canvas = Image.new("RGB", (width, bottom + LINE * len(foot) + MARGIN), PAPER)
    draw = ImageDraw.Draw(canvas)
    for index, words in enumerate(heading):
        draw.text((MARGIN, MARGIN + index * LINE), words, INK if not index else FAINT, font)
    draw.rectangle((MARGIN - 1, top - 1, MARGIN + image.width, top + image.height), outline=EDGE)
    canvas.paste(image, (MARGIN, top))
    canvas.paste(panel.drawn(), (MARGIN + image.width + 2 * GAP, top))
    for at, (lines, colour) in enumerate(zip(lists, (FIRST, SECOND), strict=True)):
        for index, (indent, words) in enumerate(lines):
            left = MARGIN + at * (column + 2 * GAP) + indent
            draw.text((left, middle + index * LINE), words, colour, font)
    for index, words in enumerate(foot):
        draw.text((MARGIN, bottom + index * LINE), words, FAINT, small)
    out = BytesIO()
    canvas.save(out, format="PNG", optimize=True)
    return out.getvalue()


def scene_overlay(image: Image, graph: SceneGraph, *, frame: int = 256) -> bytes:
    """The image alone as a PNG of at most ``frame`` pixels a side, with its objects numbered from left to right.

    Along each axis, lines join those that are next to each other.
    """
    from PIL import ImageDraw, ImageFont

    picture = fitted(image, frame).convert("RGB")
    draw = ImageDraw.Draw(picture)
    centres = _centres(graph, picture.size)
    for relation in graph.skeleton():
        line = [centres[relation.subject], centres[relation.object]]
        draw.line(line, fill=PAPER, width=4)
        draw.line(line, fill=FIRST if relation.axis == graph.axes[0] else SECOND, width=2)
    out = BytesIO()
    font = ImageFont.load_default(size=FONT_SIZE - 2)
    _numbered(picture, graph, _numbers(graph), font).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _numbers(graph: SceneGraph) -> dict[str, int]:
    """Each object's number, counted along the first axis."""
    names = [one.name for level in graph.levels(graph.axes[0]) for one in level]
    return {name: number for number, name in enumerate(names, 1)}


def _centres(graph: SceneGraph, size: tuple[int, int]) -> dict[str, tuple[float, float]]:
    width, height = size
    return {one.name: (_within(one.x, width), _within(one.y, height)) for one in graph.objects}


def _numbered(
    picture: Pictures.Image, graph: SceneGraph, numbers: dict[str, int], font: Font
) -> Pictures.Image:
    """The image with a numbered disc at each object, moved to where there is room and tied to the object's centre."""
    from PIL import ImageDraw

    picture = picture.convert("RGB")
    draw = ImageDraw.Draw(picture)
    centres = _centres(graph, picture.size)
    discs: dict[str, tuple[float, float]] = {}
    for name, (x, y) in centres.items():
        discs[name] = _room((x, y), list(discs.values()), picture.size)
    for name, centre in centres.items():
        if math.dist(centre, discs[name]) > 1:
            draw.line([centre, discs[name]], fill=PAPER, width=4)
            draw.line([centre, discs[name]], fill=INK, width=2)
            x, y = centre
            draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill=INK, outline=PAPER)
    for name, (x, y) in discs.items():
        draw.ellipse((x - DISC, y - DISC, x + DISC, y + DISC), fill=PAPER, outline=INK, width=2)
        draw.text((x, y), str(numbers[name]), INK, font, anchor="mm")
    return picture


def _within(share: float, size: int) -> float:
    """A coordinate in pixels; what is outside the image is at its border."""
    return min(max(share, 0.0), 1.0) * (size - 1)


def _room(
    centre: tuple[float, float], discs: Sequence[tuple[float, float]], size: tuple[int, int]
) -> tuple[float, float]:
    """The nearest place to a centre, in rings round it, where a disc covers no other."""
    inside = [(DISC, side - DISC - 1) for side in size]
    for ring in range(12):
        for turn in range(max(1, 8 * min(ring, 1))):
            angle = turn * math.pi / 4 - math.pi / 2
            raw = centre[0] + 12 * ring * math.cos(angle), centre[1] + 12 * ring * math.sin(angle)
            x, y = (min(max(value, low), high) for value, (low, high) in zip(raw, inside, strict=True))
            if all(math.dist((x, y), other) > 2 * DISC + 1 for other in discs):
                return x, y
    return centre


def _list(
    graph: SceneGraph, axis: Axis, numbers: dict[str, int], font: Font, width: int
) -> list[tuple[int, str]]:
    """The relations on an axis in words, a paragraph for each object; lines with how far they are indented."""
    said: dict[str, dict[str, list[str]]] = {}
    for fact in graph.facts():
        if fact.axis == axis:
            thing = "the centre" if fact.object == CENTRE else f"{numbers[fact.object]} {fact.object}"
            words = f"at the same {axis} as" if fact.relation == SAME else fact.relation
            said.setdefault(fact.subject, {}).setdefault(words, []).append(thing)
    lines: list[tuple[int, str]] = [(0, f"{axis}, {ORDERS[axis]}:")]
    for name in (one.name for level in graph.levels(axis) for one in level):
        phrases = [f"{words} {', '.join(things)}" for words, things in said.get(name, {}).items()]
        if phrases:
            wrapped = wrap(f"{numbers[name]} {name}: {'; '.join(phrases)}", font, width - TEXT_INDENT)
            lines += [(TEXT_INDENT if index else 0, words) for index, words in enumerate(wrapped)]
    return lines if len(lines) > 1 else [(0, f"{axis}: no relation")]


def _footer(graph: SceneGraph) -> str:
    facts = graph.facts()
    between, drawn = sum(fact.object != CENTRE for fact in facts), len(graph.skeleton())
    if drawn == between:
        parts = [
            f"All {between} relations between objects are drawn."
            if between
            else "No two objects are related."
        ]
    else:
        parts = [f"{drawn} of {between} relations between objects are drawn; the others follow."]
    if graph.protocol == "geneva":
        parts.append(
            f"The {len(facts) - between} with the centre are told by the side of the dashed lines."
            f" RelSim (geneva) counts each pair both ways: {len(graph.relations())} relations."
        )
    else:
        parts.append("RelSim (paper) knows neither ties nor the centre.")
    outside = sum(not (0 <= one.x <= 1 and 0 <= one.y <= 1) for one in graph.objects)
    if outside:
        parts.append(f"Centres outside the image, numbered at its border: {outside}.")
    return " ".join(parts)
