"""Lines, dots, words, cells and pictures that are written as SVG or drawn into a PNG, the same in both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape

from cfbench.report._escape import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Place = tuple[float, float]
PAPER, INK, FAINT, GRID = "#ffffff", "#1c2024", "#5b6470", "#e3e6eb"
SIZE = 13  # of letters
FINE = 4  # how much larger a PNG is drawn before it is reduced
KEPT = 2  # its pixels for one unit of the SVG


@dataclass(frozen=True)
class Line:
    """A line through places."""

    places: tuple[Place, ...]
    colour: str
    width: float = 1.0
    dash: tuple[int, ...] = ()

    def svg(self) -> str:
        """An element."""
        path = " ".join(f"{x:g},{y:g}" for x, y in self.places)
        dashes = f' stroke-dasharray="{" ".join(map(str, self.dash))}"' if self.dash else ""
        return f'<polyline points="{path}" fill="none" stroke="{self.colour}" stroke-width="{self.width:g}"{dashes}/>'

    def draw(self, onto: ImageDraw) -> None:
        """The same on a picture."""
        for piece in _pieces(self.places, self.dash):
            onto.line([(x * FINE, y * FINE) for x, y in piece], self.colour, max(1, round(self.width * FINE)))


@dataclass(frozen=True)
class Dot:
    """A point; ``words`` are shown where a pointer rests on it."""

    x: float
    y: float
    colour: str
    words: str
    hollow: bool = False
    radius: float = 3.5

    def svg(self) -> str:
        """An element."""
        fill = PAPER if self.hollow else self.colour
        return (
            f'<circle cx="{self.x:g}" cy="{self.y:g}" r="{self.radius:g}" fill="{fill}" stroke="{self.colour}"'
            f' stroke-width="1.5"><title>{escape(plain(self.words))}</title></circle>'
        )

    def draw(self, onto: ImageDraw) -> None:
        """The same on a picture."""
        ends = (self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)
        fill = PAPER if self.hollow else self.colour
        onto.ellipse([end * FINE for end in ends], fill, self.colour, round(1.5 * FINE))


@dataclass(frozen=True)
class Words:
    """A line of text; ``y`` is of its middle."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    colour: str = FAINT

    def svg(self) -> str:
        """An element."""
        return (
            f'<text x="{self.x:g}" y="{self.y:g}" text-anchor="{self.anchor}" dominant-baseline="central"'
            f' fill="{self.colour}">{escape(plain(self.text))}</text>'
        )

    def draw(self, onto: ImageDraw) -> None:
        """The same on a picture."""
        from PIL import ImageFont

        anchor = {"start": "lm", "middle": "mm", "end": "rm"}[self.anchor]
        font = ImageFont.load_default(size=SIZE * FINE)
        onto.text((self.x * FINE, self.y * FINE), plain(self.text), self.colour, font, anchor=anchor)


@dataclass(frozen=True)
class Cells:
    """A grid of filled cells. ``rows`` hold numbers of ``colours``, from the top down."""

    left: float
    top: float
    side: float
    rows: tuple[tuple[int, ...], ...]
    colours: tuple[str, ...]

    def svg(self) -> str:
        """A path for each colour; cells beside each other are one piece of it."""
        paths: dict[int, list[str]] = {}
        for colour, row, first, last in self._runs():
            left, top = self.left + first * self.side, self.top + row * self.side
            wide = (last - first) * self.side
            paths.setdefault(colour, []).append(f"M{left:g} {top:g}h{wide:g}v{self.side:g}h{-wide:g}z")
        pieces = [
            f'<path d="{"".join(path)}" fill="{self.colours[colour]}" shape-rendering="crispEdges"/>'
            for colour, path in sorted(paths.items())
        ]
        return "\n".join(pieces)

    def draw(self, onto: ImageDraw) -> None:
        """The same on a picture."""
        for colour, row, first, last in self._runs():
            left, right = ((self.left + each * self.side) * FINE for each in (first, last))
            top, bottom = ((self.top + each * self.side) * FINE for each in (row, row + 1))
            onto.rectangle((left, top, right - 1, bottom - 1), self.colours[colour])

    def _runs(self) -> Iterator[tuple[int, int, int, int]]:
        """Colour, row, first column, and the column behind the last."""
        for number, row in enumerate(self.rows):
            column = 0
            for colour, run in groupby(row):
                count = sum(1 for _ in run)
                yield colour, number, column, column + count
                column += count


