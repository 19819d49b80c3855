"""The large things that stand on the grass: playground, camp and trees."""

from __future__ import annotations

from math import cos, pi, sin

from cfbench.worlds.park.art.canvas import INK, WHITE, Point, Sketch, arc, ellipse, smooth


def bee_rocker(s: Sketch) -> None:
    """A smiling bee on a spring, looking right."""
    s.ellipse(42, 101, 28, 7, "#3f6b26")
    coil = [(42 + 12 * cos(i * pi / 4), 70 + 1.0 * i + 3 * sin(i * pi / 4)) for i in range(31)]
    s.stroke(coil, 3.2, "#8b93a3", edge=1)
    s.ellipse(34, 26, 17, 10, ("#ffffff", "#cfe6ff"), turn=35)
    s.ellipse(18, 30, 15, 8, ("#ffffff", "#cfe6ff"), turn=15)
    body = smooth([(4, 48), (16, 38), (44, 34), (66, 42), (66, 62), (46, 76), (22, 70)])
    s.shape(body, ("#ffe04a", "#f5b81c"))
    for x in (15, 33, 51):
        stripe = smooth([(x, 28), (x + 4, 55), (x, 82)], closed=False)
        s.stroke(stripe, 8, INK, inside=body)
    s.stroke(smooth([(62, 24), (58, 12), (52, 6)], closed=False), 3, INK)
    s.stroke(smooth([(74, 22), (76, 10), (82, 5)], closed=False), 3, INK)
    s.ellipse(52, 6, 4.5, 4.5, "#f5b81c")
    s.ellipse(82, 5.5, 4.5, 4.5, "#f5b81c")
    s.ellipse(70, 40, 23, 22, ("#ffe86b", "#ffc928"))
    for x in (66, 82):
        s.ellipse(x, 35, 6, 8, WHITE, width=1.5)
        s.ellipse(x + 1.5, 36, 3, 4, INK, ink=None)
    s.shape(smooth([(60, 47), (74, 51), (86, 46), (78, 57), (67, 56)]), "#8f1d2c", width=1.5)


def slide(s: Sketch) -> None:
    """A pink slide that runs down to the right, its ladder on the left."""
    pink, rail = "#ee3f83", "#c22163"
    for x0, x1 in ((28, 8), (72, 54)):
        s.stroke([(x0, 62), (x1, 246)], 8, rail, edge=2)
    for i in range(5):
        y = 82 + 36 * i
        s.stroke([(28 - 20 * (y - 62) / 184, y + 4), (70 - 17 * (y - 62) / 184, y)], 6, "#c9d0da", edge=1.6)
    s.stroke([(126, 92), (118, 250)], 8, rail, edge=2)
    s.shape([(22, 58), (82, 50), (112, 58), (52, 68)], ("#dfe5ec", "#aab3c0"))
    left = smooth([(52, 62), (86, 96), (118, 166), (160, 226), (206, 242)], closed=False)
    right = smooth([(104, 50), (134, 84), (162, 146), (194, 200), (236, 216)], closed=False)
    s.shape([*left, *right[::-1]], ("#f3f6fa", "#a4afbe"))
    s.stroke(right, 9, pink, edge=2)
    s.stroke(left, 12, pink, edge=2)
    s.stroke(smooth([(84, 56), (82, 18), (94, 7), (108, 18), (110, 58)], closed=False), 8, pink, edge=2)
    s.stroke(smooth([(28, 66), (24, 30), (38, 18), (52, 30), (56, 66)], closed=False), 8, pink, edge=2)


def sandbox(s: Sketch) -> None:
    """A wooden frame full of sand, seen from a corner."""
    s.shape([(4, 30), (220, 5), (374, 36), (144, 72)], ("#b0763a", "#c98d4b"))
    sand = [(24, 31), (218, 12), (350, 37), (146, 65)]
    s.shape(sand, ("#f4dd92", "#e2bd63"))
    s.shape(
        smooth([(206, 34), (238, 12), (268, 6), (300, 18), (326, 38), (262, 48)]),
        ("#fbe9ad", "#e2bd63"),
        width=1.5,
    )
    for x, y in ((80, 34), (110, 46), (150, 32), (150, 54), (190, 44), (182, 24), (110, 30), (230, 50)):
        s.ellipse(x, y, 5, 1.8, "#c89f48", ink=None)
    s.shape([(4, 30), (144, 72), (144, 115), (4, 66)], ("#9a6129", "#80501f"))
    s.shape([(144, 72), (374, 36), (374, 76), (144, 115)], ("#b0763a", "#935d29"))
    s.stroke([(6, 48), (142, 93)], 2, "#5d3812")
    s.stroke([(146, 93), (372, 56)], 2, "#5d3812")


