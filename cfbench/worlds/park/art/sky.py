"""What hangs or flies in the sky."""

from __future__ import annotations

from cfbench.worlds.park.art.canvas import INK, WHITE, Point, Sketch, arc, ellipse, rotate, smooth, star

_CLOUD = ((38, 64, 34, 30), (70, 38, 40, 34), (112, 42, 34, 30), (136, 66, 30, 28), (84, 70, 50, 28))


def helicopter(s: Sketch) -> None:
    """Red, its nose to the right."""
    for x in (82, 128):
        s.stroke([(x, 84), (x - 4, 103)], 4, "#6d7482", edge=1)
    s.stroke([(62, 102), (150, 102), (158, 96)], 4.5, "#6d7482", edge=1.2)
    s.shape([(12, 50), (78, 50), (84, 76), (14, 58)], ("#f0453f", "#b81f2c"))
    s.shape([(4, 34), (16, 34), (24, 52), (8, 56)], "#f0453f")
    s.ellipse(11, 54, 7, 9, "#dfe5ec")
    body = smooth([(66, 62), (84, 38), (116, 34), (144, 46), (156, 70), (140, 90), (100, 94), (72, 84)])
    s.shape(body, ("#f0453f", "#b81f2c"))
    s.shape([(60, 78), (160, 72), (160, 81), (60, 87)], WHITE, ink=None, inside=body)
    s.shape(smooth([(118, 42), (140, 48), (151, 66), (118, 67)]), ("#c9f0ff", "#7cc4ec"), inside=body)
    s.shape(smooth([(88, 46), (108, 42), (108, 66), (84, 66)]), ("#c9f0ff", "#7cc4ec"))
    s.stroke([(106, 32), (106, 14)], 6, "#6d7482", edge=1.2)
    s.ellipse(104, 11, 88, 5, ("#f4f6f8", "#a9b1bd"), turn=-1.5)
    s.ellipse(106, 11, 8, 7, "#6d7482")


def hot_air_balloon(s: Sketch) -> None:
    """Red and yellow stripes over a wicker basket."""
    envelope = smooth(
        [(68, 4), (108, 16), (131, 54), (122, 96), (92, 138), (82, 150), (54, 150), (44, 138)]
        + [(136 - x, y) for x, y in ((122, 96), (131, 54), (108, 16))]
    )
    for x0, x1 in ((56, 58), (80, 78)):
        s.stroke([(x0, 146), (x1, 166)], 2.5, INK)
    s.shape(envelope, "#ee3f55")
    for rx, colour in ((47, "#ffd94a"), (28, "#ee3f55"), (10, "#ffd94a")):
        s.shape(ellipse(68, 72, rx, 92), colour, ink=INK, width=1, inside=envelope)
    s.shape(smooth([(24, 40), (40, 18), (50, 16), (32, 48)]), "#ff8d97", ink=None, inside=envelope)
    s.shape([(52, 146), (84, 146), (82, 154), (54, 154)], "#8a2a36")
    s.shape([(52, 163), (84, 163), (80, 183), (56, 183)], "#b0763a")
    s.stroke([(54, 172), (82, 172)], 2, "#7c4c1f")
    s.stroke([(54, 164), (82, 164)], 4, "#d79b57", edge=0.8)


def _cloud(s: Sketch, top: str, bottom: str, stretch: float = 1.0) -> None:
    s.shapes([ellipse(x * stretch, y, rx * stretch, ry) for x, y, rx, ry in _CLOUD], (top, bottom))
    for x, y, rx, ry, sweep in ((70, 38, 26, 22, (190, 280)), (112, 42, 22, 18, (250, 330))):
        s.stroke(arc(x * stretch, y, rx * stretch, ry, sweep), 4, WHITE)


def cloud(s: Sketch) -> None:
    """White and puffy."""
    _cloud(s, "#ffffff", "#d3dfee")


def lightning_cloud(s: Sketch) -> None:
    """A dark cloud with a yellow bolt."""
    bolt = [(70, 84), (116, 84), (96, 116), (120, 116), (76, 184), (88, 136), (60, 136)]
    s.shape(bolt, ("#fff27a", "#ffc400"), width=2.6)
    _cloud(s, "#9aa1b4", "#596077", 0.93)


