"""VQA accuracy, and flips by counterfactual images."""

from __future__ import annotations

import numpy as np
import pytest
from judged import check, complete, evidence_of, score, slice_scores

from cfbench.errors import DataError, UsageError
from cfbench.metrics import NamedDetector, Scored
from cfbench.metrics.flips import Flips
from cfbench.metrics.functional import flips
from cfbench.metrics.vqa_accuracy import VqaAccuracy
from cfbench.tasks.visual_cf import VisualInputs, VisualPrediction, VisualTarget
from cfbench.tasks.vqa import VqaInputs, VqaPrediction, VqaTarget

KINDS = ("is the", "how many", "what color is the")


def asked(name, answer, answers, question_type="is the", answer_type="yes/no", image="i"):
    target = VqaTarget(tuple(answers), question_type, answer_type, image)
    return Scored(name, VqaInputs(name, "?"), target, VqaPrediction(answer))


class Reader:
    """Reads its answer off the first pixel."""

    mark, version = "det", "1"
    answers = ("yes", "no", "Yes", "2", "two", "a red")

    def answer(self, images, questions):
        assert len(images) == len(questions)
        return [self.answers[image[0, 0, 0]] for image in images]


class Mute(Reader):
    def answer(self, images, questions):
        return ["yes"]


def judge(protocol=None, reader=None):
    return Flips(protocol, {"vqa-reader": NamedDetector("reader", reader or Reader(), None, None)})


def image_of(answer):
    return np.full((2, 2, 3), Reader.answers.index(answer), np.uint8)


def changed(name, before, after, answers, question_type="is the", answer_type="yes/no", image="i"):
    target = VisualTarget(tuple(answers), question_type, answer_type, image)
    inputs = VisualInputs(name, image_of(before), "?", answers[0])
    return Scored(name, inputs, target, VisualPrediction(image_of(after)))


def drawn(count=40):
    """Ids, two answers, annotators, type and image of questions; two about each image."""
    random = np.random.default_rng(5)
    for index in range(count):
        before, after = random.choice(Reader.answers, 2).tolist()
        given = random.choice(Reader.answers, 10 if index % 3 else 4).tolist()
        kind = KINDS[int(random.integers(3))] if index % 9 else ""
        yield f"q{index:02d}", before, after, given, kind, f"image{index // 2:02d}"


def some_asked():
    return [asked(name, before, given, kind, "", image) for name, before, _, given, kind, image in drawn()]


def some_changed():
    return [changed(name, b, a, given, kind, "", image) for name, b, a, given, kind, image in drawn()]


@pytest.mark.parametrize("protocol", VqaAccuracy.protocols)
def test_order_cut_and_weights_change_nothing(protocol):
    check(VqaAccuracy(protocol), some_asked())
    check(judge(protocol), some_changed())


def test_accuracy_as_recorded(vectors):
    book = vectors.expected("image/vqa")["cases"]
    samples = [asked(f"q{index:04d}", case["pred"], case["answers"]) for index, case in enumerate(book)]
    for protocol, key in (("official", "accuracy"), ("always-normalise", "accuracy_if_always_normalised")):
        wanted = np.mean([case[key] for case in book])
        assert score(VqaAccuracy(protocol), samples)["accuracy"] == pytest.approx(wanted, abs=1e-12)


def test_unanimous_annotators_are_taken_at_their_word():
    sample = [asked("a", "Yes", ["yes"] * 10)]
    assert score(VqaAccuracy(), sample) == {"accuracy": 0}
    assert score(VqaAccuracy("always-normalise"), sample) == {"accuracy": 1}


def test_types_are_slices_as_the_data_set_spells_them():
    samples = [
        asked("a", "yes", ["yes"] * 10, "is the", "yes/no"),
        asked("b", "3", ["2"] * 10, "how many", "number"),
        asked("c", "no", ["yes"] * 10, "is there", "yes/no"),
        asked("d", "red", ["red"] * 10, "", ""),
    ]
    scores = slice_scores(VqaAccuracy(), samples, {"a": ("focused", "is the")})
    assert list(scores) == ["all", "focused", "how many", "is the", "is there", "number", "yes/no"]
    assert scores["yes/no"]["accuracy"] == 0.5
    assert (scores["is the"]["accuracy"], scores["all"]["accuracy"]) == (1, 0.5)


def test_one_name_for_two_slices_is_refused():
    samples = [asked("a", "x", "xy", "other", "number"), asked("b", "x", "xy", "what", "other")]
    with pytest.raises(DataError, match=r"called 'other'.*one has 1 rows, the other 1"):
        slice_scores(VqaAccuracy(), samples)
    with pytest.raises(DataError, match="called 'what'"):
        slice_scores(VqaAccuracy(), [*samples[1:], asked("c", "x", "xy")], {"c": ("what",)})


@pytest.mark.parametrize("name", ["all", "t" * 201])
def test_a_type_that_can_be_no_slice_is_refused(name):
    samples = [asked("a", "x", "xy", name), asked("b", "x", "xy", "how")]
    with pytest.raises(DataError, match="slice"):
        slice_scores(VqaAccuracy(), samples)


def test_too_few_annotators_are_told_by_id():
    with pytest.raises(DataError, match="Question b has 1 answers"):
        VqaAccuracy().evidence([asked("a", "x", ["x"] * 2), asked("b", "x", ["x"])])
    with pytest.raises(DataError, match="Question b has 0 answers"):
        judge().evidence([changed("a", "no", "no", "xx"), _without_answers("b")])


