"""Scenes of blocks in CLEVR's schema, placed by CLEVR's rules.

Every float is rounded to six decimals before anything is derived from it, so that a scene's canonical JSON
is the same on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.randomness import generator
from cfbench.worlds.blocks.camera import HEIGHT, LOCATION, TARGET, WIDTH, Camera, Vector, difference, dot
from cfbench.worlds.blocks.lighting import LAMPS
from cfbench.worlds.blocks.render import SETTING, object_mask
from cfbench.worlds.blocks.shapes import Block
from cfbench.worlds.blocks.vocabulary import CLASS_NAMES, MATERIALS, SIZES, half_height

if TYPE_CHECKING:
    from collections.abc import Sequence

AREA = 3.0
"""Centres lie within this distance of the middle, along each axis."""
MIN_DISTANCE = 0.25
"""Free ground between any two objects."""
MARGIN = 0.4
"""Any two objects differ by this much along each of left-right and front-behind."""
CAMERA_JITTER = 0.5
LAMP_JITTER = 1.0
MIN_VISIBLE = 200 / (WIDTH * HEIGHT)
"""Share of the image that each object of a finished scene shows: 200 pixels of 320 x 240."""
_MASK_SIZE = 160
_ATTEMPTS = 60

Scene = dict[str, Any]


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 6) + 0.0 for value in values]


def directions_of(camera: Camera) -> dict[str, list[float]]:
    """CLEVR's six directions: unit vectors in the plane of the ground, and up and down."""
    fx, fy, _ = camera.forward
    length = float(np.sqrt(fx * fx + fy * fy))
    behind = (fx / length, fy / length, 0.0)
    right = camera.right
    return {
        "behind": _rounded(behind),
        "front": _rounded([-value for value in behind]),
        "left": _rounded([-value for value in right]),
        "right": _rounded(right),
        "above": [0.0, 0.0, 1.0],
        "below": [0.0, 0.0, -1.0],
    }


def relationships_of(
    objects: Sequence[dict[str, Any]], directions: dict[str, list[float]]
) -> dict[str, list[list[int]]]:
    """For each direction and object, the positions of the objects that lie that way from it."""
    return {
        name: [
            [
                other
                for other, entry in enumerate(objects)
                if other != position
                and dot(difference(entry["3d_coords"], anchor["3d_coords"]), directions[name]) > MARGIN / 2
            ]
            for position, anchor in enumerate(objects)
        ]
        for name in ("left", "right", "front", "behind")
    }


def plain_setting() -> dict[str, Any]:
    """Camera and lights without jitter."""
    return {
        "camera": {"location": list(LOCATION), "target": list(TARGET)},
        "lights": {name: list(lamp.location) for name, lamp in LAMPS.items()},
    }


def _setting(random: np.random.Generator) -> dict[str, Any]:
    def near(location: Vector, jitter: float) -> list[float]:
        return _rounded([value + random.uniform(-jitter, jitter) for value in location])

    return {
        "camera": {"location": near(LOCATION, CAMERA_JITTER), "target": list(TARGET)},
        "lights": {name: near(lamp.location, LAMP_JITTER) for name, lamp in LAMPS.items()},
    }


def make_object(
    camera: Camera, name: str, place: Sequence[float], *, size: str, material: str, rotation: float
) -> dict[str, Any]:
    """An entry of ``objects``: a block of the class ``name`` on the ground at ``place``."""
    shape, color = name.split()
    center = _rounded([place[0], place[1], half_height(shape, size)])
    column, row, depth = camera.project(center)
    return {
        "color": color,
        "shape": shape,
        "size": size,
        "material": material,
        "3d_coords": center,
        "rotation": round(float(rotation), 6),
        "pixel_coords": [round(column), round(row), round(depth, 6)],
    }


def assemble(split: str, index: int, setting: dict[str, Any], objects: list[dict[str, Any]]) -> Scene:
    """A scene of given objects, with directions and relationships worked out."""
    camera = Camera(tuple(setting["camera"]["location"]), tuple(setting["camera"]["target"]))
    directions = directions_of(camera)
    return {
        "image_index": index,
        "image_filename": f"CLEVR_{split}_{index:06d}.png",
        "split": split,
        "objects": objects,
        "directions": directions,
        "relationships": relationships_of(objects, directions),
        SETTING: setting,
    }


def sample_scene(
    seed: int,
    split: str,
    index: int,
    objects: int = 5,
    *,
    sizes: Sequence[str] = SIZES,
    materials: Sequence[str] = MATERIALS,
    first_at_center: bool = False,
) -> Scene:
    """The scene number ``index`` of a split: a pure function of the arguments.

    Objects are in the order of addition and differ pairwise in shape or colour. In the finished scene every
    object shows at least ``MIN_VISIBLE`` of the image. ``first_at_center`` puts the first at the origin.
    """
    random = generator(seed, "blocks", split, index)
    while True:
        setting = _setting(random)
        camera = Camera(tuple(setting["camera"]["location"]), tuple(setting["camera"]["target"]))
        directions = directions_of(camera)
        names = [CLASS_NAMES[number] for number in random.permutation(len(CLASS_NAMES))[:objects]]
        placed: list[dict[str, Any]] = []
        for name in names:
            size, material = (choices[int(random.integers(len(choices)))] for choices in (sizes, materials))
            for _ in range(_ATTEMPTS):
                place = (random.uniform(-AREA, AREA), random.uniform(-AREA, AREA))
                if first_at_center and not placed:
                    place = (0.0, 0.0)
                rotation = random.uniform(0, 360)
                entry = make_object(camera, name, place, size=size, material=material, rotation=rotation)
                if _fits(entry, placed, directions):
                    placed.append(entry)
                    break
            else:
                break
        if len(placed) < objects:
            continue
        scene = assemble(split, index, setting, placed)
        if _all_visible(scene):
            return scene


def _fits(
    entry: dict[str, Any], placed: Sequence[dict[str, Any]], directions: dict[str, list[float]]
) -> bool:
    column, row, _ = entry["pixel_coords"]
    if not (0 <= column < WIDTH and 0 <= row < HEIGHT):
        return False
    reach = Block.from_scene(entry).reach
    for other in placed:
        offset = difference(entry["3d_coords"], other["3d_coords"])
        gap = (offset[0] ** 2 + offset[1] ** 2) ** 0.5 - reach - Block.from_scene(other).reach
        if gap < MIN_DISTANCE:
            return False
        if any(abs(dot(offset, directions[name])) < MARGIN for name in ("right", "behind")):
            return False
    return True


def _all_visible(scene: Scene) -> bool:
    shown = np.bincount(object_mask(scene, _MASK_SIZE).ravel() + 1, minlength=len(scene["objects"]) + 1)
    return bool((shown[1:] >= MIN_VISIBLE * _MASK_SIZE**2).all())
