"""Scene graphs: the same numbers as the fast functions, the relations by name, JSON, bad input."""

from __future__ import annotations

import json
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbench.detectors import Detection
from cfbench.errors import DataError
from cfbench.metrics.functional.relsim import edge_accuracy, relsim
from cfbench.scenes import CENTRE, MAX_OBJECTS, SAME, WORDS, X_AND_DEPTH, X_AND_Y, SceneGraph, SceneObject
from cfbench.tasks.edit import Placement

PROTOCOLS = ("geneva", "paper")
CLASSES = ("sun", "tree", "boy", "dog", "pie", "kite")


def graph(*places: tuple[float, ...], protocol="geneva", axes=X_AND_DEPTH) -> SceneGraph:
    """Objects at (x, y, depth), each of a class of its own."""
    placed = [Placement(label, *place) for label, place in enumerate(places)]
    return SceneGraph.of(placed, CLASSES, axes=axes, protocol=protocol)


def written(relations) -> set[str]:
    return {f"{one.axis}: {one.subject} {one.relation} {one.object}" for one in relations}


def compared(det, gt, det_places, gt_places, protocol):
    classes = [str(label) for label in range(len(gt))]
    truth = SceneGraph.seen(np.flatnonzero(gt).tolist(), gt_places, classes, protocol=protocol)
    return truth.compare(
        SceneGraph.seen(np.flatnonzero(det).tolist(), det_places, classes, protocol=protocol)
    )


@pytest.mark.parametrize("dataset", ["iclevr", "codraw"])
def test_published(real_data, dataset):
    path = real_data.parent / "vectors" / "relsim" / "cases.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    names = ("det", "gt", "det_coords", "gt_coords")
    for case in json.loads(path.read_text())["datasets"][dataset]["cases"]:
        found = compared(*(np.array(case[name]) for name in names), "geneva")
        expected = case["out"]
        assert found.relsim == pytest.approx(expected["relsim"], abs=1e-12)
        accuracy = math.nan if expected["edge_accuracy"] is None else expected["edge_accuracy"]
        assert found.edge_accuracy == pytest.approx(accuracy, abs=1e-12, nan_ok=True)
        assert len(found.common) == expected["n_inter"]