def _without_answers(name):
    one = changed(name, "no", "no", "xx")
    return Scored(name, one.inputs, VisualTarget((), "is", "", "i"), one.prediction)


def test_flips_are_the_function():
    samples = [one for one in some_changed() if one.target.question_type]
    before = [Reader.answers[one.inputs.image[0, 0, 0]] for one in samples]
    after = [Reader.answers[one.prediction.image[0, 0, 0]] for one in samples]
    types = [one.target.question_type for one in samples]
    told = flips(before, after, [one.target.answers for one in samples], types)
    value = score(judge(), samples)
    for name, number in value.items():
        part, own = ("macro", name[6:]) if name.startswith("macro_") else ("overall", name)
        assert number == pytest.approx(told[part][own], abs=1e-12), name
    slices = slice_scores(judge(), samples)
    for kind, numbers in told["per_question_type"].items():
        assert slices[kind]["flip_rate"] == pytest.approx(numbers["flip_rate"], abs=1e-12)
        assert slices[kind]["macro_drop"] == pytest.approx(numbers["drop"], abs=1e-12)


class Echo(Reader):
    """Answers with the question's own words, before and after."""

    def __init__(self, texts):
        self.texts = texts

    def answer(self, images, questions):
        return [self.texts[int(image[0, 0, 0])] for image in images]


def test_flips_as_recorded(vectors):
    book = vectors.expected("image/vqa_flip")
    texts = sorted({item[key] for item in book["items"] for key in ("pred_before", "pred_after")})
    samples = []
    for item in book["items"]:
        name, answers = f"q{item['question_id']:03d}", tuple(item["answers"])
        images = [
            np.full((1, 1, 3), texts.index(item[key]), np.uint8) for key in ("pred_before", "pred_after")
        ]
        target = VisualTarget(answers, item["question_type"], item["answer_type"], name)
        samples.append(
            Scored(name, VisualInputs(name, images[0], "?", ""), target, VisualPrediction(images[1]))
        )
    scores = slice_scores(judge(reader=Echo(texts)), samples)
    names = {
        "accuracy_before": "acc_before",
        "accuracy_after": "acc_after",
        "relative_drop": "relative_drop",
        "flip_rate": "flip_rate",
        "pos_to_neg": "pos_to_neg",
        "neg_to_pos": "neg_to_pos",
        "both_right": "flip_both_right",
        "both_wrong": "flip_both_wrong",
        "success_rate": "success_rate_on_originally_scored",
    }
    for kind, told in {"all": book["overall"], **book["per_question_type"]}.items():
        for ours, theirs in names.items():
            assert scores[kind][ours] == pytest.approx(told[theirs], abs=1e-12), (kind, ours)
        assert 100 * scores[kind]["drop"] == pytest.approx(told["acc_drop_points"], abs=1e-11)
    for name in ("accuracy_before", "accuracy_after", "flip_rate"):
        told = book["macro_mean_over_types"][names[name]]
        assert scores["all"][f"macro_{name}"] == pytest.approx(told, abs=1e-12)


def test_an_image_left_alone_flips_nothing():
    samples = [changed("a", "yes", "yes", ["yes"] * 10), changed("b", "2", "2", ["yes"] * 10, "how")]
    value = score(judge(), samples)
    assert (value["flip_rate"], value["drop"], value["success_rate"], value["macro_drop"]) == (0, 0, 0, 0)


def test_nothing_right_before_has_no_relative_drop():
    samples = [changed("a", "no", "yes", ["yes"] * 10)]
    value = score(judge(), samples)
    assert (value["relative_drop"], value["success_rate"], value["neg_to_pos"]) == (None, None, 1)
    rows = evidence_of(judge(), samples)
    assert (rows.samples("success_rate"), rows.samples("flip_rate")) == (0, 1)


def test_questions_without_a_type_are_told_of():
    samples = [changed("a", "no", "yes", "xx", ""), changed("b", "no", "no", "xx", "how")]
    rows = evidence_of(judge(), samples)
    assert judge().remarks(rows) == ["1 of 2 questions have no type and are in no mean over types"]
    counted = [judge().samples_of(name, rows) for name in ("flip_rate", "success_rate", "macro_flip_rate")]
    assert counted == [2, 0, 1]
    assert judge().score(rows)["macro_flip_rate"] == 0
    assert judge().score(rows)["flip_rate"] == 0.5
    assert judge().remarks(rows.where(np.array([False, True]))) == []


def test_no_type_at_all_has_no_mean_over_types():
    value = score(judge(), [changed("a", "no", "yes", "xx", "")])
    assert (value["macro_flip_rate"], value["flip_rate"]) == (None, 1)


def test_both_answers_are_kept():
    (row,) = complete(judge(), [changed("a", "yes", "a red", ["yes"] * 10, image="picture")])
    assert (row["answer_before"], row["answer_after"], row["image"]) == ("yes", "a red", "picture")


def test_a_reader_that_leaves_questions_out_is_refused():
    with pytest.raises(UsageError, match="gave 1 answers to 2 questions"):
        judge(reader=Mute()).evidence([changed("a", "no", "yes", "xx")])


def test_the_reader_is_in_the_signature():
    assert judge().signature(7) == "flips|proto:official|det:reader@1:none|n:7|v:1"
