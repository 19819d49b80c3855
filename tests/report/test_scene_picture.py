from __future__ import annotations

import math
from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor, ImageFont

from cfbench.errors import UsageError
from cfbench.report._scene_panel import FIRST, NODE, SECOND, Panel
from cfbench.report.scene_picture import MAX_PICTURED, scene_picture
from cfbench.scenes import Scene, SceneGraph, SceneObject
from cfbench.worlds.park.classes import CLASS_NAMES

GREY = (181, 181, 181)


def scene(*places: tuple[float, float, float], protocol="geneva", instruction="add things") -> Scene:
    objects = tuple(SceneObject(CLASS_NAMES[label], label, *place) for label, place in enumerate(places))
    graph = SceneGraph(objects, protocol=protocol)
    return Scene("d@1", "test", "s-1", 1, instruction, np.full((32, 32, 3), GREY, np.uint8), graph)


def drawn(made: Scene) -> Image.Image:
    image = Image.open(BytesIO(scene_picture(made)))
    assert image.format == "PNG"
    return image.convert("RGB")


def count(image: Image.Image, colour: str | tuple[int, int, int]) -> int:
    rgb = ImageColor.getrgb(colour) if isinstance(colour, str) else colour
    return int((np.asarray(image) == rgb).all(axis=2).sum())


def test_image_and_both_axes_are_there() -> None:
    picture = drawn(scene((0.2, 0.5, 0.0), (0.8, 0.5, 1.0)))
    assert count(picture, GREY) > 0.95 * 384**2
    assert count(picture, FIRST) > 300
    assert count(picture, SECOND) > 300


def panel(graph: SceneGraph) -> Panel:
    font = ImageFont.load_default(size=14)
    return Panel(graph, {one.name: at for at, one in enumerate(graph.objects)}, font, font, 384)


def test_the_map_is_in_the_order_of_the_axes() -> None:
    laid = panel(scene((0.9, 0.1, 0.0), (0.1, 0.9, 1.0), (0.5, 0.5, 0.0)).graph)
    (right, near), (left, far), (middle, same) = (laid.nodes[name] for name in CLASS_NAMES[:3])
    assert left < middle < right
    assert far < near == same
    assert laid.guides[0] == middle
    assert far < laid.guides[1] < near


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(*[st.sampled_from([0.0, 0.25, 0.5, 1.0])] * 3), max_size=9),
    st.sampled_from(["geneva", "paper"]),
)
def test_nodes_are_apart_and_on_their_side_of_the_centre(places, protocol) -> None:
    made = scene(*places, protocol=protocol)
    laid = panel(made.graph)
    for one, other in combinations(laid.nodes.values(), 2):
        assert math.dist(one, other) > 4 * NODE
    for name, (x, y) in laid.nodes.items():
        assert NODE < x < laid.width - NODE
        assert NODE < y < laid.height - NODE
        if protocol == "geneva":
            (side,) = (
                fact.relation
                for fact in made.graph.facts()
                if fact.subject == name and fact.object == "image centre" and fact.axis == "depth"
            )
            assert (y < laid.guides[1]) == (side == "behind") or side == "same"
            assert (y > laid.guides[1]) == (side == "in front of") or side == "same"


def test_equal_scenes_give_equal_bytes() -> None:
    made = scene((0.2, 0.5, 0.0), (0.8, 0.5, 1.0))
    assert scene_picture(made) == scene_picture(made)


def test_odd_scenes_are_drawn() -> None:
    for places in ([], [(0.5, 0.5, 0.5)], [(-3.0, 9.0, 0.0)] * 3, [(0.5, 0.5, 0.5)] * 12):
        for protocol in ("geneva", "paper"):
            drawn(scene(*places, protocol=protocol))
    drawn(scene(instruction=""))
    drawn(scene((0.2, 0.1, 0.0), instruction="put the very small owl on the left tree " * 40))


def test_a_crowd_is_refused() -> None:
    objects = tuple(SceneObject(str(label), label, 0.0, 0.0, 0.0) for label in range(MAX_PICTURED + 1))
    made = scene()
    with pytest.raises(UsageError, match="at most 32"):
        scene_picture(Scene("d", "test", "s", 1, "", made.image, SceneGraph(objects)))
