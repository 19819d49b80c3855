"""Where rays meet blocks, and how much of a distant light a block hides.

All functions are elementwise over arrays. Blocks are convex, so a ray enters one at most once; no block
holds the camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.worlds.blocks.vocabulary import RADIUS, RGB, half_height

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cfbench.worlds.blocks.camera import Array, Vector

BEVEL = 0.11
"""Width of the rounded edge of cubes and cylinders, over their half height."""
_TINY = np.float32(1e-9)


@dataclass(frozen=True)
class Block:
    """An object of a scene in the form that the ray caster needs."""

    shape: str
    center: Vector
    radius: float
    half: float
    """Half of the height; of a cube, half of the side."""
    cosine: float
    sine: float
    albedo: Vector
    metal: bool

    @classmethod
    def from_scene(cls, entry: Mapping[str, Any]) -> Block:
        """The block that an entry of a CLEVR scene's ``objects`` describes."""
        red, green, blue = RGB[entry["color"]]
        angle = math.radians(entry["rotation"])
        x, y, z = entry["3d_coords"]
        return cls(
            shape=entry["shape"],
            center=(x, y, z),
            radius=RADIUS[entry["size"]],
            half=half_height(entry["shape"], entry["size"]),
            cosine=math.cos(angle),
            sine=math.sin(angle),
            albedo=(red / 255, green / 255, blue / 255),
            metal=entry["material"] == "metal",
        )

    @property
    def reach(self) -> float:
        """Radius of the upright cylinder around the block."""
        return self.half * math.sqrt(2) if self.shape == "cube" else self.radius


def rotated(block: Block, x: Array, y: Array) -> tuple[Array, Array]:
    """World directions in the block's own axes."""
    c, s = np.float32(block.cosine), np.float32(block.sine)
    return c * x + s * y, c * y - s * x


def _slab(origin: Any, direction: Array, half: float) -> tuple[Array, Array]:
    inverse = np.float32(1) / np.where(np.abs(direction) < _TINY, _TINY, direction)
    middle, spread = np.float32(-origin) * inverse, np.float32(half) * np.abs(inverse)
    return middle - spread, middle + spread


def _round(a: Array, b: Array, c: Any) -> tuple[Array, Array]:
    """Entry and exit where a t² + 2 b t + c = 0; both NaN where the ray misses."""
    with np.errstate(invalid="ignore"):
        root = np.sqrt(b * b - a * np.float32(c))
    return (-b - root) / a, (root - b) / a


