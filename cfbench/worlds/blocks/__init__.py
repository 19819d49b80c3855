"""Blocks: ray-traced solids in CLEVR's manner, with scenes in CLEVR's schema.

Pure functions of a seed: :func:`sample_scene` places objects, :func:`render`, :func:`render_sequence` and
:func:`object_mask` draw a scene, :func:`instructions` tells how to build it turn by turn.
"""

from __future__ import annotations

from cfbench.worlds.blocks.render import camera_of, object_mask, render, render_sequence
from cfbench.worlds.blocks.scene import assemble, make_object, plain_setting, sample_scene
from cfbench.worlds.blocks.sequence import instructions
from cfbench.worlds.blocks.vocabulary import CLASS_NAMES, COLORS, MATERIALS, SHAPES, SIZES, class_index

__all__ = [
    "CLASS_NAMES",
    "COLORS",
    "MATERIALS",
    "SHAPES",
    "SIZES",
    "assemble",
    "camera_of",
    "class_index",
    "instructions",
    "make_object",
    "object_mask",
    "plain_setting",
    "render",
    "render_sequence",
    "sample_scene",
]
