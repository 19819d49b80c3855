"""Consistency over edits: the recorded counting cases, and answers that can be counted by hand."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.causal import causal_consistency, edit_consistency

WORDS = st.sampled_from(["red", "Red", "blue", "2", "two", "1", "many"])
QUESTIONS = st.lists(
    st.tuples(WORDS, st.lists(WORDS, max_size=3), st.lists(WORDS, min_size=2, max_size=4)),
    min_size=1,
    max_size=6,
)


def test_counting_as_recorded(vectors):
    book = vectors.expected("image/vqa_flip")["covariant_count_cases"]
    items = book["items"]
    before, after = [item["pred_before"] for item in items], [[item["pred_after"]] for item in items]
    for found, item in zip(edit_consistency(before, after, "covariant"), items, strict=True):
        assert (None if isnan(found) else bool(found)) == item["consistent"]
    value = causal_consistency(before, after, protocol="covariant")
    assert value["consistency"] == pytest.approx(book["consistency_rate"])
    assert value["excluded"] == book["n_excluded"]
    assert value["consistency_of_all"] == pytest.approx(3 / 7)


def test_invariant_by_hand():
    """Two edits, of which one flips; none; one that changes the capital; one of a disputed question."""
    before, after = ["red", "red", "blue", "red"], [["a red", "blue"], [], ["Blue"], ["blue"]]
    answers = [["red"] * 10, ["blue"] * 10, ["blue"] * 10, ["red"] * 5 + ["blue"] * 5]
    value = causal_consistency(before, after, answers)
    assert value["consistency"] == value["consistency_of_all"] == pytest.approx(2 / 3)
    assert value["inconsistent_once"] == pytest.approx(1 / 2)
    counts = [value[name] for name in ("questions", "edited", "edits", "excluded", "disputed")]
    assert counts == [3, 2, 3, 0, 1]
    assert value["before_all"] == pytest.approx(2 / 3)
    assert (value["before_repeated"], value["before_edited"]) == (1, 1)
    assert value["after"] == 0  # "a red" and "Blue" are held against unanimous annotators as they are
    always = causal_consistency(before, after, answers, normalise="always")
    assert always["after"] == pytest.approx(2 / 3)
    assert (always["after_worst"], always["after_best"]) == (0.5, 1)


def test_without_answers_all_questions_are_looked_at():
    value = causal_consistency(["red", "red"], [["red"], ["blue"]])
    assert (value["consistency"], value["disputed"]) == (0.5, 0)
    assert "after" not in value
    assert "before_all" not in value


def test_covariant_answers_are_of_the_changed_image():
    counted = {"protocol": "covariant", "answers": [["3"] * 10]}
    assert "after" not in causal_consistency(["3"], [["2"]], **counted)
    value = causal_consistency(["three"], [["2", "3"]], **counted, answers_after=[["2"] * 10])
    assert (value["consistency"], value["before_all"], value["after"]) == (0.5, 0, 0.5)
    assert (value["after_worst"], value["after_best"]) == (0, 1)


def test_no_edit_leaves_nothing_to_average():
    value = causal_consistency(["red"], [[]], [["red"] * 10])
    for name in ("consistency", "inconsistent_once", "before_repeated", "after", "after_worst"):
        assert isnan(value[name])
    assert value["before_all"] == 1


@given(QUESTIONS, st.sampled_from(["invariant", "covariant"]), st.randoms())
def test_order_ranges_and_sums(questions, protocol, random):
    value = causal_consistency(*_columns(questions), protocol)
    if value["edits"]:
        assert 0 <= value["consistency_of_all"] <= 1
        assert value["edited"] <= value["questions"] <= len(questions)
    if protocol == "invariant" and value["edits"]:
        assert value["after_worst"] <= value["after_best"]
        assert value["excluded"] == 0
    random.shuffle(questions)
    assert causal_consistency(*_columns(questions), protocol) == pytest.approx(value, nan_ok=True)


def _columns(questions):
    return map(list, zip(*questions, strict=True))


@given(QUESTIONS)
def test_what_never_changes_is_invariant(questions):
    before = [first for first, _, _ in questions]
    value = causal_consistency(before, [[first] * 2 for first in before])
    assert (value["consistency"], value["inconsistent_once"]) == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (([], []), {}, "no question"),
        ((["x"], []), {}, "lengths differ"),
        ((["x"], "x"), {}, "no list of predictions"),
        ((["x"], ["x"]), {}, "one string"),
        ((["x"], [[np.nan]]), {}, "float"),
        ((["x"], [["x"]]), {"protocol": "contravariant"}, "no protocol"),
        ((["x"], [["x"]], [["x"] * 2] * 2), {}, "answers 2, before 1"),
        ((["x"], [["x"]], [["x"]]), {}, "at least two"),
        ((["x"], [["x"]]), {"answers_after": "x"}, "no list of answers"),
    ],
)
def test_refused(arguments, options, said):
    with pytest.raises(DataError, match=said):
        causal_consistency(*arguments, **options)
