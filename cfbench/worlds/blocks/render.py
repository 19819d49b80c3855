"""Draw scenes of blocks, turn by turn.

A picture is a pure function of a scene: the image after ``count`` objects is the same whether it is drawn
alone or as part of a sequence. Only elementwise float32 arithmetic decides what is seen where; pixels agree
within ±1 across machines. Known limit: what metal mirrors casts no shadow in the mirror.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.worlds.blocks.camera import HEIGHT, WIDTH, Camera
from cfbench.worlds.blocks.lighting import (
    GROUND_ALBEDO,
    Lamp,
    direct,
    ground_ambient,
    ground_light,
    lamps_of,
    lobe,
    mirrored,
    openness,
    surrounding,
)
from cfbench.worlds.blocks.mirror import Mirror
from cfbench.worlds.blocks.shapes import Block, enter, normal, visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cfbench.worlds.blocks.camera import Array, Vector

SETTING = "cfbench"
"""The key of a scene under which camera and lights stand; the rest of a scene is CLEVR's schema."""
RUBBER_SHEEN = np.float32(0.05)
METAL_MATTE = np.float32(0.22)
METAL_SHINE = np.float32(1.7)
METAL_WHITE = np.float32(0.3)
"""Share of a lamp's reflection that metal does not tint."""
_LEVELS = 16384


@lru_cache(maxsize=1)
def _display() -> NDArray[np.uint8]:
    """Linear light in steps of 1 / _LEVELS as sRGB bytes."""
    linear = np.arange(_LEVELS + 1) / _LEVELS
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    table: NDArray[np.uint8] = np.rint(curved * 255).astype(np.uint8)
    return table


def camera_of(scene: Mapping[str, Any]) -> Camera:
    """The camera of a scene."""
    setting = scene[SETTING]["camera"]
    return Camera(tuple(setting["location"]), tuple(setting["target"]))


@dataclass(frozen=True)
class Footprint:
    """The samples of the image grid that fall on a block, whatever stands before it."""

    cells: NDArray[np.intp]
    depth: Array
    direction: tuple[Array, Array, Array]


def footprint(camera: Camera, block: Block, grid: int) -> Footprint:
    """Cast the rays of a ``grid`` x ``grid`` image that may meet the block."""
    x, y, z = block.center
    reach = block.reach
    corners = [
        camera.project((x + a * reach, y + b * reach, z + c * block.half))
        for a in (-1, 1)
        for b in (-1, 1)
        for c in (-1, 1)
    ]
    columns = [corner[0] * grid / WIDTH for corner in corners]
    rows = [corner[1] * grid / HEIGHT for corner in corners]
    left, right = max(int(min(columns)), 0), min(int(max(columns)) + 1, grid)
    top, bottom = max(int(min(rows)), 0), min(int(max(rows)) + 1, grid)
    across = (np.arange(left, max(right, left)) + 0.5) * (WIDTH / grid)
    down = (np.arange(top, max(bottom, top)) + 0.5) * (HEIGHT / grid)
    rays = camera.rays(across[None, :], down[:, None])
    depth, hit = enter(block, camera.location, *rays)
    row, column = np.nonzero(hit)
    dx, dy, dz = (ray[hit] for ray in rays)
    return Footprint((row + top) * grid + (column + left), depth[hit], (dx, dy, dz))


class Owners:
    """Which block each sample of an image grid shows: a depth buffer."""

    def __init__(self, camera: Camera, grid: int) -> None:
        """An empty grid."""
        self.camera, self.grid = camera, grid
        self.owner = np.full(grid * grid, -1, dtype=np.int16)
        self._depth = np.full(grid * grid, np.inf, dtype=np.float32)
        self._count = 0

    def add(self, block: Block) -> Footprint:
        """Put a block into the image; the number of its samples in ``owner`` is its position."""
        seen = footprint(self.camera, block, self.grid)
        closer = seen.depth < self._depth[seen.cells]
        cells = seen.cells[closer]
        self._depth[cells] = seen.depth[closer]
        self.owner[cells] = self._count
        self._count += 1
        return seen


class _Layer:
    """The visible points of one block, the light on them lamp by lamp, and the shadows that fall on them."""

    def __init__(self, block: Block, seen: Footprint, eye: Vector, lamps: Sequence[Lamp]) -> None:
        x, y, z = (np.float32(e) + seen.depth * d for e, d in zip(eye, seen.direction, strict=True))
        facing = normal(block, x, y, z)
        reflected = mirrored(eye, (x, y, z), facing)
        self.block, self.cells, self.point = block, seen.cells, (x, y, z)
        self.kept: list[Array | np.float32] = [np.float32(1) for _ in lamps]
        self.mirror = Mirror(block, lamps, self.point, reflected) if block.metal else None
        self._ambient = surrounding(facing[2])
        self._diffuse: list[Array] = []
        self._glint: list[Array] = []
        for lamp in lamps:
            light, toward = direct(lamp, self.point, facing)
            (x, y, z), (u, v, w) = reflected, toward
            self._diffuse.append(light)
            self._glint.append(lobe(x * u + y * v + z * w, 6 if block.metal else 3) * np.float32(lamp.glint))

    def colors(self) -> list[Array]:
        """Red, green and blue of the points."""
        lit, glint = self._ambient, np.float32(0)
        for diffuse, shine, kept in zip(self._diffuse, self._glint, self.kept, strict=True):
            lit = lit + diffuse * kept
            glint = glint + shine * kept
        if self.mirror is None:
            sheen = glint * RUBBER_SHEEN
            return [np.minimum(np.float32(a) * lit + sheen, 1) for a in self.block.albedo]
        return [
            np.minimum(
                np.float32(a) * (METAL_MATTE * lit + METAL_SHINE * seen + glint) + METAL_WHITE * glint, 1
            )
            for a, seen in zip(self.block.albedo, self.mirror.light, strict=True)
        ]