def rain_cloud(s: Sketch) -> None:
    """A blue-grey cloud over falling drops."""
    _cloud(s, "#c3d2e6", "#7f95b8", 1.03)
    drops = (
        (30, 118),
        (74, 112),
        (118, 118),
        (152, 112),
        (52, 146),
        (98, 148),
        (138, 152),
        (30, 176),
        (78, 182),
        (120, 188),
    )
    for x, y in drops:
        s.shape(
            smooth([(x, y - 13), (x + 6, y + 2), (x, y + 10), (x - 6, y + 2)]),
            ("#4f9bff", "#123fc0"),
            width=1.6,
        )


def sun(s: Sketch) -> None:
    """A yellow disc in a crown of orange rays."""
    s.shape(star(74, 74, 71, tips=14, waist=0.77), "#ff8a1f")
    s.ellipse(74, 74, 51, 51, ("#fff36b", "#ffd21f"))
    s.shape(smooth([(40, 64), (54, 42), (74, 34), (56, 48), (46, 66)]), "#fffbd0", ink=None)


def rocket(s: Sketch) -> None:
    """White and red, climbing to the upper left on a tail of fire."""

    def at(points: list[Point]) -> list[Point]:
        return rotate(points, -48, (54, 48))

    s.shape(
        smooth(at([(42, 82), (70, 82), (78, 104), (66, 112), (57, 124), (46, 112), (34, 104)])),
        ("#ff9d1e", "#ffb52e"),
    )
    s.shape(smooth(at([(48, 82), (64, 82), (66, 100), (56, 116), (46, 100)])), "#fff06a", ink=None)
    s.shape(at([(44, 56), (26, 74), (26, 92), (46, 80)]), "#d92b35")
    s.shape(at([(68, 56), (86, 74), (86, 92), (66, 80)]), "#d92b35")
    hull = smooth(at([(56, -2), (72, 22), (76, 52), (69, 82), (43, 82), (36, 52), (40, 22)]))
    s.shape(hull, ("#ffffff", "#c7cdd8"))
    s.shape(at([(30, -8), (82, -8), (82, 20), (30, 20)]), "#d92b35", width=1.5, inside=hull)
    s.shape(at([(30, 72), (82, 72), (82, 90), (30, 90)]), "#d92b35", width=1.5, inside=hull)
    ((wx, wy),) = at([(56, 42)])
    s.ellipse(wx, wy, 10, 10, ("#c9f0ff", "#5db0e6"), width=2.4)


def airplane(s: Sketch) -> None:
    """A blue and white airliner, its nose to the right."""
    s.shape([(112, 44), (84, 4), (104, 4), (150, 46)], "#8e9bb0")
    s.shape([(40, 46), (8, 6), (30, 6), (64, 44)], "#2f78d6")
    s.shape([(36, 58), (10, 76), (26, 78), (60, 62)], "#8e9bb0")
    body = smooth([(8, 50), (60, 38), (160, 32), (206, 40), (226, 56), (206, 70), (150, 76), (60, 68)])
    s.shape(body, ("#ffffff", "#d6dde8"))
    s.shape([(0, 61), (230, 61), (230, 90), (0, 90)], "#2f78d6", ink=None, inside=body)
    s.shape([(196, 41), (214, 46), (219, 54), (196, 54)], "#3a4660", ink=None, inside=body)
    for i in range(9):
        s.ellipse(76 + 13 * i, 49, 4, 4.5, "#3a4660", ink=None)
    s.shape([(136, 62), (88, 116), (66, 117), (92, 62)], ("#b6c1d2", "#7d8ba3"))


DRAWINGS = {
    "s_0": (196, 110, helicopter),
    "s_1": (136, 186, hot_air_balloon),
    "s_2": (170, 102, cloud),
    "s_3": (148, 148, sun),
    "s_4": (158, 188, lightning_cloud),
    "s_5": (176, 206, rain_cloud),
    "s_6": (118, 108, rocket),
    "s_7": (230, 122, airplane),
}
