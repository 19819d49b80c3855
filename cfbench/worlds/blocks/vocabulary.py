"""What a block can be: CLEVR's shapes, colours, sizes and materials, and the 24 classes of i-CLEVR."""

from __future__ import annotations

SHAPES = ("cube", "sphere", "cylinder")
COLORS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
SIZES = ("large", "small")
MATERIALS = ("rubber", "metal")

RGB = {
    "gray": (87, 87, 87),
    "red": (173, 35, 35),
    "blue": (42, 75, 215),
    "green": (29, 105, 20),
    "brown": (129, 74, 25),
    "purple": (129, 38, 192),
    "cyan": (41, 208, 208),
    "yellow": (255, 238, 51),
}
"""CLEVR's own colours; they are linear albedos, as Blender takes them."""

RADIUS = {"large": 0.7, "small": 0.35}
"""Radius of spheres and cylinders, and half the height of a cylinder."""

CUBE_RATIO = 0.88
"""Half the side of a cube over the radius of its size, measured on CLEVR's images."""

CLASS_NAMES = tuple(f"{shape} {color}" for shape in SHAPES for color in COLORS)
"""The 24 classes, shape-major and written "shape colour", as i-CLEVR lists them."""


def class_index(shape: str, color: str) -> int:
    """Position in ``CLASS_NAMES``: 8 · shape + colour."""
    return len(COLORS) * SHAPES.index(shape) + COLORS.index(color)


def half_height(shape: str, size: str) -> float:
    """Height of the centre of a block that stands on the ground."""
    return RADIUS[size] * CUBE_RATIO if shape == "cube" else RADIUS[size]
