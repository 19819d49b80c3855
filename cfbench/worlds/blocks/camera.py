"""CLEVR's camera: a perspective view of 320 x 240, from which a square image is squeezed.

The height, the pitch and the focal length were fitted to the pixel coordinates of real CLEVR scenes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 240
FOCAL = 350.0
"""Pixels of the 320 x 240 view: a 35 mm lens before a 32 mm sensor."""
LOCATION = (7.48113, -6.50764, 5.34367)
TARGET = (0.0, 0.0, 0.07)

Vector = tuple[float, float, float]
Array = np.ndarray[Any, np.dtype[np.float32]]


def _unit(vector: Sequence[float]) -> Vector:
    length = math.sqrt(sum(value * value for value in vector))
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """Scalar product of two 3-vectors."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def difference(a: Sequence[float], b: Sequence[float]) -> Vector:
    """``a - b`` of two 3-vectors."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


@dataclass(frozen=True)
class Camera:
    """A camera at ``location`` that looks at ``target`` with its x axis level."""

    location: Vector
    target: Vector = TARGET

    @property
    def forward(self) -> Vector:
        """Unit vector of the line of sight."""
        return _unit(difference(self.target, self.location))

    @property
    def right(self) -> Vector:
        """Unit vector to the right of the image; level."""
        forward = self.forward
        return _unit((forward[1], -forward[0], 0.0))

    @property
    def up(self) -> Vector:
        """Unit vector to the top of the image."""
        (fx, fy, fz), (rx, ry, _) = self.forward, self.right
        return (ry * fz, -rx * fz, rx * fy - ry * fx)

    def project(self, point: Sequence[float]) -> Vector:
        """Column and row in the 320 x 240 view (not rounded) and depth along the line of sight."""
        offset = difference(point, self.location)
        depth = dot(offset, self.forward)
        scale = FOCAL / depth
        return (
            WIDTH / 2 + dot(offset, self.right) * scale,
            HEIGHT / 2 - dot(offset, self.up) * scale,
            depth,
        )

    def rays(self, columns: NDArray[Any], rows: NDArray[Any]) -> tuple[Array, Array, Array]:
        """Directions through points of the view, scaled so that a ray's parameter is the depth.

        ``columns`` and ``rows`` broadcast against each other. Only elementwise arithmetic is used:
        it rounds alike on every machine, so silhouettes do not depend on the machine.
        """
        across = ((columns - WIDTH / 2) / FOCAL).astype(np.float32)
        upward = ((HEIGHT / 2 - rows) / FOCAL).astype(np.float32)
        x, y, z = (
            np.float32(f) + np.float32(r) * across + np.float32(u) * upward
            for f, r, u in zip(self.forward, self.right, self.up, strict=True)
        )
        return x, y, z
