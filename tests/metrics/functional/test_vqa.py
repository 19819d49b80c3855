"""Official VQA accuracy: the published code's recorded answers, a plain loop, and cases to check by hand."""

import gzip
import json

import numpy as np
import pytest
import vqa_loop
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.vqa import normalise_answer, vqa_accuracy

TEXT = st.text("abtheno01,.;/- '!\n\tİ", max_size=12)
QUESTION = st.tuples(TEXT, st.lists(TEXT, min_size=2, max_size=11))


def test_normalisation_as_recorded(vectors):
    """String for string."""
    book = vectors.expected("image/vqa")
    for case in book["normalisation"] + book["contraction_behaviour"] + book["contraction_negative"]:
        assert normalise_answer(case["in"]) == case["normalised"], case["in"]


def test_accuracy_as_recorded(vectors):
    """Tolerance 1e-12."""
    cases = vectors.expected("image/vqa")["cases"]
    predictions, answers = [case["pred"] for case in cases], [case["answers"] for case in cases]
    for normalise, key in (("official", "accuracy"), ("always", "accuracy_if_always_normalised")):
        wanted = [case[key] for case in cases]
        np.testing.assert_allclose(vqa_accuracy(predictions, answers, normalise), wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,000", "1000"),
        ("1,000/day", "1000day"),
        ("black/white", "black white"),
        ("black/white or red/ blue", "blackwhite or red blue"),
        ("yes, no", "yes no"),
        ("U.S.A.", "usa"),
        ("3.", "3"),
        (".5", ".5"),
        ("." * 33, "."),
        ("None", "0"),
        ("twenty-one", "twenty 1"),
        ("The", ""),
        ("lets", "lets"),
        ("somebody'd", "somebodyd"),
        ("couldnt've", "couldn't've"),
        ("couldntve", "couldntve"),
        ("6:30 & #1", "6:30 & #1"),
        ("\t yes\n", "yes"),
        ("", ""),
    ],
)
def test_normalisation_by_hand(text, wanted):
    assert normalise_answer(text) == wanted


@given(TEXT)
def test_normalisation_is_the_plain_one(text):
    assert normalise_answer(text) == vqa_loop.normalised(text)


@pytest.mark.parametrize(("matches", "wanted"), [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (7, 1)])
def test_ten_annotators(matches, wanted):
    answers = ["red"] * matches + [f"other {at}" for at in range(10 - matches)]
    assert vqa_accuracy(["red"], [answers])[0] == pytest.approx(wanted, abs=1e-15)


def test_unanimous_annotators_are_taken_at_their_word():
    unanimous, divided = ["yes"] * 10, ["yes"] * 9 + ["Yes"]
    assert vqa_accuracy(["Yes", "Yes", " yes\n"], [unanimous, divided, unanimous]).tolist() == [0, 1, 1]
    assert vqa_accuracy(["Yes", "Yes"], [unanimous, divided], "always").tolist() == [1, 1]
    assert vqa_accuracy(["Yes"], [["yes"] * 9 + ["yes\t"]]).tolist() == [0]


def test_fewer_annotators():
    assert vqa_accuracy(["a b"], [["a b", "a b"]])[0] == pytest.approx(1 / 3)
    assert vqa_accuracy(["x", "x"], [["x"] * 3, ["x"] * 4]).tolist() == pytest.approx([2 / 3, 1])


@given(st.lists(QUESTION, max_size=6), st.sampled_from(["official", "always"]), st.randoms())
def test_accuracy_is_the_plain_loop(questions, normalise, random):
    wanted = [vqa_loop.accuracy(*question, always=normalise == "always") for question in questions]
    values = vqa_accuracy([p for p, _ in questions], [a for _, a in questions], normalise)
    np.testing.assert_allclose(values, wanted, atol=1e-12)
    for _, answers in questions:
        random.shuffle(answers)
    again = vqa_accuracy([p for p, _ in questions], [a for _, a in questions], normalise)
    np.testing.assert_array_equal(again, values)


def test_real_answers(real_data):
    """Every question of a real split, asked for its majority answer; tolerance 1e-12."""
    with gzip.open(real_data / "vqa2" / "vqa_annotations_test.gzip") as file:
        records = json.load(file)["annotations"]
    answers = [[answer["answer"] for answer in record["answers"]] for record in records]
    predictions = [record["multiple_choice_answer"] for record in records]
    wanted = [vqa_loop.accuracy(*question) for question in zip(predictions, answers, strict=True)]
    np.testing.assert_allclose(vqa_accuracy(predictions, answers), wanted, atol=1e-12)


def test_arrays_and_nothing():
    answers = np.array([["a cat", "cat", "dog", "cow"]])
    assert vqa_accuracy(np.array(["cat"]), answers).tolist() == [
        vqa_loop.accuracy("cat", answers[0].tolist())
    ]
    assert vqa_accuracy([], []).shape == (0,)


@pytest.mark.parametrize(
    ("predictions", "answers", "normalise", "said"),
    [
        (["x"], [["x"] * 10], "never", "no way to normalise"),
        (["x", "y"], [["x"] * 10], "official", "lengths differ"),
        (["x"], [["x"]], "official", "at least two"),
        (["x"], [[]], "official", "at least two"),
        ([float("nan")], [["x"] * 10], "official", "float"),
        (["x"], [["x", None]], "official", "NoneType"),
        (["x"], ["xx"], "official", "no list of answers"),
        (["x"], "xx", "official", "one string"),
        (["x"], 3, "official", "is a int"),
        ("x", [["x"] * 10], "official", "one string"),
        (3, [["x"] * 10], "official", "no list of strings"),
    ],
)
def test_refused(predictions, answers, normalise, said):
    with pytest.raises(DataError, match=said):
        vqa_accuracy(predictions, answers, normalise)


def test_a_number_is_no_text():
    with pytest.raises(DataError, match="strings"):
        normalise_answer(3)
