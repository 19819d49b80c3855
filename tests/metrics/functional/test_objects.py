"""Object scores: parity with the published code's outputs, hand-checked cases, properties, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cfbench.errors import DataError
from cfbench.metrics.functional.objects import object_scores, object_scores_by_sample, probability_cosine

SCORES = ("precision", "recall", "f1", "jaccard")
SHAPES = st.tuples(st.just(2), st.integers(1, 8), st.integers(1, 6))
SETS = hnp.arrays(bool, SHAPES)
PROBABILITIES = hnp.arrays(np.float64, SHAPES, elements=st.floats(0, 1))


@pytest.fixture(params=["iclevr", "codraw"])
def published(request, vectors):
    return vectors.expected("relsim/cases")["datasets"][request.param]


def column(cases, key):
    return np.array([case[key] for case in cases])


def test_published_samples(published):
    cases = published["cases"]
    scores = object_scores_by_sample(column(cases, "det"), column(cases, "gt"))
    for name in SCORES:
        expected = [case["out"][name] for case in cases]
        np.testing.assert_allclose(scores[name], expected, rtol=0, atol=1e-12)


def test_published_aggregates(published):
    cases, expected = published["cases"], published["aggregates"]["first_100"]
    scores = object_scores(column(cases, "det"), column(cases, "gt"))
    for name in ("precision", "recall", "f1_samples", "jaccard"):
        assert scores[name] == pytest.approx(expected[name], rel=0, abs=1e-12)
    assert scores["f1_harmonic"] == pytest.approx(expected["f1_harmonic_of_means"], rel=0, abs=1e-12)


def test_published_cosine(published):
    """The published arithmetic is float32, so 1e-6."""
    cases = published["cases"]
    cosine = probability_cosine(column(cases, "det_probs"), column(cases, "gt_probs"))
    np.testing.assert_allclose(cosine, [case["out"]["cosine"] for case in cases], rtol=0, atol=1e-6)


def test_by_hand():
    det = [[1, 1, 1, 0], [1, 0, 0, 0]]
    gt = [[1, 1, 0, 1], [1, 1, 0, 0]]
    by_sample = object_scores_by_sample(det, gt)
    assert by_sample["precision"].tolist() == [2 / 3, 1]
    assert by_sample["recall"].tolist() == [2 / 3, 1 / 2]
    assert by_sample["f1"].tolist() == [2 / 3, 2 / 3]
    assert by_sample["jaccard"].tolist() == [1 / 2, 1 / 2]
    scores = object_scores(det, gt)
    assert scores["f1_samples"] == pytest.approx(2 / 3)
    assert scores["f1_harmonic"] == pytest.approx(2 * (5 / 6) * (7 / 12) / (5 / 6 + 7 / 12))


@pytest.mark.parametrize(
    ("det", "gt", "expected"),
    [
        ([0, 0], [0, 0], (0, 0, 0, 1)),
        ([0, 0], [1, 0], (0, 0, 0, 0)),
        ([1, 0], [0, 0], (0, 0, 0, 0)),
        ([1, 0], [0, 1], (0, 0, 0, 0)),
        ([1, 1], [1, 1], (1, 1, 1, 1)),
    ],
)
def test_degenerate_sets(det, gt, expected):
    by_sample = object_scores_by_sample([det], [gt])
    assert tuple(by_sample[name].item() for name in SCORES) == expected
    assert object_scores([det], [gt])["f1_harmonic"] == expected[2]


@given(SETS, st.randoms(use_true_random=False))
def test_properties(sets, random):
    by_sample = object_scores_by_sample(*sets)
    rows, classes = (np.array(random.sample(range(size), size)) for size in sets.shape[1:])
    shuffled = object_scores_by_sample(*sets[:, rows][..., classes])
    for name in SCORES:
        assert ((by_sample[name] >= 0) & (by_sample[name] <= 1)).all()
        assert shuffled[name].tolist() == by_sample[name][rows].tolist()
    assert (by_sample["jaccard"][sets.any(axis=(0, 2))] <= by_sample["f1"][sets.any(axis=(0, 2))]).all()
    scores = object_scores(*sets)
    assert scores["f1_samples"] <= scores["f1_harmonic"] + 1e-12


@given(SETS)
def test_truth_is_perfect(sets):
    truth = sets[0]
    by_sample = object_scores_by_sample(truth, truth)
    assert all(by_sample[name].tolist() == truth.any(axis=1).tolist() for name in SCORES[:3])
    assert by_sample["jaccard"].tolist() == [1] * len(truth)


@given(SETS)
def test_swapping_the_sets_swaps_precision_and_recall(sets):
    forth, back = object_scores_by_sample(*sets), object_scores_by_sample(*sets[::-1])
    assert forth["precision"].tolist() == back["recall"].tolist()
    assert forth["f1"].tolist() == back["f1"].tolist()


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.uint8, bool])
def test_number_types(kind):
    sets = np.array([[[1, 0, 1]], [[1, 1, 0]]]).astype(kind)
    assert object_scores(*sets)["recall"] == 0.5


def test_no_images():
    none = np.zeros((0, 3), bool)
    assert all(len(scores) == 0 for scores in object_scores_by_sample(none, none).values())
    assert probability_cosine(none, none).shape == (0,)
    with pytest.raises(DataError, match="no images"):
        object_scores(none, none)


@pytest.mark.parametrize(
    ("det", "gt"),
    [
        ([[1, 0]], [[1, 0, 0]]),
        ([[1, 0]], [[1, 0], [0, 1]]),
        ([[]], [[]]),
        ([1, 0], [1, 0]),
        ([[np.nan, 0]], [[1, 0]]),
        ([[0.7, 0.2]], [[1, 0]]),
        ([[2, 0]], [[1, 0]]),
        ([["a"]], [["a"]]),
    ],
)
def test_bad_sets(det, gt):
    with pytest.raises(DataError):
        object_scores_by_sample(det, gt)


def test_cosine_by_hand():
    cosine = probability_cosine(
        [[1, 0], [0.5, 0.5], [0.3, 0.4], [0, 0]], [[0, 1], [1, 0], [0.3, 0.4], [1, 0]]
    )
    np.testing.assert_allclose(cosine, [0, np.sqrt(0.5), 1, np.nan], rtol=1e-15)


def test_cosine_of_tiny_probabilities():
    """Their squares underflow."""
    assert probability_cosine([[1e-300, 5e-324]], [[1e-200, 1e-200]]).item() == pytest.approx(np.sqrt(0.5))


@given(PROBABILITIES, st.randoms(use_true_random=False))
def test_cosine_properties(probabilities, random):
    cosine = probability_cosine(*probabilities)
    defined = (probabilities > 0).any(axis=2).all(axis=0)
    assert np.isnan(cosine).tolist() == (~defined).tolist()
    assert ((cosine[defined] >= 0) & (cosine[defined] <= 1)).all()
    classes = np.array(random.sample(range(probabilities.shape[2]), probabilities.shape[2]))
    np.testing.assert_allclose(probability_cosine(*probabilities[..., classes]), cosine, rtol=0, atol=1e-15)
    with_itself = probability_cosine(probabilities[0], probabilities[0] / 2)
    positive = (probabilities[0] > 1e-300).any(axis=1)
    np.testing.assert_allclose(with_itself[positive], 1, rtol=1e-14)


@pytest.mark.parametrize(("kind", "tolerance"), [(np.float32, 1e-6), (np.float16, 1e-2)])
def test_cosine_of_narrow_floats(kind, tolerance):
    probabilities = np.random.default_rng(0).random((2, 20, 58))
    exact = probability_cosine(*probabilities)
    np.testing.assert_allclose(probability_cosine(*probabilities.astype(kind)), exact, rtol=tolerance)


@pytest.mark.parametrize(
    "bad", [[[1.5, 0]], [[-0.1, 0]], [[np.nan, 0]], [[np.inf, 0]], [[0.1]], [[]], [0.1, 0]]
)
def test_bad_probabilities(bad):
    with pytest.raises(DataError):
        probability_cosine(bad, [[0.5, 0.5]])
