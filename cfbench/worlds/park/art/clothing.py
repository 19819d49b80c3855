"""Hats and glasses."""

from __future__ import annotations

from cfbench.worlds.park.art.canvas import INK, WHITE, Point, Sketch, arc, ellipse, rotate, smooth, star


def star_cap(s: Sketch) -> None:
    """A blue baseball cap with a white star, its peak to the right."""
    dome = smooth([(4, 40), (6, 22), (20, 8), (40, 4), (56, 12), (64, 28), (62, 40), (32, 43)])
    s.shape(dome, ("#4f9bff", "#1d55c8"))
    s.shape(smooth([(40, 40), (62, 33), (76, 39), (74, 44), (50, 43)]), ("#1d55c8", "#123a94"))
    s.ellipse(36, 4, 4, 2.5, "#123a94", width=1.4)
    s.stroke(smooth([(36, 5), (24, 20), (22, 40)], closed=False), 1.4, "#123a94")
    s.shape(star(45, 24, 12), WHITE, width=1.2)


def crown(s: Sketch) -> None:
    """Golden, slightly tilted, with jewels."""
    rim: list[Point] = [(8, 44), (8, 14), (19, 28), (25, 8), (35, 25), (45, 8), (51, 28), (62, 14), (62, 44)]
    turned = rotate(rim, -8, (35, 28))
    s.shape(turned, ("#fff06a", "#f5b014"))
    s.stroke(rotate([(10, 41), (60, 41)], -8, (35, 28)), 6, "#dd9407", inside=turned)
    for x, y, colour in ((14, 41, "#e0263c"), (35, 41, "#1f6fe0"), (56, 41, "#e0263c")):
        ((px, py),) = rotate([(x, y)], -8, (35, 28))
        s.ellipse(px, py, 4, 4, colour, width=1.2)
    for x, y in ((8, 14), (25, 8), (45, 8), (62, 14)):
        ((px, py),) = rotate([(x, y)], -8, (35, 28))
        s.ellipse(px, py, 2.8, 2.8, "#e0263c", width=1.2)


def chef_hat(s: Sketch) -> None:
    """White and puffed up."""
    puffs = [
        ellipse(22, 28, 19, 18),
        ellipse(45, 22, 22, 19),
        ellipse(68, 28, 19, 18),
        ellipse(45, 36, 30, 16),
    ]
    s.shapes(puffs, ("#ffffff", "#dfe3ea"))
    for x0, x1 in ((28, 32), (45, 45), (62, 58)):
        s.stroke([(x0, 32), (x1, 48)], 2, "#a9b1bd")
    s.shape(smooth([(20, 47), (45, 50), (70, 47), (69, 70), (45, 73), (21, 70)]), ("#f7f8fa", "#cfd5de"))


def pirate_hat(s: Sketch) -> None:
    """Black with a skull and crossed bones."""
    s.shape(
        smooth(
            [(4, 18), (18, 22), (28, 8), (45, 3), (62, 8), (72, 22), (86, 18), (80, 38), (45, 38), (10, 38)]
        ),
        "#26222c",
    )
    s.stroke(smooth([(10, 36), (45, 36), (80, 36)], closed=False), 3, "#f2c230")
    for a, b in (((33, 20), (57, 33)), ((57, 20), (33, 33))):
        s.stroke([a, b], 3.4, WHITE)
    s.shapes([ellipse(45, 16, 9, 8), ellipse(45, 23, 5.5, 5)], WHITE, ink="#26222c", width=1.2)
    for x in (41.5, 48.5):
        s.ellipse(x, 16.5, 2.4, 2.6, "#26222c", ink=None)
    s.stroke([(45, 22), (45, 27)], 1.2, "#26222c")


def bonnet(s: Sketch) -> None:
    """A grey woollen hat with a red brim and bobble."""
    dome = smooth([(7, 34), (12, 18), (30, 10), (48, 12), (62, 24), (64, 36), (36, 40)])
    s.shape(dome, ("#d3d8e0", "#98a1af"))
    for x0, x1 in ((22, 16), (30, 28), (38, 40), (46, 52)):
        s.stroke(
            smooth([(34 + (x0 - 34) * 0.6, 10), ((x0 + x1) / 2, 22), (x1, 36)], closed=False),
            1.8,
            "#78818f",
            inside=dome,
        )
    s.shape(
        smooth([(3, 32), (20, 35), (50, 33), (66, 30), (67, 41), (50, 46), (20, 47), (4, 44)]),
        ("#f0453f", "#b81f2c"),
    )
    s.ellipse(35, 8, 8, 6.5, ("#ff6a5e", "#d92b35"), width=1.8)