@dataclass(frozen=True)
class Picture:
    """A picture in a box. ``data`` is a PNG or a JPEG; ``words`` say what it shows."""

    left: float
    top: float
    width: float
    height: float
    data: bytes
    words: str

    def svg(self) -> str:
        """An element that holds the file."""
        from base64 import b64encode

        kind = "png" if self.data.startswith(b"\x89PNG") else "jpeg"
        return (
            f'<image x="{self.left:g}" y="{self.top:g}" width="{self.width:g}" height="{self.height:g}"'
            f' href="data:image/{kind};base64,{b64encode(self.data).decode("ascii")}">'
            f"<title>{escape(plain(self.words))}</title></image>"
        )

    def paste(self, onto: Image) -> None:
        """The same on a picture."""
        from PIL import Image as Pictures

        size = round(self.width * FINE), round(self.height * FINE)
        with Pictures.open(BytesIO(self.data)) as picture:
            onto.paste(
                picture.convert("RGB").resize(size, Pictures.Resampling.LANCZOS),
                (round(self.left * FINE), round(self.top * FINE)),
            )


Shape = Line | Dot | Words | Cells | Picture


def as_svg(shapes: Sequence[Shape], width: int, height: int, title: str, words: str) -> str:
    """A whole SVG; ``words`` say what it shows to who cannot see it."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" font-family="system-ui, sans-serif" font-size="{SIZE}">'
    )
    told = f"<title>{escape(plain(title))}</title>\n<desc>{escape(plain(words))}</desc>"
    paper = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    return "\n".join([head, told, paper, *(shape.svg() for shape in shapes), "</svg>"]) + "\n"


def as_png(shapes: Sequence[Shape], width: int, height: int) -> bytes:
    """The same as a PNG with two pixels for a unit."""
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", (width * FINE, height * FINE), PAPER)
    onto = ImageDraw.Draw(canvas)
    for shape in shapes:
        if isinstance(shape, Picture):
            shape.paste(canvas)
        else:
            shape.draw(onto)
    out = BytesIO()
    canvas.resize((width * KEPT, height * KEPT), Image.Resampling.LANCZOS).save(
        out, format="PNG", optimize=True
    )
    return out.getvalue()


def png_in_svg(png: bytes, width: int, height: int, title: str) -> str:
    """An SVG that holds a picture of pixels."""
    from base64 import b64encode

    data = b64encode(png).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img">\n<title>{escape(plain(title))}</title>\n'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/>\n</svg>\n'
    )


def _pieces(places: tuple[Place, ...], dash: tuple[int, ...]) -> Iterator[list[Place]]:
    """The drawn parts of a dashed line; all of one without dashes."""
    if not dash:
        yield list(places)
        return
    lengths = dash if len(dash) % 2 == 0 else dash * 2
    at, left = 0, float(lengths[0])
    piece = [places[0]]
    for (x0, y0), (x1, y1) in pairwise(places):
        whole = math.dist((x0, y0), (x1, y1))
        done = 0.0
        while whole - done > left:
            done += left
            here = x0 + (x1 - x0) * done / whole, y0 + (y1 - y0) * done / whole
            if at % 2 == 0:
                yield [*piece, here]
            piece = [here]
            at = (at + 1) % len(lengths)
            left = float(lengths[at])
        left -= whole - done
        if at % 2 == 0:
            piece.append((x1, y1))
    if at % 2 == 0 and len(piece) > 1:
        yield piece
