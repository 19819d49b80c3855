"""The official VQA-CP: small files in its layout, hostile ones, and its questions' priors."""

import gzip
import json
import pickle

import numpy as np
import pytest
from small_vqa_cp import (
    BOXES,
    COUNTS,
    DIMENSION,
    entries,
    features,
    question_id,
    small_vqa_cp,
    write_features,
    write_index,
    write_map,
)

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.datasets.installing import verify
from cfbench.datasets.vqa_cp import VqaCp, official
from cfbench.datasets.vqa_cp.regions import first_id, weights
from cfbench.datasets.vqa_cp.showing import HELD
from cfbench.errors import CfbenchError, DataError, EnvironmentLackError


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch):
    monkeypatch.setattr(official, "HELD_OUT", 6)


@pytest.fixture
def home(tmp_path):
    return small_vqa_cp(tmp_path / "data")


def opened(home, **options):
    return VqaCp(DataContext(home.parent, ContentCache(home.parent / "cache"), options))


def test_a_question_has_features_answers_and_attention(home):
    assert VqaCp.missing(home.parent) == []
    samples = opened(home).split("test")
    assert len(samples) == 2 * COUNTS["test"]
    index = samples.ids.index("101000")
    inputs, target = samples.inputs(index), samples.target(index)
    assert inputs.question == "What color is the dog?"
    assert np.array_equal(inputs.features, features(101))
    assert inputs.features.dtype == np.float32
    assert target.answers == ("blue",) * 9 + ("red",)
    assert (target.question_type, target.answer_type, target.image_id) == (
        "what color is the",
        "other",
        "101",
    )
    assert target.attention.tolist() == [1.0, 0.0, 1.0]
    assert (target.pair, target.role) == (None, "")
    assert samples.target(samples.ids.index("101001")).attention is None
    assert samples.group(0) == samples.group(1) == "101"


def test_the_maps_of_several_people_are_averaged(home):
    samples = opened(home).split("test")
    attention = samples.target(samples.ids.index("102000")).attention
    assert attention == pytest.approx([(1 + 0.25 + 1) / 3, (0 + 0.75 + 0) / 3, 1])


def test_training_holds_pairs_where_people_were_asked_and_val_is_held_out(home):
    dataset = opened(home)
    train, val = dataset.split("train"), dataset.split("val")
    assert len(val) == 6
    assert all(record.role == "" for record in val.records)
    asked = {record.pair or record.id for record in train.records} | set(val.ids)
    assert asked == {str(question_id(image, number)) for image in range(1, 13) for number in (0, 1)}
    assert not {record.pair or record.id for record in train.records} & set(val.ids)
    paired = [image for image in (1, 2) if str(question_id(image, 0)) not in val.ids]
    assert paired
    for image in paired:
        first = train.ids.index(f"{image}000_original")
        assert train.ids[first + 1] == f"{image}000_edited"
        assert train.target(first + 1).answers == ()
        expected = features(image)
        assert np.array_equal(train.inputs(first).features, expected)
        expected[[0, 2]] = 0
        assert np.array_equal(train.inputs(first + 1).features, expected)
        assert train.slices(first + 1) == ("edited",)


def test_too_few_questions_to_hold_val_out(home, monkeypatch):
    monkeypatch.setattr(official, "HELD_OUT", 24)
    with pytest.raises(DataError, match=r"train_questions\.json: it holds 24 questions, and 24 are held out"):
        opened(home).split("val")


def test_focused_and_edited_questions_of_the_test(home):
    dataset = opened(home)
    focused, edited = dataset.split("test-focused"), dataset.split("test-edited")
    assert focused.ids == ["101000", "102000"]
    expected = features(101)
    expected[1] = 0
    assert np.array_equal(focused.inputs(0).features, expected)
    expected = features(102)  # two thirds of the looks: not enough
    expected[[0, 1]] = 0
    assert np.array_equal(focused.inputs(1).features, expected)
    assert edited.ids == ["101000_original", "101000_edited", "102000_original", "102000_edited"]
    assert edited.target(3).answers == ("nil",) * 10


def test_both_editions_are_read(tmp_path):
    home = small_vqa_cp(tmp_path / "data", "v1")
    assert VqaCp.missing(home.parent) == []
    samples = opened(home, edition="v1").split("test-focused")
    assert samples.ids == ["1010", "1020"]
    with pytest.raises(EnvironmentLackError, match="VQA-CP v2 is not installed: missing below"):
        opened(home).split("test")


def test_questions_of_vqa_v1_have_one_digit():
    assert first_id("262148", 262148002, "v2") == "2621482"
    assert first_id("262148", 262148010, "v2") == ""
    assert first_id("262148", 2621482, "v1") == "2621482"


