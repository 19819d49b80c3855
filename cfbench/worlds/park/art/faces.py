"""Heads: hair of the boy and the girl, and five expressions that survive a 64-pixel canvas.

An expression changes the colour of the whole face as well as brows, eyes and mouth: anger flushes
it, fear pales it, sadness runs down it in tears.
"""

from __future__ import annotations

from cfbench.worlds.park.art.canvas import INK, WHITE, Point, Sketch, arc, ellipse, smooth
from cfbench.worlds.park.classes import EXPRESSIONS

_ANGRY, _WIDE_SMILE, _SMILE, _SAD, _SCARED = range(len(EXPRESSIONS))
_MOUTH = "#8f1d2c"


def draw_head(s: Sketch, centre: Point, skin: str, expression: int, *, girl: bool) -> None:
    """A head of 66 by 70 pixels around ``centre``, turned a little to the right."""
    cx, cy = centre
    tone = {_ANGRY: "#ec6f55" if girl else "#c8573a", _SCARED: "#e9eef0" if girl else "#e6d3c3"}.get(
        expression, skin
    )
    if girl:
        _bunches(s, cx, cy)
    s.ellipse(cx - 26, cy + 6, 6, 8, tone)
    s.shape(
        smooth(
            [
                (cx - 29, cy - 6),
                (cx - 16, cy - 29),
                (cx + 14, cy - 29),
                (cx + 30, cy - 6),
                (cx + 27, cy + 18),
                (cx + 6, cy + 32),
                (cx - 20, cy + 23),
            ]
        ),
        tone,
    )
    if expression in (_WIDE_SMILE, _SMILE):
        for x in (cx - 12, cx + 24):
            s.ellipse(x, cy + 13, 5, 4, "#f08a78", ink=None)
    (_fringe if girl else _crop)(s, cx, cy)
    _eyes(s, cx + 6, cy + 2, expression)
    _mouth(s, cx + 7, cy + 19, expression)
    s.stroke([(cx + 8, cy + 7), (cx + 11, cy + 10), (cx + 7, cy + 11)], 1.8, INK)


def _crop(s: Sketch, cx: float, cy: float) -> None:
    tufts = [
        (-31, 4),
        (-34, -14),
        (-27, -27),
        (-14, -34),
        (-6, -36),
        (2, -34),
        (10, -37),
        (18, -31),
        (28, -25),
        (33, -10),
        (31, 0),
        (26, -10),
    ]
    fringe = [(18, -17), (10, -10), (4, -16), (-6, -9), (-12, -15), (-20, -6), (-23, -2)]
    s.shape([(cx + x, cy + y) for x, y in tufts + fringe], ("#5a341c", "#36200f"))


def _bunches(s: Sketch, cx: float, cy: float) -> None:
    for side in (-1, 1):
        lock = [(28, 2), (37, 4), (41, 18), (38, 32), (34, 38), (29, 28), (27, 14)]
        s.shape(smooth([(cx + side * x, cy + y) for x, y in lock]), ("#ffdf4a", "#f0b41c"))
        s.stroke([(cx + side * 28, cy + 6), (cx + side * 36, cy + 8)], 5, "#ee3f94", edge=1.4)


def _fringe(s: Sketch, cx: float, cy: float) -> None:
    crown = [
        (-31, 8),
        (-35, -10),
        (-25, -28),
        (-8, -35),
        (10, -35),
        (27, -26),
        (34, -8),
        (31, 8),
        (27, -6),
        (16, -18),
        (4, -20),
        (-8, -12),
        (-22, -8),
    ]
    s.shape(smooth([(cx + x, cy + y) for x, y in crown]), ("#ffe86b", "#f5c42c"))
    s.stroke(smooth([(cx - 4, cy - 33), (cx + 2, cy - 26), (cx + 4, cy - 20)], closed=False), 1.8, "#c98d12")


def _eyes(s: Sketch, x: float, y: float, expression: int) -> None:
    size = {_SCARED: (8.5, 10.5), _ANGRY: (7.0, 6.0)}.get(expression, (7.0, 8.0))
    for side in (-1, 1):
        ex = x + side * 10
        s.ellipse(ex, y, *size, WHITE, width=1.4)
        look = {_SAD: (0.0, 3.0), _SCARED: (0.0, 0.0)}.get(expression, (2.0, 0.5))
        pupil = 2.6 if expression == _SCARED else 4.0
        s.ellipse(ex + look[0], y + look[1], pupil, pupil * 1.1, INK, ink=None)
        inner, outer = (ex - side * 7), (ex + side * 7)
        if expression == _ANGRY:
            s.stroke([(outer, y - 11), (inner, y - 3)], 5, INK)
        elif expression == _SAD:
            s.stroke([(outer, y - 6), (inner, y - 12)], 3.4, INK)
            tear = [
                (ex + side * 3, y + 7),
                (ex + side * 3 + 5, y + 17),
                (ex + side * 3, y + 24),
                (ex + side * 3 - 5, y + 17),
            ]
            s.shape(smooth(tear), ("#9fdcff", "#2f8ef5"), width=1.2)
        elif expression == _SCARED:
            s.stroke(arc(ex, y - 10, 7, 5, (200, 340)), 3, INK)
        else:
            s.stroke(arc(ex, y - 7, 7, 4, (205, 335)), 3, INK)


def _mouth(s: Sketch, x: float, y: float, expression: int) -> None:
    if expression == _ANGRY:
        mouth = smooth([(x - 13, y + 5), (x - 8, y - 2), (x + 8, y - 2), (x + 13, y + 5), (x, y + 5)])
        s.shape(mouth, WHITE, width=1.8)
        for k in (-6, 0, 6):
            s.stroke([(x + k, y - 6), (x + k, y + 9)], 1.4, INK, inside=mouth)
    elif expression == _WIDE_SMILE:
        mouth = [
            (x - 15, y - 6),
            *smooth(
                [(x + 15, y - 6), (x + 10, y + 6), (x, y + 11), (x - 10, y + 6), (x - 15, y - 6)],
                closed=False,
            ),
        ]
        s.shape(mouth, _MOUTH, width=1.8)
        s.shape([(x - 15, y - 6), (x + 15, y - 6), (x + 13, y), (x - 13, y)], WHITE, ink=None, inside=mouth)
        s.ellipse(x, y + 10, 7, 5, "#f2647c", ink=None, inside=mouth)
    elif expression == _SMILE:
        s.stroke(arc(x, y - 5, 12, 10, (15, 165)), 3.6, _MOUTH)
    elif expression == _SAD:
        s.stroke(arc(x, y + 10, 10, 9, (200, 340)), 3.6, INK)
    else:
        s.shape(ellipse(x, y + 2, 7, 9), "#3a0d14", width=1.8)
