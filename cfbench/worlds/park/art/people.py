"""The boy and the girl: seven poses, each with any of five expressions.

``subtype = 5 * pose + expression``, in CoDraw's order. All face to the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from math import atan2, cos, hypot, pi, sin

from cfbench.worlds.park.art.canvas import WHITE, Paint, Point, Sketch, hull, smooth
from cfbench.worlds.park.art.faces import draw_head
from cfbench.worlds.park.classes import EXPRESSIONS

_HEAD_REACH = 48
"""No hair or bunch is farther than this from the middle of the head."""


@dataclass(frozen=True)
class Limb:
    """Where a limb bends and where it ends."""

    joint: Point
    end: Point
    toe: Point | None = None
    """Where the foot points; unset: to the right, or up at the end of a level leg."""


@dataclass(frozen=True)
class Pose:
    """A stick figure; ``far`` limbs are drawn behind the body, ``near`` ones before it."""

    size: tuple[int, int]
    head: tuple[int, int]
    neck: Point
    hip: Point
    far_arm: Limb
    near_arm: Limb
    far_leg: Limb
    near_leg: Limb
    crossed: bool = False
    """Legs folded in front of the body."""


@dataclass(frozen=True)
class Outfit:
    """What tells the boy from the girl below the neck."""

    skin: str
    top: Paint
    bottom: str
    shoe: str
    dress: bool


BOY = Outfit("#c98a5e", ("#3f8ef5", "#2368d6"), "#27346b", "#e5303c", dress=False)
GIRL = Outfit("#f7c9a3", ("#ff6fb5", "#ee3f94"), "#ee3f94", "#8a2be0", dress=True)

_BOY_POSES = (  # in the order of classes.POSES
    Pose((108, 202), (38, 38), (36, 80), (34, 128), Limb((66, 90), (90, 84)), Limb((56, 106), (86, 108)), Limb((46, 160), (52, 190)), Limb((24, 160), (22, 190))),
    Pose((116, 220), (58, 62), (58, 104), (58, 148), Limb((92, 78), (100, 24)), Limb((24, 78), (16, 24)), Limb((68, 178), (72, 208)), Limb((46, 178), (42, 208))),
    Pose((146, 206), (56, 38), (54, 80), (52, 128), Limb((84, 96), (106, 76)), Limb((28, 104), (16, 126)), Limb((92, 128), (126, 108)), Limb((46, 162), (34, 194))),
    Pose((102, 202), (52, 38), (50, 80), (42, 126), Limb((74, 102), (84, 82)), Limb((18, 98), (30, 124)), Limb((78, 140), (70, 184)), Limb((34, 164), (14, 152), (-0.5, 0.87))),
    Pose((156, 150), (78, 38), (78, 80), (78, 120), Limb((116, 98), (140, 82)), Limb((40, 98), (16, 82)), Limb((132, 126), (64, 140), (-1, -0.2)), Limb((24, 126), (92, 141), (1, -0.2)), crossed=True),
    Pose((180, 142), (74, 38), (68, 80), (58, 120), Limb((94, 98), (116, 84)), Limb((42, 102), (20, 126)), Limb((116, 100), (158, 114)), Limb((106, 122), (148, 132))),
    Pose((120, 200), (46, 38), (44, 80), (44, 128), Limb((86, 78), (102, 32)), Limb((14, 104), (28, 124)), Limb((54, 160), (60, 190)), Limb((34, 160), (30, 190))),
)  # fmt: skip
_GIRL_POSES = (  # in the order of classes.POSES
    Pose((120, 194), (48, 38), (46, 80), (44, 124), Limb((78, 88), (102, 82)), Limb((68, 104), (98, 108)), Limb((54, 156), (58, 181)), Limb((36, 156), (32, 181))),
    Pose((116, 200), (58, 50), (58, 92), (58, 134), Limb((96, 70), (102, 24)), Limb((20, 70), (14, 24)), Limb((68, 164), (72, 187)), Limb((48, 164), (44, 187))),
    Pose((142, 196), (54, 38), (54, 80), (52, 122), Limb((84, 94), (106, 76)), Limb((28, 102), (16, 124)), Limb((92, 122), (122, 102)), Limb((48, 156), (38, 183))),
    Pose((116, 192), (62, 38), (60, 80), (52, 120), Limb((86, 100), (98, 80)), Limb((30, 98), (42, 122)), Limb((90, 132), (82, 174)), Limb((46, 156), (22, 144), (-0.5, 0.87))),
    Pose((138, 144), (69, 38), (69, 80), (69, 114), Limb((102, 96), (122, 78)), Limb((36, 96), (16, 78)), Limb((116, 120), (54, 134), (-1, -0.2)), Limb((22, 120), (84, 135), (1, -0.2)), crossed=True),
    Pose((168, 146), (70, 38), (64, 80), (56, 120), Limb((90, 98), (112, 84)), Limb((38, 102), (18, 126)), Limb((108, 104), (146, 118)), Limb((100, 126), (136, 136))),
    Pose((138, 194), (58, 38), (57, 80), (56, 124), Limb((98, 78), (120, 32)), Limb((26, 102), (40, 122)), Limb((66, 156), (72, 181)), Limb((46, 156), (42, 181))),
)  # fmt: skip


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _arm(s: Sketch, shoulder: Point, arm: Limb, outfit: Outfit) -> None:
    s.stroke(smooth([shoulder, arm.joint, arm.end], closed=False), 11, outfit.skin, edge=2)
    heading = atan2(arm.end[1] - arm.joint[1], arm.end[0] - arm.joint[0])
    palm = (arm.end[0] + 3 * cos(heading), arm.end[1] + 3 * sin(heading))
    tips = [
        (palm[0] + reach * cos(heading + spread), palm[1] + reach * sin(heading + spread))
        for spread, reach in ((-1.35, 7.5), (-0.5, 9.5), (0.0, 10.5), (0.5, 9.5))
    ]
    for edge in (2.0, 0.0):
        for tip in tips:
            s.stroke([palm, tip], 4.2, outfit.skin, edge=edge)
        s.stroke([palm, palm], 12, outfit.skin, edge=edge)
    s.stroke([arm.end, _between(arm.end, arm.joint, 0.3)], 10.5, outfit.skin)
    sleeve = _between(shoulder, arm.joint, 0.5 if outfit.dress else 0.62)
    s.stroke([shoulder, sleeve], 15, outfit.top, edge=2)


def _leg(s: Sketch, hip: Point, leg: Limb, outfit: Outfit, *, covered: bool) -> None:
    s.stroke(smooth([hip, leg.joint, leg.end], closed=False), 12, outfit.skin, edge=2)
    dx, dy = leg.end[0] - leg.joint[0], leg.end[1] - leg.joint[1]
    length = max(hypot(dx, dy), 1e-6)
    toe = leg.toe or ((dy / length, -dx / length) if abs(dx) > abs(dy) else (1.0, 0.0))
    heel, tip = leg.end, (leg.end[0] + 12 * toe[0], leg.end[1] + 12 * toe[1])
    s.stroke([_between(heel, leg.joint, 0.3), heel], 12, WHITE, edge=2)
    s.stroke([heel, tip], 11, outfit.shoe, edge=2)
    s.stroke([_between(heel, leg.joint, 0.16), heel], 11, outfit.shoe)
    if covered:
        s.stroke([hip, _between(hip, leg.joint, 0.78)], 19, outfit.bottom, edge=2)


def _across(pose: Pose) -> Point:
    """Unit vector from the near to the far side of the body."""
    lean = atan2(pose.hip[1] - pose.neck[1], pose.hip[0] - pose.neck[0])
    return cos(lean - pi / 2), sin(lean - pi / 2)


def _beside(point: Point, across: Point, distance: float, down: float = 0) -> Point:
    return point[0] + distance * across[0], point[1] + distance * across[1] + down


def _torso(s: Sketch, pose: Pose, outfit: Outfit) -> None:
    across = _across(pose)
    shoulders = [(*_beside(pose.neck, across, side * 11, 5), 9.0) for side in (-1, 1)]
    hips = [(*_beside(pose.hip, across, side * 8, -4), 9.0) for side in (-1, 1)]
    body = [hull([*shoulders, *hips])]
    if outfit.dress:
        body.append(_skirt(pose))
    s.shapes(body, outfit.top)
    band = _between(pose.neck, pose.hip, 0.72 if outfit.dress else 0.5)
    ends = [_beside(band, across, side * 24) for side in (-1, 1)]
    s.stroke(ends, 6 if outfit.dress else 10, "#ffe23d" if outfit.dress else WHITE, inside=body[0])


def _skirt(pose: Pose) -> list[Point]:
    hem: list[tuple[float, float, float]] = [(*_between(pose.neck, pose.hip, 0.6), 13.0)]
    for leg in (pose.far_leg, pose.near_leg):
        x, y = _between(pose.hip, leg.joint, 0.5 if pose.crossed else 0.85)
        dx, dy = leg.joint[0] - pose.hip[0], leg.joint[1] - pose.hip[1]
        length = max(hypot(dx, dy), 1e-6)
        hem += [(x + side * 14 * dy / length, y - side * 14 * dx / length, 4.0) for side in (-1, 1)]
    return hull(hem)


@cache
def _body(pose: Pose, outfit: Outfit) -> Sketch:
    """Everything below the chin; drawn once for the five expressions."""
    s = Sketch(*pose.size)
    across = _across(pose)

    def legs() -> None:
        for side, leg in ((1, pose.far_leg), (-1, pose.near_leg)):
            hip = (pose.hip[0] + side * 8 * across[0], pose.hip[1])
            _leg(s, hip, leg, outfit, covered=pose.crossed or not outfit.dress)

    _arm(s, _beside(pose.neck, across, 13, 6), pose.far_arm, outfit)
    if not pose.crossed:
        legs()
    s.stroke([pose.neck, pose.head], 13, outfit.skin, edge=2)
    _torso(s, pose, outfit)
    if pose.crossed:
        legs()
    _arm(s, _beside(pose.neck, across, -13, 6), pose.near_arm, outfit)
    return s


@cache
def _head(outfit: Outfit, expression: int) -> Sketch:
    """A head in the middle of its own sheet; drawn once for the seven poses."""
    s = Sketch(2 * _HEAD_REACH, 2 * _HEAD_REACH)
    draw_head(s, (_HEAD_REACH, _HEAD_REACH), outfit.skin, expression, girl=outfit.dress)
    return s


def draw_person(s: Sketch, pose: Pose, outfit: Outfit, expression: int) -> None:
    """A whole figure."""
    s.lay(_body(pose, outfit))
    s.lay(_head(outfit, expression), pose.head[0] - _HEAD_REACH, pose.head[1] - _HEAD_REACH)


DRAWINGS = {
    f"{prefix}_{5 * p + e}": (*pose.size, partial(draw_person, pose=pose, outfit=outfit, expression=e))
    for prefix, poses, outfit in (("hb0", _BOY_POSES, BOY), ("hb1", _GIRL_POSES, GIRL))
    for p, pose in enumerate(poses)
    for e in range(len(EXPRESSIONS))
}
