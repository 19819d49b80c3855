"""Accuracy and macro-F1: by hand, and against a loop over classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.accuracy import accuracy, macro_f1

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


def test_by_hand():
    assert accuracy(["a", "b", "b", "c"], ["a", "b", "c", "c"]) == 0.75
    assert macro_f1(["a", "b", "b", "c"], ["a", "b", "c", "c"]) == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)


def test_the_classes_may_be_limited():
    predicted, true = [0, 1, 1, 2], [0, 1, 2, 2]
    assert macro_f1(predicted, true, classes=[0]) == 1
    assert macro_f1(predicted, true, classes=[1, 2]) == pytest.approx(2 / 3)
    assert macro_f1(predicted, true, classes=[0, 9]) == 1  # 9 has no F1
    assert macro_f1([0, 0], [1, 1], classes=[1]) == 0


@given(LABELS)
def test_a_plain_loop_agrees(pairs):
    scores = []
    for label in {label for pair in pairs for label in pair}:
        hits = sum(guess == label == truth for guess, truth in pairs)
        alarms = sum(guess == label != truth for guess, truth in pairs)
        misses = sum(truth == label != guess for guess, truth in pairs)
        scores.append(2 * hits / (2 * hits + alarms + misses))
    predicted, true = zip(*pairs, strict=True)
    assert macro_f1(predicted, true) == pytest.approx(sum(scores) / len(scores), abs=1e-12)
    assert accuracy(predicted, true) == sum(guess == truth for guess, truth in pairs) / len(pairs)


@given(LABELS, st.randoms())
def test_order_changes_nothing_and_the_truth_is_perfect(pairs, random):
    predicted, true = zip(*pairs, strict=True)
    shuffled = random.sample(pairs, len(pairs))
    assert macro_f1(*zip(*shuffled, strict=True)) == macro_f1(predicted, true)
    assert macro_f1(true, true, classes=range(5)) == accuracy(true, true) == 1


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float16, np.float32])
def test_any_type_of_number_gives_the_same(dtype):
    predicted, true = np.array([0, 1, 1, 2], dtype), np.array([0, 1, 2, 2])
    assert accuracy(predicted, true) == 0.75


@pytest.mark.parametrize(
    ("predicted", "true"),
    [([], []), ([1], [1, 2]), ([1], ["1"]), ([1, "a"], [1, 2]), ([float("nan")], [1]), ([[1]], [[1]])],
)
@pytest.mark.parametrize("score", [accuracy, macro_f1])
def test_bad_input_is_refused(score, predicted, true):
    with pytest.raises(DataError):
        score(predicted, true)


@pytest.mark.parametrize("classes", [[], [9], [0, 0], ["a"]])
def test_bad_classes_are_refused(classes):
    with pytest.raises(DataError):
        macro_f1([0, 1], [0, 1], classes=classes)
