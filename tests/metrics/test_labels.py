"""Accuracy and macro-F1 of texts, average precision of images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from judged import check, complete, evidence_of, score, slice_scores

from cfbench.errors import DataError
from cfbench.metrics import Scored
from cfbench.metrics.accuracy import Accuracy
from cfbench.metrics.average_precision import NAMED, AveragePrecision, per_class
from cfbench.metrics.functional import accuracy, average_precision, macro_f1
from cfbench.statistics import paired_bootstrap
from cfbench.tasks.labels import ImageLabelInputs, ImageLabelTarget, ScoresPrediction, TextInputs, TextTarget

NAMES = ("entailment", "neutral", "contradiction", "never")
OBJECTS = ("cat", "dog", "bus", "toaster")


def text(name, label, scores, classes=NAMES):
    prediction = ScoresPrediction(np.array(scores, np.float64))
    return Scored(name, TextInputs(name, "t", None, classes), TextTarget(label), prediction)


def image(name, labels, scores, classes=OBJECTS):
    prediction = ScoresPrediction(np.array(scores, np.float64))
    target = ImageLabelTarget(np.array(labels, np.bool_))
    return Scored(name, ImageLabelInputs(name, classes), target, prediction)


def some_texts():
    random = np.random.default_rng(1)
    return [
        text(f"t{index:02d}", int(random.integers(3)), random.integers(0, 4, 4) * [1, 1, 1, 0])
        for index in range(40)
    ]


def some_images():
    """Few distinct scores, so that many are equal; the last class has no positive."""
    random = np.random.default_rng(2)
    labels = random.random((40, 4)) < [0.1, 0.3, 0.6, 0.0]
    scores = random.integers(-3, 4, (40, 4)) + labels
    return [image(f"i{index:02d}", labels[index], scores[index]) for index in range(40)]


def test_order_cut_and_weights_change_nothing():
    check(Accuracy(), some_texts())
    for protocol in AveragePrecision.protocols:
        check(AveragePrecision(protocol), some_images())


def test_accuracy_is_the_function():
    samples = some_texts()
    guesses = [NAMES[int(one.prediction.scores.argmax())] for one in samples]
    true = [NAMES[one.target.label] for one in samples]
    value = score(Accuracy(), samples)
    assert value["accuracy"] == pytest.approx(accuracy(guesses, true), abs=1e-15)
    assert value["macro_f1"] == pytest.approx(macro_f1(guesses, true), abs=1e-15)


def test_the_first_of_equal_scores_is_the_label():
    samples = [text("a", 1, [0.0, 2.0, 2.0, 2.0]), text("b", 2, [0.0, 2.0, 2.0, 2.0])]
    assert [row["predicted"] for row in complete(Accuracy(), samples)] == ["neutral", "neutral"]
    assert score(Accuracy(), samples)["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("metric", "samples"), [(Accuracy(), some_texts()), (AveragePrecision(), some_images())]
)
def test_an_original_and_its_edits_are_resampled_together(metric, samples):
    def units(given):
        rows = evidence_of(metric, given)
        (one, *_) = paired_bootstrap(metric, rows, rows, seed=0, resamples=2).values()
        return one.units

    paired = [
        replace(one, target=replace(one.target, pair=f"p{at // 2}")) for at, one in enumerate(samples[:-1])
    ]
    assert units(samples) == 40  # without a pair each is one by itself
    assert units([*paired, samples[-1]]) == 21


def test_macro_f1_is_over_the_classes_of_each_slice():
    samples = [text("a", 0, [1, 0, 0, 0]), text("b", 0, [1, 0, 0, 0]), text("c", 1, [1, 0, 0, 0])]
    scores = slice_scores(Accuracy(), samples, {"a": ("original",), "b": ("original",), "c": ("edited",)})
    assert scores["original"] == {"accuracy": 1, "macro_f1": 1}
    assert scores["edited"] == {"accuracy": 0, "macro_f1": 0}
    assert scores["all"]["macro_f1"] == pytest.approx((2 * 2 / 5 + 0) / 2)


@pytest.mark.parametrize("protocol", AveragePrecision.protocols)
def test_average_precision_is_the_function(protocol):
    samples = some_images()
    scores = np.array([one.prediction.scores for one in samples])
    labels = np.array([one.target.labels for one in samples])
    told = average_precision(scores, labels, protocol)
    value = score(AveragePrecision(protocol), samples)
    assert value["map"] == pytest.approx(np.nanmean(told), rel=1e-12)
    assert value["undefined_classes"] == 1
    rows = evidence_of(AveragePrecision(protocol), samples)
    classes = per_class(rows, protocol)
    assert classes["toaster"] is None
    assert [classes[name] for name in OBJECTS[:3]] == pytest.approx(told[:3])


def test_the_truth_is_perfect():
    samples = [image(one.id, one.target.labels, one.target.labels) for one in some_images()]
    assert score(AveragePrecision(), samples) == {"map": 1, "map_common": 1, "undefined_classes": 1}


def test_common_classes_have_five_positives():
    labels = [[True, True]] * 4 + [[True, False]] + [[False, False]] * 2
    samples = [image(f"i{at}", truth, [1.0, float(at)], ("a", "b")) for at, truth in enumerate(labels)]
    classes = per_class(evidence_of(AveragePrecision(), samples))
    value = score(AveragePrecision(), samples)
    assert value["map_common"] == classes["a"] == pytest.approx(5 / 7)
    assert value["map"] == pytest.approx((classes["a"] + classes["b"]) / 2)


def test_classes_without_positives_are_named_in_each_slice():
    metric, samples = AveragePrecision(), [image("a", [1, 0, 0, 0], [1, 0, 0, 0])]
    assert metric.remarks(evidence_of(metric, samples)) == [
        "3 of 4 classes have no positive image: dog, bus, toaster"
    ]
    samples.append(image("b", [0, 1, 1, 1], [1, 0, 0, 0]))
    assert metric.remarks(evidence_of(metric, samples)) == []
    scores = slice_scores(metric, samples, {"a": ("original",), "b": ("edited",)})
    assert scores["original"]["undefined_classes"] == 3
    assert scores["edited"]["undefined_classes"] == 1


def test_a_remark_does_not_name_a_thousand_classes():
    names = tuple(f"class{index}" for index in range(1000))
    rows = evidence_of(AveragePrecision(), [image("a", np.zeros(1000), np.zeros(1000), names)])
    (remark,) = AveragePrecision().remarks(rows)
    assert remark.startswith("1000 of 1000 classes")
    assert remark.endswith("…")
    assert remark.count("class") == NAMED + 1


def test_no_positive_at_all_is_no_number():
    value = score(AveragePrecision(), [image("a", [0, 0, 0, 0], [1, 2, 3, 4])])
    assert value == {"map": None, "map_common": None, "undefined_classes": 4}


def test_classes_in_another_order_are_refused():
    samples = [image("a", [1, 0], [1, 0], ("x", "y")), image("b", [1, 0], [1, 0], ("y", "x"))]
    with pytest.raises(DataError, match="2 different lists of classes"):
        score(AveragePrecision(), samples)


def test_one_metric_may_judge_one_set_of_rows_after_another():
    metric, samples = AveragePrecision(), some_images()
    whole, half = evidence_of(metric, samples), evidence_of(metric, samples[:20])
    apart = AveragePrecision().score(whole), AveragePrecision().score(half)
    assert (metric.score(whole), metric.score(half), metric.score(whole)) == (*apart, apart[0])
