"""Balls, other toys and the camp fire."""

from __future__ import annotations

from math import cos, pi, sin

from cfbench.worlds.park.art.canvas import INK, WHITE, Point, Sketch, arc, ellipse, rotate, smooth


def baseball(s: Sketch) -> None:
    """Small and white with red seams."""
    disc = ellipse(39, 28.5, 10, 10)
    s.shape(disc, ("#ffffff", "#d9dee6"), width=1.5)
    for x, a, b in ((26, -50, 50), (52, 130, 230)):
        s.stroke(arc(x, 28.5, 8, 11, (a, b)), 2, "#e0263c", inside=disc)


def bucket(s: Sketch) -> None:
    """A pink sand bucket with a yellow handle."""
    s.stroke(arc(23, 30, 17, 26, (180, 360)), 3, "#f2b024", edge=1.1)
    s.shape([(3, 32), (43, 32), (37, 69), (9, 69)], ("#ff5fa2", "#d12a70"), width=1.8)
    s.ellipse(23, 31, 20, 6, "#b01e5c", width=1.8)
    s.shape(
        smooth([(6, 32), (14, 26), (24, 23), (34, 27), (40, 32), (23, 36)]), ("#f8e3a0", "#e0b95c"), width=1.2
    )
    s.stroke([(10, 46), (36, 46)], 3, "#ffc1dc")


def beach_ball(s: Sketch) -> None:
    """Large, with six coloured wedges."""
    disc = ellipse(39, 39, 36, 36)
    colours = ("#ee3f55", "#ffd21f", "#27b64b", "#ffffff", "#ff8a1f", "#27a9f0")
    s.shape(disc, WHITE)
    for i, colour in enumerate(colours):
        edges = [
            smooth(
                [
                    (27, 27),
                    *[
                        (27 + r * cos((i + k) * pi / 3 + r / 90), 27 + r * sin((i + k) * pi / 3 + r / 90))
                        for r in (25, 50, 80)
                    ],
                ],
                closed=False,
            )
            for k in (0, 1)
        ]
        s.shape([*edges[0], *edges[1][::-1]], colour, width=0.8, inside=disc)
    s.ellipse(27, 27, 7, 7, WHITE, width=1.4)


def basketball(s: Sketch) -> None:
    """Orange with black seams."""
    disc = ellipse(30, 30, 27, 27)
    s.shape(disc, ("#ff9a3c", "#d9611a"))
    for line in (
        [(30, 0), (30, 60)],
        [(0, 30), (60, 30)],
        arc(-4, 30, 20, 28, (-80, 80)),
        arc(64, 30, 20, 28, (100, 260)),
    ):
        s.stroke(rotate(line, 18, (30, 30)), 2.2, INK, inside=disc)


def soccer_ball(s: Sketch) -> None:
    """White with black pentagons."""
    cx, cy, r = 33, 30.5, 24
    disc = ellipse(cx, cy, r, r)
    s.shape(disc, ("#ffffff", "#d9dee6"))

    def at(angle: float, radius: float) -> Point:
        return cx + radius * cos(angle * pi / 180), cy + radius * sin(angle * pi / 180)

    for i in range(5):
        a = 72 * i - 90
        s.stroke([at(a, 9), at(a, 17)], 1.6, INK)
        s.shape(
            [at(a - 17, 25), at(a - 18, 19), at(a, 15.5), at(a + 18, 19), at(a + 17, 25)],
            INK,
            ink=None,
            inside=disc,
        )
        s.stroke([at(a + 18, 19), at(a + 54, 19)], 1.6, INK, inside=disc)
    s.shape([at(72 * i - 90, 9) for i in range(5)], INK, ink=None)


def tennis_ball(s: Sketch) -> None:
    """Tiny and yellow-green with a white seam."""
    disc = ellipse(10, 10, 8, 8)
    s.shape(disc, ("#e6ff4a", "#b5dd1a"), width=1.3)
    s.stroke(arc(1, 4, 9, 9, (-10, 80)), 1.6, WHITE, inside=disc)
    s.stroke(arc(19, 16, 9, 9, (170, 260)), 1.6, WHITE, inside=disc)


