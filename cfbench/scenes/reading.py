"""A scene graph out of JSON that somebody else may have written."""

from __future__ import annotations

import math
from typing import Any, get_args

from cfbench.errors import DataError
from cfbench.metrics.functional.relsim import RelsimProtocol
from cfbench.scenes.graph import MAX_OBJECTS, X_AND_DEPTH, X_AND_Y, SceneGraph, SceneObject

MAX_NAME = 100  # characters
MAX_LABEL = 1_000_000


def scene_graph_of(value: Any, source: str) -> SceneGraph:
    """The graph; every fault is a `DataError` that names ``source``."""
    fields = _object(value, ("protocol", "axes", "objects", "relations"), source)
    if fields["protocol"] not in get_args(RelsimProtocol):
        raise _fault(source, "its protocol is neither geneva nor paper")
    axes = {tuple(known): known for known in (X_AND_Y, X_AND_DEPTH)}
    given = fields["axes"]
    if not isinstance(given, list) or len(given) != 2 or not all(isinstance(axis, str) for axis in given):
        raise _fault(source, "its axes are no list of two names")
    if tuple(given) not in axes:
        raise _fault(source, f"its axes are {given}")
    objects, relations = fields["objects"], fields["relations"]
    if not isinstance(objects, list) or len(objects) > MAX_OBJECTS:
        raise _fault(source, f"its objects are no list of at most {MAX_OBJECTS}")
    graph = SceneGraph(
        tuple(_scene_object(one, source) for one in objects), axes[tuple(given)], fields["protocol"]
    )
    if relations != graph.to_json()["relations"]:
        raise _fault(source, "its relations are not those of the places of its objects, in their order")
    return graph


def _scene_object(value: Any, source: str) -> SceneObject:
    fields = _object(value, ("name", "label", "x", "y", "depth"), source)
    name, label = fields["name"], fields["label"]
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise _fault(source, f"the name of an object is no text of 1 to {MAX_NAME} characters")
    if isinstance(label, bool) or not isinstance(label, int) or not 0 <= label <= MAX_LABEL:
        raise _fault(source, f"a label is no whole number from 0 to {MAX_LABEL}")
    depth = None if fields["depth"] is None else _number(fields["depth"], source)
    return SceneObject(name, label, _number(fields["x"], source), _number(fields["y"], source), depth)


def _number(value: Any, source: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise _fault(source, "a coordinate is no finite number")
    return number


def _object(value: Any, names: tuple[str, ...], source: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise _fault(source, f"a part of it has not exactly the fields {', '.join(names)}")
    return value


def _fault(source: str, why: str) -> DataError:
    return DataError(f"{source} is no scene graph", why)
