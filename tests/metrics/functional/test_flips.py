"""Flips: the recorded report, and answers that can be counted by hand."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.flips import MACRO_NAMES, flip_outcomes, flips, summarised

RECORDED = {
    "n": "n",
    "accuracy_before": "acc_before",
    "accuracy_after": "acc_after",
    "relative_drop": "relative_drop",
    "flip_rate": "flip_rate",
    "pos_to_neg": "pos_to_neg",
    "neg_to_pos": "neg_to_pos",
    "both_right": "flip_both_right",
    "both_wrong": "flip_both_wrong",
    "success_rate": "success_rate_on_originally_scored",
    "scored": "n_originally_scored",
}
WORD = st.sampled_from(["red", "Red", "a red", "blue", "two", "2", "none"])
QUESTION = st.tuples(WORD, WORD, st.lists(WORD, min_size=4, max_size=10), st.sampled_from(["is", "how"]))
CUBES = [["red"] * 5 + ["blue"] * 5] * 5
BEFORE = ["red", "red", "red", "green", "green"]
AFTER = ["Red", "blue", "green", "red", "grey"]


def columns(items, *names):
    return [[item[name] for item in items] for name in names]


def test_as_recorded(vectors):
    """Tolerance 1e-12."""
    book = vectors.expected("image/vqa_flip")
    report = flips(*columns(book["items"], "pred_before", "pred_after", "answers", "question_type"))
    assert set(report["per_question_type"]) == set(book["per_question_type"])
    pairs = [(report["overall"], book["overall"])]
    pairs += [(report["per_question_type"][kind], told) for kind, told in book["per_question_type"].items()]
    for ours, told in pairs:
        for name, theirs in RECORDED.items():
            assert ours[name] == pytest.approx(told[theirs], abs=1e-12), name
        assert 100 * ours["drop"] == pytest.approx(told["acc_drop_points"], abs=1e-12)
    for name in ("accuracy_before", "accuracy_after", "flip_rate"):
        told = book["macro_mean_over_types"][RECORDED[name]]
        assert report["macro"][name] == pytest.approx(told, abs=1e-12)


def test_by_hand():
    """Kept but for its capital, right to right, right to wrong, wrong to right, wrong to wrong."""
    values = flips(BEFORE, AFTER, CUBES)["overall"]
    for name in ("pos_to_neg", "neg_to_pos", "both_right", "both_wrong"):
        assert values[name] == pytest.approx(0.2)
    assert values["flip_rate"] == pytest.approx(0.8)
    assert values["accuracy_before"] == values["accuracy_after"] == pytest.approx(0.6)
    assert (values["drop"], values["relative_drop"], values["scored"]) == (0, 0, 3)
    assert values["success_rate"] == pytest.approx(2 / 3)


def test_macro_weighs_types_alike():
    report = flips(BEFORE, AFTER, CUBES, ["a", "a", "a", "a", "b"])
    assert report["per_question_type"]["b"]["flip_rate"] == 1
    assert report["macro"]["flip_rate"] == pytest.approx((0.75 + 1) / 2)
    assert isnan(report["per_question_type"]["b"]["success_rate"])
    assert isnan(report["per_question_type"]["b"]["relative_drop"])
    assert set(report["macro"]) == set(MACRO_NAMES)


def test_without_types():
    report = flips(BEFORE, AFTER, CUBES)
    assert (report["per_question_type"], report["macro"]) == ({}, {})


def test_normalisation_mode_reaches_the_accuracy():
    unanimous = [["yes"] * 10]
    assert flips(["Yes"], ["yes"], unanimous)["overall"]["accuracy_before"] == 0
    assert flips(["Yes"], ["yes"], unanimous, normalise="always")["overall"]["accuracy_before"] == 1
    assert flips(["Yes"], ["yes"], unanimous)["overall"]["flip_rate"] == 0


@given(st.lists(QUESTION, min_size=1, max_size=8), st.randoms())
def test_parts_and_order(questions, random):
    report = flips(*map(list, zip(*questions, strict=True)))
    for values in (report["overall"], *report["per_question_type"].values(), report["macro"]):
        parts = [values[name] for name in ("pos_to_neg", "neg_to_pos", "both_right", "both_wrong")]
        assert min(parts) >= 0
        assert sum(parts) == pytest.approx(values["flip_rate"])
        assert values["drop"] == pytest.approx(values["accuracy_before"] - values["accuracy_after"])
    random.shuffle(questions)
    shuffled = flips(*map(list, zip(*questions, strict=True)))["overall"]
    assert shuffled == pytest.approx(report["overall"], nan_ok=True)


@given(st.lists(QUESTION, min_size=1, max_size=8))
def test_an_image_left_alone_flips_nothing(questions):
    before, _, answers, _ = map(list, zip(*questions, strict=True))
    values = flips(before, before, answers)["overall"]
    assert (values["flip_rate"], values["drop"]) == (0, 0)


def test_outcomes_of_a_part():
    outcomes = flip_outcomes(BEFORE, AFTER, CUBES)
    assert outcomes.flipped.tolist() == [False, True, True, True, True]
    part = summarised(type(outcomes)(*(values[:2] for values in outcomes)))
    assert part == pytest.approx(flips(BEFORE[:2], AFTER[:2], CUBES[:2])["overall"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([], [], []), "no question"),
        ((["x"], ["x", "y"], [["x"] * 4]), "lengths differ"),
        ((["x"], ["x"], [["x"] * 4], ["is", "how"]), "lengths differ"),
        ((["x"], ["x"], [["x"] * 4], "is"), "one string"),
        ((["x"], [np.nan], [["x"] * 4]), "float"),
        ((["x"], ["x"], [[]]), "at least two"),
    ],
)
def test_refused(arguments, said):
    with pytest.raises(DataError, match=said):
        flips(*arguments)