def rainbow_hat(s: Sketch) -> None:
    """A dome of coloured wedges with a propeller."""
    s.stroke([(33, 4), (33, 12)], 3, "#6d7482", edge=1)
    dome = smooth([(3, 35), (8, 20), (22, 11), (33, 9), (44, 11), (58, 20), (63, 35), (33, 37)])
    s.shape(dome, "#ffd21f")
    for rx, left, right in (
        (31, "#27b64b", "#d93fd0"),
        (20, "#ff8a1f", "#27a9f0"),
        (8, "#ffe23d", "#ffe23d"),
    ):
        s.shape([(33 - rx, 40), *arc(33, 36, rx, 27, (180, 270))], left, ink=None, inside=dome)
        s.shape([(33 + rx, 40), *arc(33, 36, rx, 27, (0, -90))], right, ink=None, inside=dome)
    for x, mid in ((13, 19), (25, 28), (41, 38), (53, 47)):
        s.stroke(smooth([(33, 9), (mid, 16), (x, 36)], closed=False), 1.2, INK, inside=dome)
    s.ellipse(21, 4, 11, 2.6, "#ee3f55", turn=6, width=1.3)
    s.ellipse(45, 4, 11, 2.6, "#3f8ef5", turn=-6, width=1.3)
    s.ellipse(33, 4, 2.6, 2.6, "#6d7482", width=1)


def witch_hat(s: Sketch) -> None:
    """Tall, purple and bent, with a buckle."""
    s.ellipse(45, 63, 42, 9.5, ("#5b34b5", "#3a1f80"), turn=-6)
    s.shape(
        smooth([(20, 62), (28, 40), (28, 26), (8, 6), (34, 12), (50, 22), (60, 42), (70, 58), (45, 67)]),
        ("#7a4fe0", "#4f2aa8"),
    )
    s.shape([(22, 54), (45, 58), (67, 50), (71, 59), (46, 67), (19, 63)], "#f59a16", width=1.4)
    s.shape([(38, 53), (53, 53), (53, 67), (38, 67)], "#ffe23d", width=1.4)
    s.shape([(42, 57), (49, 57), (49, 63), (42, 63)], "#f59a16", width=1)


def viking_helmet(s: Sketch) -> None:
    """Brown and iron, two horns."""
    for side in (-1, 1):
        outline = ((20, 30), (31, 22), (32, 10), (29, 2), (35, 12), (35, 26), (31, 36), (22, 41))
        horn = smooth([(38 + side * x, y) for x, y in outline])
        s.shape(horn, ("#fffbe8", "#e2cf9b"))
    dome = smooth([(10, 44), (14, 24), (28, 12), (38, 9), (48, 12), (62, 24), (66, 44), (38, 47)])
    s.shape(dome, ("#b0703a", "#7c4a1f"))
    s.stroke([(38, 8), (38, 46)], 9, "#b9c1cd", edge=1.4, inside=dome)
    s.shape(
        smooth([(7, 38), (38, 42), (69, 38), (69, 46), (38, 50), (7, 46)]), ("#dfe4ea", "#9aa3b0"), width=1.8
    )
    for x in (16, 27, 38, 49, 60):
        s.ellipse(x, 44 if x in (16, 60) else 45.5, 1.8, 1.8, INK, ink=None)


def glasses(s: Sketch) -> None:
    """Round violet lenses in a thin frame."""
    s.stroke([(20, 10), (3, 6), (2, 9)], 2.4, INK)
    s.stroke(arc(40, 11, 5, 4, (200, 340)), 2.6, INK)
    for x in (28, 51):
        s.ellipse(x, 11, 8.6, 8.6, ("#c79bf2", "#8d5fd0"), ink=INK, width=1.8)
        s.stroke([(x - 3, 13), (x + 3, 6)], 1.8, WHITE)


def sunglasses(s: Sketch) -> None:
    """Black, square and opaque."""
    s.stroke([(22, 4), (2, 3)], 3.4, "#17151b")
    s.stroke([(20, 3.5), (60, 3.5)], 3.4, "#17151b")
    for x in (29, 50):
        s.shape(
            smooth([(x - 9, 3), (x + 8, 3), (x + 7, 11), (x, 14), (x - 7, 11)]),
            "#2c2a33",
            ink="#17151b",
            width=1.4,
        )
        s.stroke([(x - 4, 9), (x, 5)], 1.6, "#a9b6c9")


DRAWINGS = {
    "c_0": (78, 46, star_cap),
    "c_1": (70, 54, crown),
    "c_2": (90, 76, chef_hat),
    "c_3": (90, 42, pirate_hat),
    "c_4": (70, 50, bonnet),
    "c_5": (66, 40, rainbow_hat),
    "c_6": (90, 76, witch_hat),
    "c_7": (76, 52, viking_helmet),
    "c_8": (62, 22, glasses),
    "c_9": (62, 16, sunglasses),
}