class Renderer:
    """Draws one scene at one size; blocks are added one by one and keep their rays and light."""

    def __init__(self, scene: Mapping[str, Any], size: int) -> None:
        """The empty ground of a scene."""
        self._size, self._samples = size, 3 if size >= 96 else 4
        self._camera = camera_of(scene)
        self._lamps = lamps_of(scene[SETTING])
        self._owners = Owners(self._camera, size * self._samples)
        self._layers: list[_Layer] = []
        self._ground_x, self._ground_y = _ground_points(self._camera, size)
        self._ground_light = ground_light(self._lamps, self._ground_x, self._ground_y)
        self._ambient = ground_ambient(self._ground_x, self._ground_y)

    def add(self, entry: Mapping[str, Any]) -> None:
        """Put an entry of the scene's ``objects`` on the ground."""
        block = Block.from_scene(entry)
        layer = _Layer(block, self._owners.add(block), self._camera.location, self._lamps)
        for other in self._layers:
            self._meet(other.block, layer)
            self._meet(block, other)
        self._layers.append(layer)
        ground = (self._ground_x, self._ground_y, np.float32(0))
        for position, lamp in enumerate(self._lamps):
            direction = lamp.toward(block.center)
            self._ground_light[position] *= visibility(block, direction, lamp.softness, ground)
        self._ambient *= openness(block, self._ground_x, self._ground_y)

    def _meet(self, caster: Block, receiver: _Layer) -> None:
        """Let a block throw its shadow on another and be mirrored in it."""
        if receiver.mirror is not None:
            receiver.mirror.show(caster)
        for position, lamp in enumerate(self._lamps):
            if _may_shade(caster, receiver.block, lamp):
                receiver.kept[position] = receiver.kept[position] * visibility(
                    caster, lamp.toward(caster.center), lamp.softness, receiver.point
                )

    def image(self) -> NDArray[np.uint8]:
        """The image so far: RGB, ``size`` x ``size``."""
        cells = self._size * self._size
        grid = self._size * self._samples
        total = np.zeros((3, cells))
        covered = np.zeros(cells)
        for position, layer in enumerate(self._layers):
            visible = self._owners.owner[layer.cells] == position
            samples = layer.cells[visible]
            inside = samples // grid // self._samples * self._size + samples % grid // self._samples
            covered += np.bincount(inside, minlength=cells)
            for channel, value in enumerate(layer.colors()):
                total[channel] += np.bincount(inside, weights=value[visible], minlength=cells)
        light = self._ambient + sum(self._ground_light)
        share = 1 / self._samples**2
        ground = np.minimum(light.ravel() * GROUND_ALBEDO, 1) * (1 - covered * share)
        linear = (total * share + ground).T
        pixels: NDArray[np.uint8] = _display()[np.rint(linear * _LEVELS).astype(np.intp)]
        return pixels.reshape(self._size, self._size, 3)


def _ground_points(camera: Camera, size: int) -> tuple[Array, Array]:
    """Where the rays through the centres of the pixels meet the ground."""
    middle = np.arange(size) + 0.5
    x, y, z = camera.rays(middle[None, :] * (WIDTH / size), middle[:, None] * (HEIGHT / size))
    ex, ey, ez = camera.location
    depth = np.float32(-ez) / z
    return np.float32(ex) + x * depth, np.float32(ey) + y * depth


def _may_shade(caster: Block, receiver: Block, lamp: Lamp) -> bool:
    """Whether any of the caster's shadow may fall on the receiver: a generous test by circles."""
    lx, ly, _ = lamp.toward(caster.center)
    dx, dy = receiver.center[0] - caster.center[0], receiver.center[1] - caster.center[1]
    level = math.hypot(lx, ly)
    along, across = (dx * lx + dy * ly) / level, abs(dx * ly - dy * lx) / level
    reach = caster.reach + receiver.reach
    return along < 0 and across < reach * (1 + lamp.softness)


def render(scene: Mapping[str, Any], size: int, count: int | None = None) -> NDArray[np.uint8]:
    """The first ``count`` objects of a scene (all by default) as an RGB image."""
    renderer = Renderer(scene, size)
    for entry in scene["objects"][:count]:
        renderer.add(entry)
    return renderer.image()


def render_sequence(scene: Mapping[str, Any], size: int) -> list[NDArray[np.uint8]]:
    """The image after each object of a scene, in order."""
    renderer = Renderer(scene, size)
    images = []
    for entry in scene["objects"]:
        renderer.add(entry)
        images.append(renderer.image())
    return images


def object_mask(scene: Mapping[str, Any], size: int) -> NDArray[np.int16]:
    """The position of the object that the centre of each pixel shows; -1 is the ground."""
    owners = Owners(camera_of(scene), size)
    for entry in scene["objects"]:
        owners.add(Block.from_scene(entry))
    return owners.owner.reshape(size, size)