def enter(
    block: Block, origin: Sequence[float | Array], x: Array, y: Array, z: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Ray parameter at which rays from outside enter the block (NaN allowed where they miss), and whether."""
    ox, oy, oz = (o - c for o, c in zip(origin, block.center, strict=True))
    if block.shape == "sphere":
        a = x * x + y * y + z * z
        b = np.float32(ox) * x + np.float32(oy) * y + np.float32(oz) * z
        near, _ = _round(a, b, ox * ox + oy * oy + oz * oz - block.radius**2)
        with np.errstate(invalid="ignore"):
            return near, near > 0
    near, far = _slab(oz, z, block.half)
    if block.shape == "cylinder":
        a = x * x + y * y
        b = np.float32(ox) * x + np.float32(oy) * y
        sides = [_round(a, b, ox * ox + oy * oy - block.radius**2)]
    else:
        c, s = block.cosine, block.sine
        lx, ly = rotated(block, x, y)
        sides = [_slab(c * ox + s * oy, lx, block.half), _slab(c * oy - s * ox, ly, block.half)]
    for first, last in sides:
        near, far = np.maximum(near, first), np.minimum(far, last)
    with np.errstate(invalid="ignore"):
        return near, (near < far) & (near > 0)


def normal(block: Block, x: Array, y: Array, z: Array) -> tuple[Array, Array, Array]:
    """Unit normals at surface points; edges of cubes and cylinders are rounded by ``BEVEL``."""
    dx, dy, dz = (p - np.float32(c) for p, c in zip((x, y, z), block.center, strict=True))
    if block.shape == "sphere":
        inverse = np.float32(1 / block.radius)
        return dx * inverse, dy * inverse, dz * inverse
    inner = np.float32(block.half * (1 - BEVEL))
    nz = np.sign(dz) * np.maximum(np.abs(dz) - inner, 0)
    if block.shape == "cylinder":
        radial = np.sqrt(dx * dx + dy * dy) + _TINY
        out = np.maximum(radial - np.float32(block.radius - block.half * BEVEL), 0) / radial
        nx, ny = dx * out, dy * out
    else:
        lx, ly = rotated(block, dx, dy)
        lx = np.sign(lx) * np.maximum(np.abs(lx) - inner, 0)
        ly = np.sign(ly) * np.maximum(np.abs(ly) - inner, 0)
        c, s = np.float32(block.cosine), np.float32(block.sine)
        nx, ny = c * lx - s * ly, s * lx + c * ly
    inverse = np.float32(1) / (np.sqrt(nx * nx + ny * ny + nz * nz) + _TINY)
    return nx * inverse, ny * inverse, nz * inverse


def visibility(
    block: Block, light: Vector, softness: float, point: tuple[Array, Array, Array | np.float32]
) -> Array:
    """Share (0 to 1) of a small disc of light in the unit direction ``light`` that points see past the block.

    Exact for a wide caster's straight edge: the block is projected along the light onto a plane, where its
    silhouette is a disc, a swept ellipse or a hexagon; the signed distance to that silhouette over the width
    of the penumbra, which grows with the distance from the edge that casts it, is the answer.
    """
    lx, ly, lz = light
    level = math.hypot(lx, ly)
    ax, ay = lx / level, ly / level
    dx, dy, dz = (p - np.float32(c) for p, c in zip(point, block.center, strict=True))
    along = np.float32(ax) * dx + np.float32(ay) * dy
    across = np.float32(ax) * dy - np.float32(ay) * dx
    rise = np.float32(level) * dz - np.float32(lz) * along
    distance = _outside(block, (lx, ly, lz), across, rise)
    # The ray passes the block's axis this far from the point; there it meets the edge that casts the shadow.
    travel = np.minimum(along * np.float32(-1 / level), (np.float32(block.half) - dz) / np.float32(lz))
    penumbra = np.float32(softness) * np.maximum(travel, 0) + np.float32(0.02)
    share = np.clip(distance / penumbra * np.float32(0.5) + np.float32(0.5), 0, 1)
    share = share * share * (np.float32(3) - np.float32(2) * share)
    kept: Array = np.where(np.float32(level) * along + np.float32(lz) * dz < 0, share, np.float32(1))
    return kept


def _outside(block: Block, light: Vector, across: Array, rise: Array) -> Array:
    """Signed distance to the silhouette in the plane across the light: negative within."""
    lx, ly, lz = light
    level = math.hypot(lx, ly)
    radius, half = np.float32(block.radius), np.float32(block.half)
    distance: Array
    if block.shape == "sphere":
        distance = np.sqrt(across * across + rise * rise) - radius
        return distance
    if block.shape == "cylinder":
        short = np.float32(block.radius * lz)
        over = np.maximum(np.abs(rise) - np.float32(block.half * level), 0)
        u, v = across / radius, over / short
        scaled = np.sqrt(u * u + v * v)
        u, v = u / radius, v / short
        distance = scaled * (scaled - 1) / (np.sqrt(u * u + v * v) + _TINY)
        return distance
    # A cube's silhouette is a hexagon: each pair of edges is parallel to one axis of the cube.
    c, s = block.cosine, block.sine
    axes = [(c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0)]
    flat = [
        ((lx * a[1] - ly * a[0]) / level, level * a[2] - lz * (lx * a[0] + ly * a[1]) / level) for a in axes
    ]
    distance = np.full(np.shape(across), np.float32(-np.inf))
    for i, (u, v) in enumerate(flat):
        length = math.hypot(u, v)
        if length < 1e-6:
            continue
        nu, nv = -v / length, u / length
        extent = sum(abs(nu * p + nv * q) for j, (p, q) in enumerate(flat) if j != i)
        edge = np.abs(np.float32(nu) * across + np.float32(nv) * rise) - half * np.float32(extent)
        distance = np.maximum(distance, edge)
    return distance
