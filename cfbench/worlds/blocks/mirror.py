"""What polished metal reflects: the ground, a dim sky, and the other blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cfbench.worlds.blocks.lighting import (
    GROUND_ALBEDO,
    Lamp,
    direct,
    ground_ambient,
    ground_light,
    openness,
    surrounding,
)
from cfbench.worlds.blocks.shapes import Block, enter, normal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.worlds.blocks.camera import Array
    from cfbench.worlds.blocks.lighting import Triple

SKY = np.float32(0.07)
_LEVEL = np.float32(0.02)
"""Rays that fall less steeply than this are taken for the sky."""


class Mirror:
    """Light that a metal block's visible points see in their mirror direction, by colour channel."""

    def __init__(self, block: Block, lamps: Sequence[Lamp], point: Triple, direction: Triple) -> None:
        """A block alone on the ground."""
        self._lamps, self._point, self._direction = lamps, point, direction
        x, y, z = direction
        self._reach = np.where(z < -_LEVEL, point[2] / np.maximum(-z, _LEVEL), np.float32(np.inf))
        finite = np.minimum(self._reach, np.float32(60))
        ground_x, ground_y = point[0] + x * finite, point[1] + y * finite
        light = ground_ambient(ground_x, ground_y)
        for share in ground_light(lamps, ground_x, ground_y):
            light = light + share
        contact = openness(block, ground_x, ground_y)
        blend = np.clip(-z * np.float32(8), 0, 1)
        gray = SKY + (light * GROUND_ALBEDO * contact * contact - SKY) * blend
        self.light: list[Array] = [gray, gray.copy(), gray.copy()]

    def show(self, other: Block) -> None:
        """Let the mirror see another block, before what it saw farther away."""
        reach, hit = enter(other, self._point, *self._direction)
        with np.errstate(invalid="ignore"):
            index = np.flatnonzero(hit & (reach < self._reach))
        if not index.size:
            return
        near = reach[index]
        self._reach[index] = near
        x, y, z = (p[index] + near * d[index] for p, d in zip(self._point, self._direction, strict=True))
        facing = normal(other, x, y, z)
        light = surrounding(facing[2])
        for lamp in self._lamps:
            light = light + direct(lamp, (x, y, z), facing)[0]
        for channel, albedo in zip(self.light, other.albedo, strict=True):
            channel[index] = light * np.float32(albedo)
