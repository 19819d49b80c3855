"""The animals."""

from __future__ import annotations

from cfbench.worlds.park.art.canvas import INK, WHITE, Point, Sketch, ellipse, smooth


def _eye(s: Sketch, x: float, y: float, r: float, look: float = 1.0) -> None:
    s.ellipse(x, y, r, r * 1.1, WHITE, width=1.2)
    s.ellipse(x + look * r * 0.3, y, r * 0.55, r * 0.6, INK, ink=None)


def bear(s: Sketch) -> None:
    """Brown, upright, roaring, both paws in the air."""
    fur, dark = ("#a0622d", "#6f3f18"), "#6f3f18"
    for side in (-1, 1):
        x = 89 + side * 38
        s.shape(
            smooth([(89 + side * 6, 200), (x + side * 8, 200), (x + side * 6, 240), (89 + side * 14, 240)]),
            fur,
        )
        s.ellipse(89 + side * 34, 246, 26, 10, dark)
        arm = smooth([(89 + side * 30, 112), (89 + side * 58, 84), (89 + side * 70, 40)], closed=False)
        s.stroke(arm, 30, "#8d5425", edge=2.2)
        s.ellipse(89 + side * 70, 30, 17, 18, "#8d5425")
        s.ellipse(89 + side * 70, 34, 9, 8, "#d9a066", ink=None)
        for dx in (-12, -4, 4, 12):
            x0 = 89 + side * 70 + dx
            s.stroke([(x0, 16), (x0 + dx * 0.25, 5)], 4, "#fff4dc", edge=1)
        s.stroke(arm[4:], 24, "#8d5425")
        s.ellipse(89 + side * 70, 34, 9, 8, "#d9a066", ink=None)
    body = smooth(
        [(89, 92), (126, 102), (140, 150), (140, 206), (120, 226), (58, 226), (38, 206), (38, 150), (52, 102)]
    )
    s.shape(body, fur)
    s.ellipse(89, 168, 32, 46, "#d9a066", ink=None)
    for side in (-1, 1):
        s.ellipse(89 + side * 28, 42, 13, 13, "#8d5425")
        s.ellipse(89 + side * 28, 42, 6, 6, "#d9a066", ink=None)
    s.ellipse(89, 68, 40, 38, ("#a0622d", "#85501f"))
    s.ellipse(91, 82, 24, 20, "#e0ad76", width=1.5)
    s.shape(smooth([(74, 82), (91, 79), (108, 82), (104, 98), (91, 102), (78, 98)]), "#8f1d2c", width=1.5)
    for x in (79, 87, 95, 103):
        s.shape([(x - 4, 82), (x + 4, 82), (x, 89)], WHITE, ink=None)
    s.ellipse(92, 71, 9, 6, INK, ink=None)
    for x in (74, 106):
        _eye(s, x, 58, 7)
        s.stroke([(x - 8, 47 if x < 90 else 51), (x + 8, 51 if x < 90 else 47)], 4, INK)


