"""Average precision: by hand, and against a loop over thresholds that knows nothing of sorting."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.average_precision import (
    INTERPOLATIONS,
    RankedScores,
    average_precision,
    mean_average_precision,
)

# Few distinct scores, so that most lists hold ties.
SAMPLES = st.lists(st.tuples(st.integers(-3, 5), st.booleans()), min_size=1, max_size=30)


def slowly(scores, labels, interpolation):
    """The definition, threshold by threshold, in exact fractions."""
    positives = sum(labels)
    points = []
    for threshold in sorted(set(scores), reverse=True):
        above = [label for score, label in zip(scores, labels, strict=True) if score >= threshold]
        points.append((Fraction(sum(above), positives), Fraction(sum(above), len(above))))
    if interpolation == "11-point":
        levels = [Fraction(level, 10) for level in range(11)]
        return sum(max(p for r, p in points if r >= level) for level in levels) / 11
    area, before = Fraction(0), Fraction(0)
    for recall, precision in points:
        best = max(p for r, p in points if r >= recall)
        area += (recall - before) * (precision if interpolation == "step" else best)
        before = recall
    return area


def of_one(scores, labels, interpolation):
    return average_precision(np.array(scores)[:, None], np.array(labels)[:, None], interpolation)[0]


def test_by_hand():
    scores, labels = [0.9, 0.8, 0.7, 0.6], [0, 1, 1, 0]
    assert of_one(scores, labels, "step") == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert of_one(scores, labels, "all-point") == pytest.approx(2 / 3)
    assert of_one(scores, labels, "11-point") == pytest.approx(2 / 3)
    assert of_one([3, 2, 1], [1, 0, 1], "11-point") == pytest.approx((6 * 1 + 5 * 2 / 3) / 11)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_constant_scores_give_the_share_of_positives(interpolation):
    assert of_one([0.5] * 4, [1, 0, 0, 0], interpolation) == 0.25
    assert of_one([0.5], [1], interpolation) == 1


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@given(samples=SAMPLES)
def test_a_plain_loop_agrees(interpolation, samples):
    scores, labels = zip(*samples, strict=True)
    if any(labels):
        wanted = float(slowly(scores, labels, interpolation))
        assert of_one(scores, labels, interpolation) == pytest.approx(wanted, abs=1e-12)
    else:
        assert np.isnan(of_one(scores, labels, interpolation))


@pytest.mark.parametrize("positives", [10, 30, 70])
def test_recalls_are_compared_exactly(positives):
    # 3 of 10 found is a recall of 0.3, though 3 * 0.1 is above 0.3 in floating point.
    labels = [1] * (positives * 3 // 10) + [0] * 10 + [1] * (positives * 7 // 10)
    scores = list(range(len(labels), 0, -1))
    wanted = float(slowly(scores, labels, "11-point"))
    assert of_one(scores, labels, "11-point") == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@given(seed=st.integers(0, 1000))
def test_order_and_rising_transforms_change_nothing(interpolation, seed):
    random = np.random.default_rng(seed)
    scores, labels = random.integers(-4, 5, (20, 3)), random.random((20, 3)) < 0.4
    order = random.permutation(20)
    values = average_precision(scores, labels, interpolation)
    np.testing.assert_array_equal(average_precision(scores[order], labels[order], interpolation), values)
    np.testing.assert_array_equal(average_precision(np.exp(scores), labels, interpolation), values)
    defined = values[~np.isnan(values)]
    assert ((defined > 0) & (defined <= 1)).all()


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_the_truth_is_perfect_and_classes_without_positives_are_counted(interpolation):
    labels = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(average_precision(labels, labels, interpolation), [1, 1, np.nan])
    assert mean_average_precision(labels, labels, interpolation) == (1.0, 2, 1)


def test_no_positives_at_all_have_no_mean():
    mean = mean_average_precision(np.zeros((3, 2)), np.zeros((3, 2)))
    assert np.isnan(mean.mean) and (mean.classes, mean.undefined) == (0, 2)
    assert np.isnan(average_precision(np.zeros((0, 2)), np.zeros((0, 2)))).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_floats_are_taken_exactly(dtype):
    random = np.random.default_rng(1)
    scores, labels = random.random((200, 4)).astype(dtype), random.random((200, 4)) < 0.2
    wanted = [slowly(scores[:, c].tolist(), labels[:, c].tolist(), "all-point") for c in range(4)]
    np.testing.assert_allclose(average_precision(scores, labels), np.array(wanted, float), rtol=1e-12)


@pytest.mark.parametrize(
    ("scores", "labels", "interpolation"),
    [
        ([[np.nan]], [[1]], "step"),
        ([[np.inf]], [[1]], "step"),
        ([[0.5]], [[2]], "step"),
        ([0.5], [1], "step"),
        ([[0.5]], [[1], [0]], "step"),
        ([[0.5, 0.1]], [[1]], "step"),
        ([[0.5]], [[1]], "12-point"),
    ],
)
def test_bad_input_is_refused(scores, labels, interpolation):
    with pytest.raises(DataError):
        average_precision(scores, labels, interpolation)


WEIGHTED = st.lists(
    st.tuples(st.integers(-2, 3), st.booleans(), st.lists(st.integers(0, 3), min_size=9, max_size=9)),
    min_size=1,
    max_size=20,
)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@given(samples=WEIGHTED)
def test_a_weight_is_a_repetition(interpolation, samples):
    scores, labels, weights = (np.array(column) for column in zip(*samples, strict=True))
    scores, labels = np.stack([scores, -scores], axis=1), np.stack([labels, ~labels], axis=1)
    ranked = RankedScores(scores, labels)
    found = ranked.average_precision(weights.T, interpolation)
    for line, values, positives in zip(weights.T, found, ranked.positives(weights.T), strict=True):
        rows = np.repeat(np.arange(len(scores)), line)
        wanted = average_precision(scores[rows], labels[rows], interpolation)
        np.testing.assert_allclose(values, wanted, rtol=1e-14)
        np.testing.assert_array_equal(positives, labels[rows].sum(axis=0))


@pytest.mark.parametrize("interpolation", ["all-point", "step"])
@pytest.mark.parametrize("scale", [0.3, 2.0**-40, 2.0**40, 1e300])
def test_only_the_ratio_of_weights_counts(interpolation, scale):
    random = np.random.default_rng(4)
    ranked = RankedScores(random.integers(0, 9, (50, 3)), random.random((50, 3)) < 0.3)
    weights = random.integers(0, 4, (5, 50)).astype(float)
    wanted = ranked.average_precision(weights, interpolation)
    np.testing.assert_allclose(ranked.average_precision(weights * scale, interpolation), wanted, rtol=1e-12)


def test_no_positives_and_no_lines_under_weights():
    ranked = RankedScores(np.zeros((3, 2)), np.zeros((3, 2)))
    assert np.isnan(ranked.average_precision(np.ones((4, 3)))).all()
    assert RankedScores([[1.0]], [[1]]).average_precision(np.ones((0, 1))).shape == (0, 1)
    assert RankedScores(np.zeros((0, 2)), np.zeros((0, 2))).average_precision(np.ones((1, 0))).shape == (1, 2)


@pytest.mark.parametrize("weights", [[[1.0, 1.0]], [[-1.0]], [[np.nan]], [1.0]])
def test_bad_weights_are_refused(weights):
    with pytest.raises(DataError):
        RankedScores([[1.0]], [[1]]).average_precision(weights)