@st.composite
def pairs(draw):
    """Sets and places of one image and one detection; a coarse grid that holds the centre, or anywhere."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    classes, coordinates = draw(st.integers(1, 7)), draw(st.sampled_from([2, 3]))
    sets = random.random((2, classes)) < draw(st.sampled_from([0, 0.3, 0.7, 1]))
    shape = (2, classes, coordinates)
    places = random.integers(-1, 4, shape) / 4 if draw(st.booleans()) else random.normal(0.5, 1, shape)
    return (*sets, *places)


@settings(deadline=None, max_examples=200)
@given(pairs(), st.sampled_from(PROTOCOLS))
def test_same_numbers_as_the_fast_functions(pair, protocol):
    found = compared(*pair, protocol)
    batch = [np.asarray(each)[None] for each in pair]
    assert found.relsim == relsim(*batch, protocol).item()
    if protocol == "geneva":
        np.testing.assert_equal(found.edge_accuracy, edge_accuracy(*batch).item())
    total = len(found.both) + len(found.missing)
    assert len(found.added) == len(found.missing) or protocol == "paper"
    assert total == (2 * len(found.common) ** 2 if protocol == "geneva" else total)


@settings(deadline=None, max_examples=100)
@given(pairs(), st.sampled_from(PROTOCOLS))
def test_from_the_skeleton_the_other_relations_follow(pair, protocol):
    """As orders: what is reachable through at least one strict link is strictly ordered; through ties alone, equal."""
    _, gt, _, places = pair
    whole = SceneGraph.seen(
        np.flatnonzero(gt).tolist(), places, [str(label) for label in range(len(gt))], protocol=protocol
    )
    kept = whole.skeleton()
    assert set(kept) <= set(whole.facts()) | set(whole.relations())
    followed = set()
    for axis in whole.axes:
        links = nx.DiGraph()
        links.add_nodes_from(one.name for one in whole.objects)
        for one in kept:
            if one.axis == axis:
                links.add_edge(one.subject, one.object)
                if one.relation == SAME:
                    links.add_edge(one.object, one.subject)
        for subject, thing in nx.transitive_closure(links, reflexive=False).edges():
            back = nx.has_path(links, thing, subject)
            if subject != thing:
                followed.add((axis, subject, SAME if back else WORDS[axis][0], thing))
    true = {
        (one.axis, one.subject, one.relation, one.object)
        for one in whole.relations()
        if one.object != CENTRE and one.relation in {SAME, WORDS[one.axis][0]}
    }
    assert followed == true
    if protocol == "paper":
        for axis in whole.axes:
            strict = nx.DiGraph([(one.subject, one.object) for one in whole.facts() if one.axis == axis])
            reduced = set(nx.transitive_reduction(strict).edges())
            assert {(one.subject, one.object) for one in kept if one.axis == axis} == reduced


def test_relations_by_name():
    scene = graph((0.2, 0.9, 0.0), (0.5, 0.1, 0.5), (0.8, 0.5, 0.0))
    assert written(scene.facts()) == {
        "x: sun left of tree",
        "x: sun left of boy",
        "x: tree left of boy",
        "x: sun left of image centre",
        "x: tree same image centre",
        "x: boy right of image centre",
        "depth: sun in front of tree",
        "depth: boy in front of tree",
        "depth: sun same boy",
        "depth: sun in front of image centre",
        "depth: tree same image centre",
        "depth: boy in front of image centre",
    }
    assert len(scene.relations()) == scene.graph.number_of_edges() == 2 * 3**2
    assert scene.graph.nodes["sun"] == {"label": 0, "x": 0.2, "y": 0.9, "depth": 0.0}
    assert scene.graph["tree"]["sun"]["x"] == {"axis": "x", "relation": "right of"}
    rows = graph((0.2, 0.9, 0.0), (0.5, 0.1, 0.5), axes=X_AND_Y)
    assert "y: tree above sun" in written(rows.facts())
    assert "y: sun below tree" in written(rows.relations())


def test_the_paper_has_neither_ties_nor_the_centre():
    scene = graph((0.2, 0.9, 0.0), (0.5, 0.1, 0.5), (0.8, 0.5, 0.0), protocol="paper")
    assert CENTRE not in scene.graph
    assert len(scene.facts()) == 5
    assert {one.relation for one in scene.relations()} == {"left of", "right of", "in front of", "behind"}


def test_the_skeleton_is_short():
    scene = graph((0.1, 0, 0), (0.2, 0, 0.5), (0.3, 0, 0), (0.4, 0, 1), (0.5, 0, 0.5), (0.6, 0, 0))
    assert len(scene.skeleton()) == 2 * 5
    assert written(one for one in scene.skeleton() if one.axis == "depth") == {
        "depth: sun same boy",
        "depth: boy same kite",
        "depth: sun in front of tree",
        "depth: tree same pie",
        "depth: pie in front of dog",
    }


def test_what_differs_is_named():
    truth = graph((0.2, 0, 0), (0.8, 0, 0.5), (0.9, 0, 1))
    seen = SceneGraph.of([Placement(1, 0.1, 0, 0.5), Placement(0, 0.3, 0, 0.0)], CLASSES)
    found = truth.compare(seen)
    assert written(found.missing) == {
        "x: sun left of tree",
        "x: tree right of sun",
        "x: tree right of image centre",
    }
    assert written(found.added) == {
        "x: sun right of tree",
        "x: tree left of sun",
        "x: tree left of image centre",
    }
    assert found.common == {0, 1}
    assert found.relsim == pytest.approx(2 / 3 * 5 / 8)


def test_a_detection_becomes_a_graph():
    detection = Detection(np.array([0.9, 0.5, 0.6]), np.array([[0.1, 0.2], [9, 9], [0.4, 0.5]]))
    scene = SceneGraph.seen(detection.labels(), detection.places, CLASSES[:3])
    assert scene.objects == (SceneObject("sun", 0, 0.1, 0.2), SceneObject("boy", 2, 0.4, 0.5))
    assert scene.axes == X_AND_Y


def test_equal_names_are_numbered():
    placed = [Placement(label, 0, 0, 0) for label in (0, 0, 1, 2, 0)]
    scene = SceneGraph.of(placed, ("sun", "sun 2", CENTRE))
    assert [one.name for one in scene.objects] == ["sun", "sun 2", "sun 2 2", f"{CENTRE} 2", "sun 3"]


def test_nothing_has_no_relation():
    for protocol in PROTOCOLS:
        empty = graph(protocol=protocol)
        assert empty.relations() == empty.skeleton() == []
        assert empty.compare(empty).relsim == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("axes", [X_AND_Y, X_AND_DEPTH])
def test_json_and_back(protocol, axes):
    scene = graph((0.2, 0.9, 0.0), (0.5, 0.1, 0.5), (0.2, 0.5, 0.0), protocol=protocol, axes=axes)
    assert SceneGraph.from_json(json.loads(json.dumps(scene.to_json()))) == scene
    flat = SceneGraph.seen([0], [[0.1, 0.2]], ["sun"], protocol=protocol)
    assert SceneGraph.from_json(json.loads(json.dumps(flat.to_json()))) == flat


def changed(**fields):
    return graph((0.2, 0.9, 0.0)).to_json() | fields


def an_object(**fields):
    return changed(objects=[{"name": "sun", "label": 0, "x": 0.2, "y": 0.9, "depth": 0.0} | fields])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "fields"),
        ([], "fields"),
        (changed(more=1), "fields"),
        (changed(protocol="x"), "protocol"),
        (changed(protocol=["geneva"]), "protocol"),
        (changed(axes="xy"), "axes"),
        (changed(axes=["x", "z"]), "axes"),
        (changed(axes=["x", ["y"]]), "axes"),
        (changed(objects={}), "objects"),
        (changed(objects=[{}] * (MAX_OBJECTS + 1)), "at most"),
        (changed(objects=[1]), "fields"),
        (changed(relations=[]), "relations"),
        (changed(relations=None), "relations"),
        (an_object(name=""), "name"),
        (an_object(name="s" * 101), "name"),
        (an_object(name=CENTRE), "one name"),
        (an_object(label=True), "label"),
        (an_object(label=-1), "label"),
        (an_object(x=True), "coordinate"),
        (an_object(x="0.2"), "coordinate"),
        (an_object(x=float("nan")), "coordinate"),
        (an_object(x=10**400), "coordinate"),
        (an_object(x=1e300), "float32"),
        (an_object(depth=None), "depth"),
        (an_object(x=0.7), "relations"),
    ],
)
def test_json_of_others_is_checked(value, words):
    with pytest.raises(DataError, match=words):
        SceneGraph.from_json(value)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["name", "label", "x", "y", "depth"]), inner)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["protocol", "axes", "objects", "relations"]),
)
def test_no_json_is_a_defect(value, field):
    with pytest.raises(DataError):
        SceneGraph.from_json(changed(**{field: value}))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: graph((math.nan, 0, 0)), "nowhere"),
        (lambda: graph((0, 0, math.inf)), "nowhere"),
        (lambda: graph((1e39, 0, 0)), "float32"),
        (lambda: graph((0, 0, 0), protocol="x"), "no protocol"),
        (lambda: graph((0, 0, 0), axes=("y", "x")), "no axes"),
        (lambda: SceneGraph.of([Placement(6, 0, 0, 0)], CLASSES), "no class 6"),
        (lambda: SceneGraph.seen([1], [[0, 0]], ["sun"]), "no class 1"),
        (lambda: SceneGraph.seen([-1], [[0, 0]], ["sun"]), "no class -1"),
        (lambda: SceneGraph.seen([0], [[0, 0], [0, 0]], ["sun"]), "do not fit"),
        (lambda: SceneGraph.seen([0], [[math.nan, 0]], ["sun"]), "NaN"),
        (lambda: SceneGraph.of([Placement(0, 0, 0, 0)] * (MAX_OBJECTS + 1), CLASSES), "at most"),
        (lambda: graph((0, 0, 0)).compare(graph((0, 0, 0), protocol="paper")), "cannot be compared"),
        (lambda: graph((0, 0, 0)).compare(graph((0, 0, 0), axes=X_AND_Y)), "cannot be compared"),
        (
            lambda: graph().compare(SceneGraph.of([Placement(0, 0, 0, 0)] * 2, CLASSES)),
            "several objects of the class of 'sun'",
        ),
    ],
)
def test_bad_input(make, words):
    with pytest.raises(DataError, match=words):
        make()


def test_the_graph_cannot_be_changed():
    with pytest.raises(nx.NetworkXError):
        graph((0, 0, 0)).graph.add_node("x")
