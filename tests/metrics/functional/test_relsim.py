"""Relational similarity: parity with the published code's outputs, hand-checked cases, properties, bad input."""

import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.objects import object_scores_by_sample
from cfbench.metrics.functional.relsim import edge_accuracy, relsim

PROTOCOLS = ("geneva", "paper")


@pytest.mark.parametrize("dataset", ["iclevr", "codraw"])
def test_published(vectors, dataset):
    """Exact ratios of whole numbers on both sides: 1e-12."""
    recorded = vectors.expected("relsim/cases")["datasets"][dataset]
    names = ("det", "gt", "det_coords", "gt_coords")
    arguments = [np.array([case[name] for case in recorded["cases"]]) for name in names]
    outputs = [case["out"] for case in recorded["cases"]]
    expected = [output["relsim"] for output in outputs]
    np.testing.assert_allclose(relsim(*arguments), expected, rtol=0, atol=1e-12)
    accuracy = [np.nan if output["edge_accuracy"] is None else output["edge_accuracy"] for output in outputs]
    np.testing.assert_allclose(edge_accuracy(*arguments), accuracy, rtol=0, atol=1e-12)
    assert relsim(*arguments).mean() == pytest.approx(
        recorded["aggregates"]["first_100"]["relsim"], abs=1e-12
    )


def edges(present, coords):
    """The paper's edges, as a set that can be written down: (axis, object before, object after)."""
    objects = np.flatnonzero(present).tolist()
    axes = [0, coords.shape[1] - 1]
    ordered = [(i, j) for pair in combinations(objects, 2) for i, j in (pair, pair[::-1])]
    return {(axis, i, j) for axis in axes for i, j in ordered if coords[i, axis] < coords[j, axis]}


def paper(det, gt, det_coords, gt_coords):
    true = edges(gt, gt_coords)
    kept = len(true & edges(det, det_coords)) / len(true) if true else 1
    return (det & gt).sum() / max(gt.sum(), 1) * kept


def geneva_edges(common, coords):
    """The released code's, as a dictionary: ordered pairs, and each object with the centre, with three values."""
    values = coords.astype(np.float32)
    return {
        (axis, i, j): np.sign(values[i, axis] - (values[j, axis] if i != j else np.float32(0.5)))
        for axis in (0, coords.shape[1] - 1)
        for i in np.flatnonzero(common)
        for j in np.flatnonzero(common)
    }


def accuracy(det, gt, det_coords, gt_coords):
    seen, true = geneva_edges(det & gt, det_coords), geneva_edges(det & gt, gt_coords)
    return sum(seen[edge] == true[edge] for edge in true) / len(true) if true else np.nan


@st.composite
def scenes(draw, tied=True):
    """Sets and coordinates of a few images; places on a coarse grid that holds the centre, so that many are equal."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.integers(1, 5)), draw(st.integers(1, 9))
    sets = random.random((2, *shape)) < draw(st.sampled_from([0.1, 0.5, 0.9, 1]))
    coordinates = draw(st.sampled_from([2, 3]))
    if tied:
        places = random.integers(-1, 4, (2, *shape, coordinates)) / 4
    else:
        places = random.random((2, *shape, coordinates))
    return (*sets, *places)


@given(scenes())
def test_against_written_out_edges(scene):
    one_by_one = list(zip(*scene, strict=True))
    np.testing.assert_allclose(relsim(*scene, "paper"), [paper(*each) for each in one_by_one], atol=1e-14)
    expected = np.array([accuracy(*each) for each in one_by_one])
    np.testing.assert_allclose(edge_accuracy(*scene), expected, atol=1e-14)
    recall = np.array([(det & gt).sum() / max(gt.sum(), 1) for det, gt, *_ in one_by_one])
    np.testing.assert_allclose(relsim(*scene), recall * np.nan_to_num(expected), atol=1e-14)


def image(*places, seen=None):
    """Sets and places of one image whose classes all are there, or those of ``seen``."""
    present = [[index in (seen or range(len(places))) for index in range(len(places))]]
    return present, [places]


def score(det, gt, protocol="geneva"):
    return relsim(det[0], gt[0], det[1], gt[1], protocol).item()


def test_mirrored():
    """Three objects, x mirrored: the second axis keeps its 9 relations, x only that of the object in the centre."""
    truth, mirrored = image((0.1, 0.2), (0.5, 0.4), (0.8, 0.9)), image((0.9, 0.2), (0.5, 0.4), (0.2, 0.9))
    assert score(mirrored, truth) == pytest.approx((9 + 1) / 18)
    assert score(mirrored, truth, "paper") == 0.5


def test_translation_that_crosses_the_centre_costs_one_in_k():
    truth, moved = image((0.1, 0.1), (0.2, 0.3), (0.3, 0.2)), image((0.6, 0.6), (0.7, 0.8), (0.8, 0.7))
    assert score(moved, truth) == pytest.approx(1 - 1 / 3)
    assert score(moved, truth, "paper") == 1


@pytest.mark.parametrize(("place", "expected"), [((0.2, 0.7), 1), ((0.6, 0.7), 0.5), ((0.5, 0.4), 0)])
def test_one_object_is_decided_by_the_centre(place, expected):
    truth = image((0.1, 0.9))
    assert score(image(place), truth) == expected
    assert score(image(place), truth, "paper") == 1  # the truth has no edge that could be missed


def test_missing_object():
    """Two of three found, in place: recall 2/3 of both; the paper's also lost 2 of 3 edges on each axis."""
    places = (0.1, 0.2), (0.3, 0.4), (0.8, 0.9)
    found, truth = image(*places, seen=[0, 2]), image(*places)
    assert score(found, truth) == pytest.approx(2 / 3)
    assert score(found, truth, "paper") == pytest.approx(2 / 3 * 1 / 3)
    assert score(truth, found) == score(truth, found, "paper") == 1  # what is too many costs nothing


