"""The losses against values by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cfbench_detectors.localizer.losses import (  # noqa: E402
    class_weights,
    detection_loss,
    grid_loss,
    location_loss,
    sight,
)


def test_a_class_weighs_as_it_is_rare():
    present = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [1, 1, 0]], bool)
    expected = np.array([1 / 4, 1 / 2, 1]) / 1.75  # the class that never occurs counts as once
    assert class_weights(present).tolist() == pytest.approx(expected.tolist())
    halfway = np.array([1 / 2, 1 / 2**0.5, 1])
    assert class_weights(present, 0.5).tolist() == pytest.approx((halfway / halfway.sum()).tolist())
    assert class_weights(present, 0).tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("saturates", [True, False])
def test_detection_loss_by_hand(saturates):
    probabilities = [[0.8, 0.3], [0.6, 0.1]]
    present = [[1.0, 0.0], [0.0, 1.0]]
    weights = [0.25, 0.75]
    expected = 0.0
    for row, truth in zip(probabilities, present, strict=True):
        for p, y, w in zip(row, truth, weights, strict=True):
            expected -= w / 2 * (2 * 0.9 * y * math.log(p) + (1 - 0.9 * y) * math.log(1 - p))
    logits = torch.tensor(probabilities).logit()
    loss = detection_loss(logits, torch.tensor(present), torch.tensor(weights), saturates=saturates)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_a_saturated_output_teaches_nothing_as_published():
    present, weights = torch.tensor([[0.0]]), torch.tensor([1.0])
    for saturates, loss, slope in ((True, 36.04, 0), (False, 200, 1)):
        logits = torch.tensor([[200.0]], requires_grad=True)
        found = detection_loss(logits, present, weights, saturates=saturates)
        found.backward()
        assert found.item() == pytest.approx(loss, rel=1e-3)
        assert logits.grad.item() == pytest.approx(slope)


def test_location_loss_counts_what_is_there():
    places = torch.tensor([[[0.5, 0.5], [9.0, 9.0]], [[0.0, 0.0], [1.0, 0.0]]])
    true = torch.tensor([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    present = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    assert location_loss(places, true, present).item() == pytest.approx(1.5)
    assert location_loss(places, true, present, reduction="mean").item() == pytest.approx(0.75)
    assert location_loss(places, true, torch.zeros(2, 2), reduction="mean").item() == 0


def test_grid_loss_asks_each_cell_for_the_centres_in_it():
    logits = torch.zeros(1, 3, 2, 4)
    places = torch.tensor([[[0.3, 0.6, 9.0], [-0.2, 1.7, 0.0], [0.5, 0.5, 0.0]]])  # the second lies outside
    present = torch.tensor([[1.0, 1.0, 0.0]])
    assert grid_loss(logits, places, present).item() == pytest.approx(24 * math.log(2) / 2)
    for label, row, column in ((0, 1, 1), (1, 1, 0)):
        logits[0, label, row, column] = 50
    assert grid_loss(logits, places, present).item() == pytest.approx(22 * math.log(2) / 2)
    assert grid_loss(logits, places, torch.zeros(1, 3)).item() == pytest.approx(22 * math.log(2) + 100)


def test_sight_by_hand():
    found = np.array([[1, 1, 0], [0, 0, 0], [0, 0, 1]], bool)
    present = np.array([[1, 0, 0], [0, 0, 0], [1, 0, 1]], bool)
    true = np.zeros((3, 3, 3), np.float32)
    places = true + 7  # where nothing is, nothing counts
    places[0, 0], places[2, 0], places[2, 2] = (3, 4, 1), (0, 0, 0), (0, 1, 0.5)
    seen = sight(found, places, present, true, np.array([False, True, True]))
    assert seen.f1 == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert seen.f1_final == pytest.approx((1 + 2 / 3) / 2)
    assert seen.position_error == pytest.approx((5 + 0 + 1) / 3)
    assert seen.depth_error == pytest.approx(0.5)
    assert sight(found, places[..., :2], present, true[..., :2], np.ones(3, bool)).depth_error is None