def cat(s: Sketch) -> None:
    """Orange, sitting, looking right."""
    fur, dark = ("#ffa245", "#f07c1c"), "#c9590c"
    s.stroke(smooth([(20, 74), (6, 66), (6, 46), (14, 36), (12, 28)], closed=False), 8, "#f58a2a", edge=1.8)
    s.stroke([(12, 28), (13, 32)], 8, dark)
    s.shape(smooth([(28, 36), (46, 36), (53, 60), (54, 76), (20, 78), (16, 62)]), fur, width=1.8)
    s.ellipse(45, 56, 8, 14, "#ffe0bd", ink=None)
    for x in (34, 49):
        s.stroke([(x, 60), (x, 74)], 7, "#ff9a3c", edge=1.5)
        s.ellipse(x + 1, 77, 6, 3.4, "#ffe0bd", width=1.3)
    for y in (52, 60, 68):
        s.stroke([(19, y), (27, y - 1)], 3, dark)
    s.shape([(24, 24), (25, 3), (37, 12)], "#f58a2a", width=1.8)
    s.shape([(58, 22), (58, 3), (46, 12)], "#f58a2a", width=1.8)
    s.shape([(27, 14), (28, 8), (33, 12)], "#ffb9b0", ink=None)
    s.shape([(56, 14), (55, 8), (51, 12)], "#ffb9b0", ink=None)
    s.ellipse(42, 23, 18, 15, fur, width=1.8)
    for x in (38, 43, 48):
        s.stroke([(x, 9), (x, 14)], 2.4, dark)
    s.ellipse(45, 30, 9, 6, "#ffe0bd", ink=None)
    for x in (37, 51):
        s.ellipse(x, 22, 4, 4.6, "#d8f36a", width=1)
        s.ellipse(x + 0.6, 22, 1.4, 3.6, INK, ink=None)
    s.shape([(43, 27), (49, 27), (46, 30)], "#e8556b", ink=None)
    for y0, y1 in ((29, 27), (32, 33)):
        s.stroke([(54, y0), (60, y1)], 1, INK)
        s.stroke([(37, y0), (27, y1)], 1, INK)


def dog(s: Sketch) -> None:
    """Tan, standing, looking right, with a collar."""
    fur, dark = "#d9a35c", "#a86c2f"
    for x0, x1 in ((38, 30), (84, 92)):
        s.stroke([(x0, 58), (x1, 98)], 11, "#b98242", edge=2)
    s.stroke(smooth([(22, 52), (10, 34), (4, 16), (8, 6)], closed=False), 7, fur, edge=2)
    body = smooth([(18, 46), (40, 36), (72, 40), (94, 34), (102, 54), (90, 72), (62, 68), (34, 74), (16, 64)])
    for x0, xm, x1 in ((24, 14, 20), (76, 76, 76)):
        s.stroke(smooth([(x0, 60), (xm, 80), (x1, 99)], closed=False), 13, fur, edge=2)
    s.shape(body, ("#e4b46f", "#cf944a"))
    for x0, x1 in ((24, 20), (76, 76)):
        s.stroke([(x0, 60), (x0 + (x1 - x0) / 3, 72)], 12, "#d9a35c")
        s.ellipse(x1 + 4, 100, 10, 4.5, "#f1d3a2", width=1.6)
    s.ellipse(96, 101, 9, 4, "#f1d3a2", width=1.4)
    s.ellipse(50, 47, 17, 9, dark, turn=-6, ink=None)
    s.stroke([(88, 50), (98, 28)], 24, "#dfab64", edge=2)
    head = smooth([(84, 24), (92, 10), (112, 10), (122, 22), (138, 26), (138, 38), (116, 44), (94, 42)])
    s.shape(head, ("#e4b46f", "#d9a35c"))
    s.stroke([(84, 42), (104, 50)], 7, "#2368d6", edge=1.4)
    s.ellipse(97, 53, 4, 4, "#ffd21f", width=1.2)
    s.shape(smooth([(94, 8), (84, 8), (74, 28), (82, 38), (94, 24)]), dark)
    s.ellipse(136, 26, 5, 4.5, INK, ink=None)
    _eye(s, 111, 20, 5)
    s.stroke(smooth([(136, 33), (126, 37), (114, 35)], closed=False), 2.2, INK)
    s.shape(smooth([(118, 37), (127, 37), (125, 48), (119, 47)]), "#f2647c", width=1.3)