def test_ties():
    """Tied in both matches; tied in one does not; for the paper a tie is no edge."""
    tied, apart = image((0.1, 0.2), (0.1, 0.4)), image((0.1, 0.2), (0.2, 0.4))
    assert score(tied, tied) == score(tied, tied, "paper") == 1
    assert score(tied, apart) == score(apart, tied) == 6 / 8
    assert score(tied, apart, "paper") == 0.5
    assert score(apart, tied, "paper") == 1


def test_three_coordinates_ignore_the_second():
    truth = image((0.1, 0.1, 0.0), (0.2, 0.9, 1.0))
    assert score(image((0.1, 0.9, 0.0), (0.2, 0.1, 1.0)), truth) == 1
    assert score(image((0.1, 0.1, 1.0), (0.2, 0.9, 0.0)), truth) == 0.5
    assert score(image((0.1, 0.9, 0.0), (0.2, 0.1, 1.0)), truth, "paper") == 1


def test_geneva_compares_in_float32():
    """Nearer than float32 can tell is equal; the paper's protocol tells."""
    truth, swapped = image((0.25, 0.0), (0.25 + 1e-12, 0.1)), image((0.25 + 1e-12, 0.0), (0.25, 0.1))
    assert score(swapped, truth) == 1
    assert score(swapped, truth, "paper") == 0.5


