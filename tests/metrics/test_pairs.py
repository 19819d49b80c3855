"""What a classifier makes of the difference between an original and its edits."""

from __future__ import annotations

import numpy as np
import pytest

from cfbench.errors import DataError
from cfbench.execution.evidence import as_evidence
from cfbench.metrics.base import Scored
from cfbench.metrics.pairs import Pairs
from cfbench.tasks.labels import (
    ImageLabelInputs,
    ImageLabelTarget,
    ScoresPrediction,
    TextInputs,
    TextTarget,
)

CLASSES = ("dog", "cat", "car")


def image(name, labels, scores, role, *, pair="p", changed=None, alignment=None):
    return Scored(
        name,
        ImageLabelInputs(name, CLASSES, features=np.zeros(1)),
        ImageLabelTarget(np.array(labels, np.bool_), pair, role, changed),
        ScoresPrediction(np.array(scores, np.float64), alignment),
    )


def text(name, label, scores, role, *, pair="p", changed=None):
    return Scored(
        name,
        TextInputs(name, "words", None, CLASSES[: len(scores)]),
        TextTarget(label, pair, role, changed),
        ScoresPrediction(np.array(scores, np.float64)),
    )


def scores_of(scored):
    metric = Pairs()
    rows = [{**row, "slices": []} for row in metric.evidence(scored)]
    return metric, as_evidence(rows)


def images():
    return [
        image("o", [1, 1, 0], [0.9, 0.8, 0.1], "original"),
        image("e1", [0, 1, 0], [0.5, 0.7, 0.2], "edited", changed=0, alignment=0.5),
        image("e2", [1, 0, 0], [0.6, 0.8, 0.0], "edited", changed=1, alignment=-0.1),
        image("p1", [1, 1, 0], [0.8, 0.6, 0.9], "placebo"),
    ]


def test_the_numbers_by_hand():
    metric, rows = scores_of(images())
    found = metric.score(rows)
    assert found["pair_order"] == 0.75  # falls once, stays once
    assert found["margin"] == pytest.approx((0.4 + 0.0) / 2)
    assert found["kept_drop"] == pytest.approx((0.1 + 0.3) / 2)  # cat in e1, dog in e2
    assert found["placebo_drop"] == pytest.approx((0.1 + 0.2) / 2)  # dog and cat; the car is not there
    assert found["alignment"] == pytest.approx(0.2)
    assert found["consistency"] is None
    assert [metric.samples_of(name, rows) for name in ("pair_order", "placebo_drop")] == [2, 1]


def test_a_model_that_lowers_everything_is_seen_by_the_controls():
    original = image("o", [1, 1, 1], [0.9, 0.9, 0.9], "original")
    edited = image("e", [0, 1, 1], [0.2, 0.2, 0.2], "edited", changed=0)
    placebo = image("p1", [1, 1, 1], [0.2, 0.2, 0.2], "placebo")
    metric, rows = scores_of([original, edited, placebo])
    found = metric.score(rows)
    assert found["pair_order"] == 1
    assert found["kept_drop"] == pytest.approx(0.7)
    assert found["placebo_drop"] == pytest.approx(0.7)


def test_consistency_asks_for_both_members():
    pairs = [
        ("both", [0.9, 0.1], [0.2, 0.8]),
        ("edit alone", [0.4, 0.6], [0.2, 0.8]),
        ("original alone", [0.9, 0.1], [0.7, 0.3]),
    ]
    scored = []
    for pair, before, after in pairs:
        scored += [
            text(f"{pair} o", 0, before, "original", pair=pair),
            text(f"{pair} e", 1, after, "edited", pair=pair, changed=0),
        ]
    metric, rows = scores_of(scored)
    found = metric.score(rows)
    assert found["consistency"] == pytest.approx(1 / 3)
    assert found["pair_order"] == 1
    assert found["kept_drop"] is None
    assert found["placebo_drop"] is None


def test_order_of_samples_changes_nothing():
    metric, rows = scores_of(images())
    other, backwards = scores_of(images()[::-1])
    assert metric.score(rows) == pytest.approx(other.score(backwards), nan_ok=True)


def test_weights_count_pairs():
    second = [
        image("o2", [1, 0, 0], [0.2, 0.0, 0.0], "original", pair="q"),
        image("e3", [0, 0, 0], [0.9, 0.0, 0.0], "edited", pair="q", changed=0),
    ]
    metric, rows = scores_of([*images(), *second])
    weights = np.array([[1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1], [1, 1, 1, 1, 2, 2]], np.float64)
    assert metric.resampled(rows, weights)["pair_order"].tolist() == [0.75, 0.0, 1.5 / 4]


def test_an_edit_without_its_original_is_said():
    metric, rows = scores_of(images()[1:])
    assert metric.score(rows)["pair_order"] is None
    assert "3 edits or placebos have no original" in metric.remarks(rows)[0]


def test_two_originals_of_a_pair_are_an_error():
    metric, rows = scores_of([*images(), image("o2", [1, 0, 0], [0.1, 0.1, 0.1], "original")])
    with pytest.raises(DataError, match="two originals"):
        metric.score(rows)
