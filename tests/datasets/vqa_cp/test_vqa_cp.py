"""The official VQA-CP: small files in its layout, and what is made of them."""

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
    opened,
    question_id,
    small_vqa_cp,
    write_features,
)

from cfbench.datasets.installing import verify
from cfbench.datasets.vqa_cp import VqaCp, official
from cfbench.datasets.vqa_cp.regions import first_id, weights
from cfbench.datasets.vqa_cp.showing import HELD
from cfbench.errors import DataError, EnvironmentLackError

pytestmark = pytest.mark.usefixtures("few_held_out")


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
