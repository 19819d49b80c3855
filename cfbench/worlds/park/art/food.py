"""What is eaten and drunk."""

from __future__ import annotations

from cfbench.worlds.park.art.canvas import WHITE, Sketch, ellipse, smooth


def pie(s: Sketch) -> None:
    """A domed crust with cherry slits in a tin."""
    s.shape([(4, 16), (58, 16), (51, 28), (11, 28)], ("#dfe4ea", "#9aa3b0"), width=1.6)
    for x in (16, 24, 32, 40, 47):
        s.stroke([(x, 20), (x + (31 - x) * 0.12, 27)], 1.2, "#7d8696")
    s.shape(
        smooth([(3, 16), (8, 8), (22, 3), (40, 3), (54, 8), (59, 16), (31, 19)]),
        ("#f2c06a", "#c98a33"),
        width=1.6,
    )
    for x0, y0, x1, y1 in ((21, 7, 17, 12), (28, 6, 27, 12), (34, 6, 35, 12), (41, 7, 45, 12)):
        s.stroke([(x0, y0), (x1, y1)], 2.6, "#a3123a")
    for x in range(8, 58, 6):
        s.ellipse(x, 16.5, 3, 2, "#e0a44c", width=0.7)


def pizza(s: Sketch) -> None:
    """Whole, seen flat, with salami and olives."""
    s.ellipse(44, 18, 41, 10, ("#e9b155", "#b9762a"), width=1.6)
    top = ellipse(44, 16.8, 36, 7.6)
    s.shape(top, ("#ffe27a", "#f7c843"), ink="#c8321f", width=1.5)
    for x, y in ((20, 16.5), (32, 12.5), (34, 20), (46, 16), (58, 12.5), (58, 20.5), (70, 16.5)):
        s.ellipse(x, y, 5, 2.4, "#d8342b", ink="#8f1d16", width=0.8)
    for x, y in ((26, 19), (40, 11.5), (46, 21.5), (52, 17.5), (66, 13), (65, 18.5), (26, 13)):
        s.ellipse(x, y, 1.7, 1, "#2f7a3e", ink=None)


def hot_dog(s: Sketch) -> None:
    """A sausage in a bun with mustard."""
    s.shape(
        smooth([(4, 6), (14, 4), (36, 10), (50, 17), (50, 23), (38, 26), (16, 20), (5, 14)]),
        ("#d08a3a", "#b06c22"),
        width=1.6,
    )
    s.stroke(smooth([(5, 9), (20, 11), (36, 16), (46, 20.5)], closed=False), 8.5, "#d0372b", edge=1.4)
    s.shape(
        smooth([(3, 13), (16, 18), (34, 22), (45, 26), (34, 27.5), (14, 23), (4, 17)]),
        ("#f2b864", "#d9923c"),
        width=1.5,
    )
    wave = [(8, 8), (13, 12), (18, 9), (22, 14), (27, 11), (31, 17), (36, 14), (40, 20), (44, 18)]
    s.stroke(smooth(wave, closed=False), 2.6, "#ffe23d")


def _bottle(s: Sketch, light: str, dark: str) -> None:
    s.shape([(6.5, 11), (9.5, 11), (8.6, 2), (7.4, 2)], light, width=1.2)
    s.shape([(4, 10), (12, 10), (13, 15), (3, 15)], dark, width=1.3)
    s.shape(
        smooth([(3, 15), (8, 14), (13, 15), (13.6, 27), (13, 37), (8, 38), (3, 37), (2.4, 27)]),
        (light, dark),
        width=1.4,
    )


def ketchup(s: Sketch) -> None:
    """A red squeeze bottle with a tomato on its label."""
    _bottle(s, "#ff4038", "#c4141f")
    s.ellipse(8, 26, 4.6, 5, WHITE, ink=None)
    s.ellipse(8, 26.5, 3, 3, "#d92b35", ink=None)
    s.stroke([(8, 23), (8, 24)], 1.6, "#2f9a3e")


def mustard(s: Sketch) -> None:
    """A yellow squeeze bottle with a brown stripe."""
    _bottle(s, "#ffe93d", "#e0b010")
    s.shape([(3, 23), (13, 23), (13, 30), (3, 30)], "#8a5a12", ink=None)
    s.stroke([(5, 26.5), (11, 26.5)], 1.6, "#fff6c2")


def hamburger(s: Sketch) -> None:
    """Bun, salad, tomato, cheese and meat."""
    s.shape(
        smooth([(3, 21), (19, 21), (35, 21), (34, 25), (19, 26), (4, 25)]), ("#e9a94c", "#c27d26"), width=1.4
    )
    s.stroke([(5, 19.5), (33, 19.5)], 4, "#6b3516", edge=1.2)
    s.shape([(4, 16), (34, 16), (28, 20), (24, 17), (16, 21), (12, 17)], "#ffd21f", ink=None)
    s.stroke([(5, 15.5), (33, 15.5)], 2.6, "#e8402f")
    s.stroke(
        smooth([(3, 13), (8, 15), (13, 12.5), (19, 15), (25, 12.5), (30, 15), (35, 13)], closed=False),
        3,
        "#4cbf3a",
        edge=0.8,
    )
    s.shape(
        smooth([(3, 12), (7, 5), (19, 2.5), (31, 5), (35, 12), (19, 13.5)]), ("#f7bd62", "#d08a2c"), width=1.4
    )
    for x, y in ((11, 7), (17, 5), (23, 7), (28, 8), (15, 9.5), (21, 10)):
        s.ellipse(x, y, 1.3, 0.9, "#fff3d0", ink=None)


def drink(s: Sketch) -> None:
    """A red paper cup with a white band and a straw."""
    s.stroke([(14, 9), (10, 4), (4, 2.5)], 2.4, "#3f8ef5", edge=0.9)
    s.shape([(6, 9), (24, 9), (21, 32), (9, 32)], ("#ff4a42", "#c4141f"), width=1.4)
    s.shape([(7, 15), (23, 15), (22.2, 23), (7.9, 23)], WHITE, ink=None)
    s.shape([(5, 7), (25, 7), (25, 10), (5, 10)], "#f4f6f8", width=1.2)
    s.ellipse(15, 19, 3, 3, "#e0263c", ink=None)


DRAWINGS = {
    "e_0": (62, 30, pie),
    "e_1": (88, 32, pizza),
    "e_2": (54, 30, hot_dog),
    "e_3": (16, 40, ketchup),
    "e_4": (16, 40, mustard),
    "e_5": (38, 28, hamburger),
    "e_6": (30, 34, drink),
}
