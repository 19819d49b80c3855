"""Scene graphs: the objects of an image and how they stand to each other, as RelSim counts it, to read and to draw."""

from __future__ import annotations

from cfbench.scenes.comparing import Comparison
from cfbench.scenes.graph import (
    CENTRE,
    MAX_OBJECTS,
    SAME,
    WORDS,
    X_AND_DEPTH,
    X_AND_Y,
    Axes,
    Axis,
    Relation,
    SceneGraph,
    SceneObject,
)
from cfbench.scenes.of_sample import Scene, open_scene

__all__ = [
    "CENTRE",
    "MAX_OBJECTS",
    "SAME",
    "WORDS",
    "X_AND_DEPTH",
    "X_AND_Y",
    "Axes",
    "Axis",
    "Comparison",
    "Relation",
    "Scene",
    "SceneGraph",
    "SceneObject",
    "open_scene",
]