@pytest.mark.parametrize(("seen", "true"), [([], []), ([], [0]), ([0], []), ([0], [1])])
def test_nothing_in_common(seen, true):
    det, gt = ([[index in classes for index in range(2)]] for classes in (seen, true))
    places = np.zeros((1, 2, 2))
    assert np.isnan(edge_accuracy(det, gt, places, places)).tolist() == [True]
    assert [relsim(det, gt, places, places, protocol).item() for protocol in PROTOCOLS] == [0, 0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(scenes())
def test_truth_is_perfect(protocol, scene):
    _, gt, _, places = scene
    assert relsim(gt, gt, places, places, protocol).tolist() == gt.any(axis=1).tolist()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(scenes(), st.randoms(use_true_random=False))
def test_properties(protocol, scene, random):
    values = relsim(*scene, protocol)
    recall = object_scores_by_sample(*scene[:2])["recall"]
    assert ((values >= 0) & (values <= recall)).all()
    rows, classes = (np.array(random.sample(range(size), size)) for size in scene[0].shape)
    shuffled = relsim(*(array[rows][:, classes] for array in scene), protocol)
    np.testing.assert_allclose(shuffled, values[rows], rtol=0, atol=0)
    absent = [
        np.where(present[..., None], places, 1e6)
        for present, places in zip(scene[:2], scene[2:], strict=True)
    ]
    assert relsim(*scene[:2], *absent, protocol).tolist() == values.tolist()


@given(scenes(tied=False), st.floats(0.5, 2), st.floats(-2, 2))
def test_paper_does_not_see_zoom_or_shift(scene, zoom, shift):
    sets, (det_places, gt_places) = scene[:2], scene[2:]
    moved = relsim(*sets, det_places * zoom + shift, gt_places, "paper")
    np.testing.assert_allclose(moved, relsim(*scene, "paper"), rtol=0, atol=0)


def test_random_places_have_a_floor_of_half():
    random = np.random.default_rng(0)
    everything = np.ones((2, 4000, 6), bool)
    places = random.random((2, 4000, 6, 2))
    for protocol in PROTOCOLS:
        assert relsim(*everything, *places, protocol).mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("block", [1, 100])
def test_blocks_change_nothing(monkeypatch, block):
    random = np.random.default_rng(0)
    scene = (*(random.random((2, 60, 9)) < 0.5), *random.random((2, 60, 9, 3)))
    whole = [relsim(*scene, protocol).tolist() for protocol in PROTOCOLS]
    # by the function's module: the package's attribute of that name is the function
    monkeypatch.setitem(relsim.__globals__, "_BLOCK", block)
    assert [relsim(*scene, protocol).tolist() for protocol in PROTOCOLS] == whole
    one_by_one = [relsim(*(array[[row]] for array in scene)).item() for row in range(60)]
    assert one_by_one == whole[0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_memory_stays_near_the_inputs(protocol):
    """All relations of these images at once would take 50 MiB as single bytes; the inputs are 5 MiB."""
    random = np.random.default_rng(0)
    everything = np.ones((2, 4000, 58), bool)
    places = random.random((2, 4000, 58, 2), dtype=np.float32)[..., ::-1]
    tracemalloc.start()
    try:
        relsim(*everything, *places, protocol)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_number_types(kind):
    """Exact, where the type can hold the places; float16 may tie what was apart."""
    random = np.random.default_rng(0)
    places = random.integers(0, 64, (2, 30, 8, 2)) / 64
    sets = random.random((2, 30, 8)) < 0.5
    expected = [relsim(*sets, *places, protocol).tolist() for protocol in PROTOCOLS]
    narrow = [relsim(*sets.astype(kind), *places.astype(kind), protocol).tolist() for protocol in PROTOCOLS]
    assert narrow == expected


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_images(protocol):
    none, places = np.zeros((0, 3), bool), np.zeros((0, 3, 2))
    assert relsim(none, none, places, places, protocol).shape == (0,)
    assert edge_accuracy(none, none, places, places).shape == (0,)


def test_large_places():
    """Differences would overflow, comparisons do not; what float32 cannot hold is refused by what compares in it."""
    there = [[True, True]]
    far, near = [[[3e38, 0], [-3e38, 1]]], [[[1, 0], [-1, 1]]]
    assert relsim(there, there, far, near).item() == 1
    farther = [[[1e39, 0], [-1e39, 1]]]
    assert relsim(there, there, farther, near, "paper").item() == 1
    with pytest.raises(DataError, match="float32"):
        relsim(there, there, farther, near)


SETS, PLACES = np.ones((1, 2)), np.zeros((1, 2, 2))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((SETS, SETS, PLACES, np.zeros((1, 2, 3))), "do not fit"),
        ((SETS, SETS, np.zeros((1, 3, 2)), np.zeros((1, 3, 2))), "do not fit"),
        ((SETS, SETS, np.zeros((1, 2, 4)), np.zeros((1, 2, 4))), "do not fit"),
        ((SETS, SETS, np.zeros((2, 2, 2)), np.zeros((2, 2, 2))), "lengths"),
        ((SETS, SETS, np.zeros((1, 2)), PLACES), "axes"),
        ((SETS, np.ones((1, 3)), PLACES, PLACES), "classes"),
        ((SETS * 0.5, SETS, PLACES, PLACES), "neither true nor false"),
        ((SETS, SETS, PLACES * np.nan, PLACES), "NaN"),
        ((SETS, SETS, PLACES, PLACES + np.inf), "infinity"),
    ],
)
def test_bad_input(arguments, said):
    for score_of in (relsim, edge_accuracy):
        with pytest.raises(DataError, match=said):
            score_of(*arguments)


def test_unknown_protocol():
    with pytest.raises(DataError, match="geneva, paper"):
        relsim(SETS, SETS, PLACES, PLACES, "eq16")