def duck(s: Sketch) -> None:
    """Pale blue with a yellow bill, looking right."""
    for x in (30, 38):
        s.stroke([(x, 54), (x, 66)], 3.5, "#f59a16", edge=1)
        s.shape([(x - 2, 64), (x + 9, 69), (x - 3, 70)], "#f59a16", width=1.2)
    s.shape(
        smooth([(2, 26), (16, 32), (34, 30), (44, 32), (54, 40), (50, 54), (34, 60), (16, 54), (6, 40)]),
        ("#f7fbff", "#c3d9f2"),
    )
    s.stroke(smooth([(48, 42), (50, 30), (49, 20)], closed=False), 13, "#eef5ff", edge=2)
    s.stroke([(44, 46), (47, 40)], 13, "#eef5ff")
    s.shape([(57, 14), (74, 19), (73, 25), (56, 24)], ("#ffd21f", "#f59a16"), width=1.6)
    s.ellipse(49, 15, 12, 12, "#f7fbff", width=2)
    s.stroke([(48, 22), (50, 28)], 12, "#f3f8ff")
    s.stroke([(57, 21), (72, 22)], 1.4, INK)
    _eye(s, 52, 12, 3.6)
    s.shape(smooth([(10, 36), (26, 36), (40, 42), (30, 51), (18, 48)]), ("#8db9f0", "#5a8fd8"), width=1.6)
    s.stroke([(22, 44), (33, 45)], 1.6, "#35639f")


def owl(s: Sketch) -> None:
    """Brown and round-eyed."""
    for x in (17, 28):
        s.stroke([(x, 58), (x, 62)], 4, "#f59a16", edge=1)
    s.shape(
        smooth([(23, 10), (38, 22), (40, 46), (30, 60), (16, 60), (6, 46), (8, 22)]),
        ("#9b6434", "#6f4220"),
        width=1.8,
    )
    s.shape(smooth([(23, 30), (32, 38), (30, 54), (23, 58), (16, 54), (14, 38)]), "#f0cf92", width=1)
    for y in (42, 48, 53):
        for x in (19, 23, 27):
            s.ellipse(x, y, 1.6, 1.2, "#9b6434", ink=None)
    s.shape(smooth([(6, 28), (11, 34), (11, 52), (4, 46), (2, 36)]), "#5b3416", width=1.4)
    s.shape(smooth([(40, 28), (35, 34), (35, 52), (42, 46), (44, 36)]), "#5b3416", width=1.4)
    s.shapes(
        [ellipse(23, 17, 18, 14), [(5, 2), (16, 7), (7, 16)], [(41, 2), (30, 7), (39, 16)]],
        ("#9b6434", "#8a5528"),
        width=1.8,
    )
    for x in (15, 31):
        s.ellipse(x, 17, 7.5, 7.5, "#ffe23d", width=1.3)
        s.ellipse(x, 17, 3.6, 3.6, INK, ink=None)
        s.ellipse(x - 1.4, 15.6, 1.2, 1.2, WHITE, ink=None)
    s.shape([(19.5, 21), (26.5, 21), (23, 29)], "#f59a16", width=1.2)


def snake(s: Sketch) -> None:
    """Green, winding, its head up on the right."""
    path: list[Point] = [
        (6, 36),
        (10, 56),
        (22, 61),
        (31, 48),
        (40, 36),
        (52, 40),
        (58, 56),
        (70, 60),
        (78, 46),
        (78, 26),
        (86, 15),
    ]
    curve = smooth(path, closed=False)
    s.stroke([(96, 17), (102, 22)], 1.6, "#e0263c")
    s.stroke([(100, 20), (103, 17)], 1.4, "#e0263c")
    s.stroke(curve[:4], 4, "#22a34a", edge=1.8)
    s.stroke(curve[2:], 9, "#22a34a", edge=1.8)
    s.stroke(curve[:4], 4, "#22a34a")
    for i in range(8, len(curve) - 3, 5):
        s.ellipse(*curve[i], 2.4, 2.4, "#d3ef4f", ink=None)
    s.ellipse(88, 13, 11, 8, ("#2fc05b", "#22a34a"), turn=12, width=1.8)
    _eye(s, 86, 8, 4)
    _eye(s, 94, 9, 4)


DRAWINGS = {
    "a_0": (178, 258, bear),
    "a_1": (62, 82, cat),
    "a_2": (142, 106, dog),
    "a_3": (76, 72, duck),
    "a_4": (46, 66, owl),
    "a_5": (104, 70, snake),
}