def football(s: Sketch) -> None:
    """American, brown, with laces."""
    body = smooth(
        rotate([(2, 21), (16, 9), (30, 6), (44, 9), (58, 21), (44, 33), (30, 36), (16, 33)], -20, (30, 21))
    )
    s.shape(body, ("#a55330", "#6f2e17"))
    for x in (12, 48):
        s.stroke(
            rotate(arc(x, 21, 5, 16, (90, 270)) if x > 30 else arc(x, 21, 5, 16, (-90, 90)), -20, (30, 21)),
            4,
            WHITE,
            inside=body,
        )
    s.stroke(rotate([(22, 17), (38, 17)], -20, (30, 21)), 2.4, WHITE)
    for x in (24, 28, 32, 36):
        s.stroke(rotate([(x, 13.5), (x, 20.5)], -20, (30, 21)), 2, WHITE)


def frisbee(s: Sketch) -> None:
    """An orange disc in flight."""
    s.ellipse(32, 16, 29, 9, "#c25a0c", turn=-15)
    s.ellipse(32, 14, 29, 8.5, ("#ffb52e", "#f58a1a"), turn=-15, width=1.6)
    s.ellipse(32, 13.5, 19, 4.6, "#ffe08a", turn=-15, ink="#d9741a", width=1.4)
    s.ellipse(32, 13.5, 9, 2.2, "#f58a1a", turn=-15, ink=None)


def bat(s: Sketch) -> None:
    """A wooden baseball bat, handle down on the left."""
    s.shape(
        smooth([(7, 116), (20, 70), (29, 22), (34, 6), (43, 4), (47, 12), (43, 34), (28, 76), (13, 118)]),
        ("#f0be74", "#c98d45"),
    )
    s.stroke([(9, 113), (15, 94)], 6, "#3b3540")
    s.ellipse(8, 117, 6, 3.6, "#c98d45", turn=18, width=1.8)
    s.stroke([(32, 24), (42, 27)], 2.4, "#8a5528")
    s.stroke([(31, 30), (40, 33)], 2.4, "#8a5528")


def balloons(s: Sketch) -> None:
    """A bunch of four on strings."""
    bunch = ((58, 26, "#9be22f"), (28, 48, "#ff8a1f"), (82, 46, "#27b9f0"), (54, 58, "#ea3fd6"))
    for x, y, _ in bunch:
        s.stroke(smooth([(x, y + 30), ((x + 54) / 2, 140), (54, 226)], closed=False), 2.4, "#4b4653")
    for x, y, colour in bunch:
        s.shape([(x, y + 26), (x + 5, y + 35), (x - 5, y + 35)], colour, width=1.6)
        s.shape(
            smooth(
                [
                    (x, y - 24),
                    (x + 18, y - 14),
                    (x + 21, y + 4),
                    (x, y + 29),
                    (x - 21, y + 4),
                    (x - 18, y - 14),
                ]
            ),
            colour,
        )
        s.ellipse(x - 9, y - 9, 3.5, 6, WHITE, turn=25, ink=None)


def glove(s: Sketch) -> None:
    """A brown baseball glove, fingers up."""
    for x, y, turn in ((21, 15, -18), (30, 13, -4), (39, 15, 10), (46, 22, 24)):
        s.ellipse(x, y, 5, 10, ("#b3662e", "#93501f"), turn=turn, width=1.8)
    s.ellipse(10, 27, 5, 10, "#a85d28", turn=-28, width=1.8)
    s.shape(
        smooth([(16, 22), (30, 19), (46, 24), (48, 34), (36, 45), (22, 46), (9, 37)]),
        ("#b3662e", "#84451a"),
        width=1.8,
    )
    s.shape(smooth([(22, 28), (34, 26), (38, 34), (30, 40), (20, 37)]), "#6b3516", width=1)
    web = smooth([(9, 18), (16, 10), (22, 21), (15, 29)])
    s.shape(web, "#e0a44c", width=1.4)
    for k in (0, 5, 10):
        s.stroke([(7 + k, 25 - k), (17 + k, 33 - k)], 1.3, "#7c4a1f", inside=web)


def shovel(s: Sketch) -> None:
    """A pink toy shovel, blade down."""
    s.stroke([(8, 10), (19, 38)], 5, "#ee3f83", edge=1.8)
    s.stroke(ellipse(7, 7.5, 4, 4), 3.4, "#ee3f83", edge=1.3)
    s.stroke([(9.5, 13), (19, 38)], 5, "#ee3f83")
    s.shape(
        smooth([(10, 37), (25, 32), (31, 50), (25, 56), (17, 56), (13, 48)]),
        ("#ff77ac", "#c22163"),
        width=1.8,
    )
    s.stroke([(18, 40), (22, 50)], 2, "#ffc1dc")