def grill(s: Sketch) -> None:
    """A red kettle grill on three legs with meat on it."""
    s.stroke([(36, 40), (36, 82)], 4, "#7d8696", edge=1.2)
    s.shape([(16, 60), (56, 60), (50, 66), (22, 66)], "#6d7482", width=1.6)
    for x0, x1 in ((22, 8), (50, 64)):
        s.stroke([(x0, 40), (x1, 87)], 4.5, "#aab3c0", edge=1.4)
    bowl = smooth([(3, 14), (69, 14), (66, 30), (50, 46), (22, 46), (6, 30)])
    s.shape(bowl, ("#f0453f", "#a31c26"))
    s.ellipse(36, 13, 33, 9, "#35323c")
    for x in range(10, 66, 8):
        s.stroke([(x, 8), (x, 18)], 1.2, "#8b93a3", inside=ellipse(36, 13, 31, 8))
    for x, y in ((20, 12), (38, 9), (50, 15)):
        s.ellipse(x, y, 9, 4.5, ("#b3562b", "#7c3415"), width=1.4)


def swings(s: Sketch) -> None:
    """Two swings on a blue frame with red corners."""
    blue, red = "#2f86d6", "#e5303c"

    def leg(x0: float, y0: float, x1: float, y1: float) -> None:
        xm, ym = x0 + (x1 - x0) * 0.3, y0 + (y1 - y0) * 0.3
        s.stroke([(x0, y0), (x1, y1)], 11, blue, edge=2)
        s.stroke([(x0, y0), (xm, ym)], 11, red)

    leg(310, 12, 262, 214)
    leg(62, 40, 8, 246)
    s.stroke([(62, 40), (310, 12)], 12, blue, edge=2)
    for x0, y0, x1, y1 in (
        (104, 38, 132, 206),
        (146, 33, 174, 202),
        (208, 26, 212, 196),
        (250, 22, 252, 190),
    ):
        s.stroke([(x0, y0), (x1, y1)], 3, "#5b5f6b")
    for x, y in ((153, 207), (232, 196)):
        seat = smooth([(x - 26, y - 4), (x, y + 6), (x + 26, y - 8)], closed=False)
        s.stroke(seat, 10, "#3b3540", edge=2)
        s.stroke([(px, py - 2) for px, py in seat], 3, "#77707f")
    leg(62, 40, 100, 294)
    leg(310, 12, 350, 264)
    for x, y in ((62, 40), (310, 12)):
        s.ellipse(x, y, 9, 9, red)


def tent(s: Sketch) -> None:
    """An orange tent, its dark door open to the right."""
    for x0, y0, x1, y1 in ((84, 80, 6, 158), (150, 130, 110, 195), (310, 80, 418, 192)):
        s.stroke([(x0, y0), (x1, y1)], 3, "#8a6a3d", edge=0.8)
    s.shape([(150, 6), (272, 24), (194, 192), (82, 156), (84, 84)], ("#f28a2e", "#d86a1c"))
    s.shape([(150, 6), (272, 24), (214, 128), (84, 84)], ("#ffb04d", "#f28a2e"))
    s.shape([(272, 24), (358, 190), (194, 192), (214, 128)], ("#ff9a3c", "#e2761f"))
    s.shape(smooth([(272, 40), (300, 130), (306, 190), (240, 191), (252, 130)]), ("#51302a", "#2b1d22"))
    s.shape([(272, 34), (266, 110), (238, 191), (222, 191), (256, 96)], ("#ffd08a", "#f2a34c"))
    s.shape([(272, 34), (286, 110), (310, 190), (326, 190), (294, 96)], ("#ffd08a", "#f2a34c"))
    s.stroke([(272, 4), (272, 30)], 4, "#8a6a3d", edge=1)


def table(s: Sketch) -> None:
    """A yellow picnic table with splayed legs."""
    wood, side = ("#ffdf3f", "#f0bd1c"), ("#dba512", "#b98508")
    for x0, y0, x1, y1 in ((200, 40, 166, 72), (222, 46, 246, 104), (34, 46, 12, 84), (62, 52, 88, 110)):
        s.shape([(x0 - 12, y0), (x0 + 12, y0), (x1 + 11, y1 - 2), (x1 - 11, y1)], side)
    s.shape([(4, 24), (4, 33), (56, 54), (266, 37), (266, 28), (60, 45)], side)
    top = [(4, 24), (206, 4), (266, 28), (58, 46)]
    s.shape(top, wood)
    for t in (0.25, 0.5, 0.75):
        s.stroke([(4 + 54 * t, 24 + 22 * t), (206 + 60 * t, 4 + 24 * t)], 2, "#b98508")


