"""The official VQA-CP: files that nobody vouches for."""

import json

import numpy as np
import pytest
from small_vqa_cp import (
    features,
    opened,
    write_features,
    write_index,
    write_map,
)

from cfbench.errors import CfbenchError, DataError

pytestmark = pytest.mark.usefixtures("few_held_out")


def changed(home, part, change):
    """The file of training questions or annotations with one entry changed."""
    path = home / f"vqacp_v2_train_{part}.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def put(name, value):
    return lambda entries: entries[2].__setitem__(name, value)


BROKEN = [
    ("questions", put("question", " "), r"question 2000: its 'question' is empty"),
    ("questions", put("question", "why " * 300), r"question 2000: its 'question' has 1,200 characters"),
    ("questions", put("question", 3), r"its 'question' is missing or not of type str"),
    ("questions", put("question_id", 1000), r"entry 3: the question_id 1000 was there before"),
    ("questions", put("question_id", True), r"entry 3: its 'question_id' is missing or not of type int"),
    ("questions", put("question_id", -1), r"entry 3: its question_id is -1"),
    (
        "questions",
        put("image_id", 9),
        r"annotations\.json, question 2000: its image is 2, and that of the question 9",
    ),
    ("questions", lambda entries: entries.clear(), "it holds no questions"),
    ("questions", lambda entries: entries.append(5), "entry 25: it is not a JSON object"),
    (
        "questions",
        lambda entries: entries.pop(2),
        r"questions\.json: there is no question for question 2000 \(1 such\)",
    ),
    (
        "annotations",
        lambda entries: entries.pop(2),
        r"annotations\.json: there is no annotation for question 2000 \(1 such\)",
    ),
    ("annotations", put("answers", [{"answer": "x"}] * 9), "it has 9 answers, not 10"),
    ("annotations", put("answers", [{"answer": "x"}] * 9 + [{}]), "answer 10: its 'answer' is missing"),
    (
        "annotations",
        put("answer_type", "binary"),
        "its answer_type 'binary' is none of yes/no, number, other",
    ),
    ("annotations", put("question_type", ""), "its 'question_type' is empty"),
]


@pytest.mark.parametrize(("part", "change", "message"), BROKEN)
def test_hostile_questions_and_annotations(home, part, change, message):
    changed(home, part, change)
    with pytest.raises(DataError, match=message):
        opened(home).split("train")


@pytest.mark.parametrize("content", ["", "{", '{"questions": 5}', "5", "[" * 100_000])
def test_what_is_no_list_of_questions(home, content):
    (home / "vqacp_v2_train_questions.json").write_text(content)
    with pytest.raises(DataError, match="vqacp_v2_train_questions"):
        opened(home).split("train")


NAN = features(101)
NAN[1, 2] = np.nan
BROKEN_FEATURES = [
    ({"features": NAN}, "array 'features'.*row 1 .* not finite"),
    ({"features": np.ones((3, 5), np.float32)}, r"101\.npz: its features are 5 wide.*index\.json says 4"),
    ({"features": np.ones((0, 4), np.float32), "boxes": np.ones((0, 4))}, "it has 0 regions"),
    ({"features": np.ones((1001, 4), np.float32)}, "it has 1,001 regions, not 1 to 1,000"),
    ({"features": np.array(["x"])}, "only plain numbers"),
    ({"features": np.ones(4, np.float32)}, "2 axes are needed"),
]


@pytest.mark.parametrize(("arrays", "message"), BROKEN_FEATURES)
def test_hostile_features(home, arrays, message):
    write_features(home, 101, **arrays)
    with pytest.raises(DataError, match=message):
        opened(home).split("test").inputs(0)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"boxes": np.ones((2, 4))}, "array 'boxes'"),
        ({"boxes": np.full((3, 4), np.inf)}, "array 'boxes'.*not finite"),
        ({"size": [0, 20]}, "'size' of its image is not 1 to 100,000 pixels"),
        ({"size": [40, 20, 3]}, "array 'size'"),
    ],
)
def test_hostile_boxes(home, arrays, message):
    write_features(home, 101, **arrays)
    with pytest.raises(DataError, match=message):
        opened(home).split("test").target(0)


def test_features_that_are_no_archive(home):
    (home / "features/101.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(DataError, match=r"101\.npz"):
        opened(home).split("test").inputs(0)


def test_an_image_without_features_is_told_with_its_question(home):
    write_index(home, ["1"])
    with pytest.raises(DataError, match=r"no features for question 101000: .*does not name its image 101"):
        opened(home).split("test").inputs(0)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ({"dimension": 4, "images": ["1", "1"]}, "the image '1' is named twice"),
        ({"dimension": 4, "images": ["../1"]}, "no list 'images' of ids"),
        ({"dimension": 4, "images": [1]}, "no list 'images' of ids"),
        ({"dimension": 0, "images": ["1"]}, "no whole number 'dimension'"),
        ({"dimension": True, "images": ["1"]}, "no whole number 'dimension'"),
    ],
)
def test_hostile_index(home, index, message):
    (home / "features/index.json").write_text(json.dumps(index))
    with pytest.raises(DataError, match=message):
        opened(home).split("test").inputs(0)


@pytest.mark.parametrize(
    ("weights_of", "message"),
    [
        ([1, 0], "question 101000: it has 2 weights, and image 101 has 3 regions"),
        ([1, 0, 1.5], "no list of numbers from 0 to 1"),
        ([1, 0, True], "no list of numbers from 0 to 1"),
        ("high", "no list of numbers from 0 to 1"),
    ],
)
def test_hostile_weights(home, weights_of, message):
    (home / "attention.json").write_text(json.dumps({"101000": weights_of}))
    with pytest.raises(DataError, match=message):
        opened(home).split("test").target(0)
    (home / "attention.json").write_text("[]")
    with pytest.raises(DataError, match="no object of question ids"):
        opened(home).split("test").target(0)


def test_a_map_that_is_no_picture(home):
    (home / "vqahat_train/1010_1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(CfbenchError, match=r"1010_1\.png"):
        opened(home).split("test").target(0)


def test_maps_of_other_names_are_no_maps(home):
    write_map(home, "thumbs", 1, 2)
    write_map(home, "1030_x", 1, 2)
    assert opened(home).split("test-focused").ids == ["101000", "102000"]