def racket(s: Sketch) -> None:
    """A tennis racket, handle down on the left."""
    s.stroke([(16, 98), (24, 80)], 8, "#3b3540", edge=1.6)
    s.stroke([(25, 78), (31, 66)], 5, "#d9483b", edge=1.6)
    head = ellipse(44, 38, 17, 24, 20)
    s.stroke([(28, 71), (31, 58)], 3.4, "#d9483b", edge=1.4)
    s.stroke([(28, 71), (43, 62)], 3.4, "#d9483b", edge=1.4)
    s.shape(head, "#eef2f6", ink=None)
    for k in range(-7, 8):
        for line in ([(44 + 5 * k, 4), (44 + 5 * k, 74)], [(10, 38 + 5 * k), (80, 38 + 5 * k)]):
            s.stroke(rotate(line, 20, (44, 38)), 1.1, "#8b93a3", inside=head)
    s.stroke([*head, head[0]], 4.2, "#d9483b", edge=1.5)


def kite(s: Sketch) -> None:
    """Four-coloured, upper left, with a long tail and a string."""
    s.stroke(smooth([(70, 44), (78, 120), (52, 210), (8, 256)], closed=False), 2, "#4b4653")
    tail = smooth([(114, 50), (150, 96), (210, 132), (302, 138)], closed=False)
    s.stroke(tail, 2.4, "#4b4653")
    for i in range(3, len(tail) - 1, 4):
        (x, y), colour = tail[i], ("#ee3f55", "#9b4be0", "#ffd21f")[i // 4 % 3]
        for side in (-1, 1):
            s.shape(
                [(x, y), (x + side * 9, y - 6 * side - 5), (x + side * 9, y - 6 * side + 6)],
                colour,
                width=1.3,
            )
    left, top, right, bottom, mid = (44, 40), (56, 4), (124, 18), (112, 58), (76, 28)
    for a, b, colour in (
        (left, top, "#ff5a3c"),
        (top, right, "#27a9f0"),
        (right, bottom, "#27b64b"),
        (bottom, left, "#ffc928"),
    ):
        s.shape([mid, a, b], colour, width=2)


def fire(s: Sketch) -> None:
    """Flames over crossed logs."""
    flame: list[Point] = [
        (44, 3),
        (54, 26),
        (62, 34),
        (68, 24),
        (78, 58),
        (76, 88),
        (56, 104),
        (30, 104),
        (12, 88),
        (10, 58),
        (20, 34),
        (28, 44),
    ]
    s.shape(smooth(flame), ("#ff6a2a", "#f0371f"))
    s.shape(
        smooth([(44, 36), (54, 58), (62, 54), (66, 84), (54, 102), (34, 102), (22, 84), (26, 62), (34, 66)]),
        ("#ffb52e", "#ff9a1e"),
        ink=None,
    )
    s.shape(smooth([(44, 64), (54, 84), (50, 102), (38, 102), (34, 84)]), "#fff06a", ink=None)
    for (x0, y0), (x1, y1) in (((10, 96), (78, 110)), ((10, 110), (78, 96))):
        s.stroke([(x0, y0), (x1, y1)], 11, "#8a5528", edge=2)
        s.ellipse(x1, y1, 4.5, 6, "#d9a866", width=1.4)
        s.ellipse(x0, y0, 4.5, 6, "#d9a866", width=1.4)


DRAWINGS = {
    "t_0": (78, 54, baseball),
    "t_1": (46, 72, bucket),
    "t_2": (78, 78, beach_ball),
    "t_3": (60, 60, basketball),
    "t_4": (62, 60, soccer_ball),
    "t_5": (20, 20, tennis_ball),
    "t_6": (60, 42, football),
    "t_7": (64, 30, frisbee),
    "t_8": (50, 124, bat),
    "t_9": (108, 232, balloons),
    "t_10": (54, 50, glove),
    "t_11": (34, 60, shovel),
    "t_12": (96, 104, racket),
    "t_13": (310, 264, kite),
    "t_14": (88, 118, fire),
}