def pine_tree(s: Sketch) -> None:
    """Tall and dark, seven tiers of branches."""
    s.shape([(158, 640), (210, 640), (222, 758), (146, 758)], ("#6b3f1d", "#8a5528"), width=4)
    for i in reversed(range(7)):
        top, bottom, half = 8 + 88 * i, 160 + 91 * i, 58 + 19.5 * i
        tier: list[Point] = [(184, top)]
        for k in range(1, 4):
            x, y = half * k / 3, top + (bottom - top) * k / 3
            tier += [(184 + x, y), (184 + x * 0.8 - 4, y + 3)]
        under = [(184 + half * (1 - k / 3), bottom + (14 if k % 2 else 0)) for k in range(1, 6)]
        tier += under + [(368 - x, y) for x, y in reversed(tier[1:])]
        s.shape(tier, ("#2f7a3e", "#17502b"), width=4)


def tree(s: Sketch) -> None:
    """A leafy tree, higher than wide."""
    s.shape(
        smooth([(126, 380), (164, 380), (170, 460), (196, 500), (96, 500), (120, 460)]),
        ("#8a5528", "#a86c37"),
        width=4,
    )
    s.ellipse(146, 450, 8, 14, "#5d3812", width=2)
    upper = ((146, 70, 62, 62), (92, 150, 66, 66), (196, 146, 66, 68), (72, 250, 66, 70), (220, 244, 64, 70))
    lower = ((146, 220, 88, 96), (76, 344, 70, 66), (212, 348, 72, 66), (146, 366, 84, 54))
    s.shapes([ellipse(*c) for c in (*upper, *lower)], ("#7fd14b", "#3f9a33"), width=4)
    for x, y, rx in (
        (120, 70, 34),
        (70, 160, 34),
        (196, 150, 38),
        (60, 262, 30),
        (150, 250, 40),
        (216, 270, 34),
        (96, 356, 36),
        (200, 366, 34),
    ):
        s.stroke(arc(x, y, rx, 22, (20, 160)), 7, "#2f7d2c")


def apple_tree(s: Sketch) -> None:
    """A round crown full of red apples."""
    s.shape(
        smooth([(164, 320), (214, 320), (216, 380), (252, 420), (130, 420), (160, 380)]),
        ("#7a4a22", "#9c6230"),
        width=4,
    )
    crown = (
        (188, 96, 116, 88),
        (96, 150, 88, 92),
        (280, 150, 88, 92),
        (92, 236, 82, 84),
        (284, 236, 82, 84),
        (188, 250, 120, 94),
    )
    s.shapes([*(ellipse(*c) for c in crown), ellipse(188, 170, 130, 120)], ("#3fb055", "#1f7a3d"), width=4)
    for x, y, rx in (
        (150, 60, 44),
        (80, 150, 34),
        (250, 130, 40),
        (110, 250, 40),
        (220, 230, 44),
        (300, 250, 34),
    ):
        s.stroke(arc(x, y, rx, 24, (200, 320)), 7, "#6fd27e")
    for x, y in (
        (190, 48), (110, 92), (268, 84), (46, 168), (182, 130), (330, 170), (118, 188), (252, 186), (66, 258), (186, 232), (310, 258), (130, 296), (240, 300),
    ):  # fmt: skip
        s.stroke([(x, y - 10), (x + 4, y - 20)], 4, "#5d3812")
        s.ellipse(x, y, 14, 13, ("#ff5a52", "#c4141f"), width=3)
        s.ellipse(x - 5, y - 4, 3.5, 3, "#ffc1bd", ink=None)


DRAWINGS = {
    "p_0": (98, 110, bee_rocker),
    "p_1": (248, 262, slide),
    "p_2": (380, 118, sandbox),
    "p_3": (72, 92, grill),
    "p_4": (360, 304, swings),
    "p_5": (424, 200, tent),
    "p_6": (270, 114, table),
    "p_7": (368, 766, pine_tree),
    "p_8": (290, 508, tree),
    "p_9": (376, 428, apple_tree),
}