def test_files_may_be_packed_or_of_vqas_form_in_a_folder(home):
    expected = opened(home).split("train").fingerprint()
    questions = home / "vqacp_v2_train_questions.json"
    listed = {"questions": json.loads(questions.read_text()), "info": {}}
    (home / "annotations").mkdir()
    (home / "annotations/vqacp_v2_train_questions.json.gz").write_bytes(
        gzip.compress(json.dumps(listed).encode())
    )
    questions.unlink()
    assert VqaCp.missing(home.parent) == []
    assert opened(home).split("train").fingerprint() == expected


def test_weights_may_be_given_instead_of_maps(home):
    (home / "attention.json").write_text(json.dumps({"101000": [0, 1, 0.5], "103001": [0.3, 0.9, 1]}))
    samples = opened(home).split("test-focused")
    assert samples.ids == ["101000", "103001"]
    assert samples.target(0).attention.tolist() == [0, 1, 0.5]
    (home / "attention.json").write_text("{}")
    assert len(opened(home).split("test-focused")) == 0
    assert not any(record.pair for record in opened(home).split("train").records)


def test_limits_shares_and_order(home):
    dataset = opened(home)
    train = dataset.split("train")
    assert dataset.split("train", 3).ids == train.ids[:3]
    few = opened(home, train_share="1/5").split("train")
    whole = {record.pair or record.id for record in train.records}
    assert len({record.pair or record.id for record in few.records}) == round(len(whole) / 5)
    assert len(opened(home, train_share="1/5").split("test")) == len(dataset.split("test"))


def test_rendering_tells_the_files(home):
    before = opened(home).split("test").rendering
    assert opened(home).split("test").rendering == before
    write_features(home, 101, features=np.ones((3, DIMENSION + 1), np.float32))
    assert opened(home).split("test").rendering != before


def test_samples_survive_the_journey_to_a_worker(home):
    original = opened(home).split("test-edited")
    samples = pickle.loads(pickle.dumps(original))
    assert np.array_equal(samples.inputs(1).features, original.inputs(1).features)
    assert samples.rendering == original.rendering


def test_what_is_missing_is_named(home, tmp_path):
    nowhere = VqaCp.missing(tmp_path / "nowhere")
    assert nowhere == [
        "vqa-cp/vqacp_v2_train_questions.json",
        "vqa-cp/vqacp_v2_train_annotations.json",
        "vqa-cp/vqacp_v2_test_questions.json",
        "vqa-cp/vqacp_v2_test_annotations.json",
        "vqa-cp/features/index.json",
        "vqa-cp/vqahat_train/ and vqa-cp/vqahat_val/ (or vqa-cp/attention.json)",
    ]
    (home / "features/3.npz").unlink()
    (home / "vqacp_v2_test_questions.json").unlink()
    assert VqaCp.missing(home.parent) == ["vqa-cp/vqacp_v2_test_questions.json", "vqa-cp/features/3.npz"]
    (home / "features/index.json").write_text("[]")
    assert "features/index.json that can be read" in VqaCp.missing(home.parent)[1]


def test_weights_of_regions():
    boxes = np.array(BOXES) / [40, 20, 40, 20]
    assert weights(np.zeros((4, 8)), boxes).tolist() == [0, 0, 0]
    assert weights(np.ones((4, 8)), boxes).tolist() == [0.5, 0.5, 1.0]
    one = np.zeros((4, 8))
    one[0, 0] = 8
    inside, outside = 8 / 16, 0
    assert weights(one, boxes).tolist() == [inside / (inside + outside), 0, 1]
    beyond = np.array([[-1, -1, 0.01, 0.01], [0.99, 0.99, 3, 3], [0.5, 0.5, 0.5, 0.5]])
    assert weights(one, beyond).tolist() == [1, 0, 0]


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


def test_verify_refuses_splits_whose_priors_do_not_change(home):
    assert [check.state for check in verify("vqa-cp", opened(home).context)][-1] == "ok"
    _, annotations = entries("test")
    usual = {one["question_type"]: one["answers"] for one in entries("train")[1]}
    for one in annotations:
        one["answers"] = usual[one["question_type"]]
    (home / "vqacp_v2_test_annotations.json").write_text(json.dumps(annotations))
    check = verify("vqa-cp", opened(home).context)[-1]
    assert check.what == "vqa-cp@1 v2 changing priors"
    assert check.state == "wrong"
    assert "answer priors 0.00 apart (0.00 by chance)" in check.detail
    assert "not the splits of VQA-CP" in check.detail


def test_regions_are_shown_on_paper_of_the_images_shape(home):
    samples = opened(home).split("test")
    lines, picture = samples.shown(0)
    assert lines == ("What color is the dog?", "answers: blue (9), red (1)")
    assert picture.shape == (320, 640, 3)
    green = (picture == HELD).all(axis=2)
    assert green[100, 0]
    assert not green[100, 480]
