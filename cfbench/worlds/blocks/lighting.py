"""Three lamps, CLEVR's gray ground, and how rubber and metal answer to them. All values are linear light."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.worlds.blocks.camera import Vector, difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.worlds.blocks.camera import Array
    from cfbench.worlds.blocks.shapes import Block

    Triple = tuple[Array, Array, Array]

GROUND_ALBEDO = np.float32(0.32)
AMBIENT = np.float32(0.12)
HAZE = np.float32(0.30)
"""Ambient light that far ground gets beside ``AMBIENT``, as from a bright wall behind CLEVR's stage."""


@dataclass(frozen=True)
class Lamp:
    """A lamp with the width that makes its shadows soft."""

    location: Vector
    power: float
    softness: float
    """Width over distance."""
    glint: float
    """Strength of its reflection in polished metal."""

    def toward(self, point: Sequence[float]) -> Vector:
        """Unit vector from a point to the lamp."""
        offset = difference(self.location, point)
        length = math.sqrt(sum(value * value for value in offset))
        return (offset[0] / length, offset[1] / length, offset[2] / length)


LAMPS = {
    "key": Lamp((11.8, 0.8, 9.1), 155.0, 0.16, 1.6),
    "fill": Lamp((-6.5, -5.5, 5.0), 11.0, 0.30, 0.5),
    "back": Lamp((-3.0, 5.0, 6.0), 25.0, 0.22, 0.8),
}
"""The lamps before jitter."""


def lamps_of(setting: Mapping[str, Any]) -> list[Lamp]:
    """The lamps of a scene, in the order of ``LAMPS``."""
    return [
        Lamp(tuple(setting["lights"][name]), lamp.power, lamp.softness, lamp.glint)
        for name, lamp in LAMPS.items()
    ]


def direct(
    lamp: Lamp, point: tuple[Array, Array, Array | float], normal: tuple[Array | float, ...]
) -> tuple[Array, Triple]:
    """Light that a matte white surface sends back, and unit vectors to the lamp."""
    x, y, z = (np.float32(c) - p for c, p in zip(lamp.location, point, strict=True))
    inverse = np.float32(1) / np.sqrt(x * x + y * y + z * z)
    x, y, z = x * inverse, y * inverse, z * inverse
    facing = np.maximum(x * normal[0] + y * normal[1] + z * normal[2], 0)
    return np.float32(lamp.power) * facing * inverse * inverse, (x, y, z)


def ground_light(lamps: Sequence[Lamp], x: Array, y: Array) -> list[Array]:
    """Light that each lamp sends to points of the ground, before shadows."""
    return [direct(lamp, (x, y, 0.0), (0.0, 0.0, 1.0))[0] for lamp in lamps]


def ground_ambient(x: Array, y: Array) -> Array:
    """Light that reaches points of the ground from all around, before blocks stand on it."""
    square = x * x + y * y
    light: Array = AMBIENT + HAZE * square / (square + np.float32(60))
    return light


def openness(block: Block, x: Array, y: Array) -> Array:
    """Share of the ambient light that a block leaves to points of the ground beside it."""
    dx, dy = x - np.float32(block.center[0]), y - np.float32(block.center[1])
    square, half = np.float32(block.half**2), np.float32(block.half)
    distance = dx * dx + dy * dy + square
    # The form factor of a ball of the block's size, seen from the ground.
    share: Array = 1 - np.minimum(square * half / (distance * np.sqrt(distance)), 1) * np.float32(0.9)
    return share


def surrounding(height: Array) -> Array:
    """Ambient light on a surface whose unit normal has this vertical part."""
    light: Array = AMBIENT * (np.float32(0.8) + np.float32(0.4) * height)
    return light


def mirrored(eye: Vector, point: Triple, normal: Triple) -> Triple:
    """Unit directions in which points reflect the line of sight."""
    x, y, z = (p - np.float32(c) for p, c in zip(point, eye, strict=True))
    inverse = np.float32(1) / np.sqrt(x * x + y * y + z * z)
    x, y, z = x * inverse, y * inverse, z * inverse
    twice = np.float32(2) * (x * normal[0] + y * normal[1] + z * normal[2])
    return x - twice * normal[0], y - twice * normal[1], z - twice * normal[2]


def lobe(cosine: Array, doublings: int) -> Array:
    """``cosine`` to the power of 2 ** ``doublings``, by multiplication: alike on every machine."""
    value: Array = np.maximum(cosine, 0)
    for _ in range(doublings):
        value = value * value
    return value
