"""The reading by cells against values by hand, and what teaches it."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cfbench_detectors.localizer.cells import CellReader, centres_of  # noqa: E402
from cfbench_detectors.localizer.learning import Learner  # noqa: E402
from cfbench_detectors.localizer.losses import choice_loss, detection_loss  # noqa: E402
from cfbench_detectors.localizer.network import CELLS  # noqa: E402


def seeded(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=seeded(1))


def reader(classes: int = 3, coordinates: int = 3) -> CellReader:
    torch.manual_seed(0)
    return CellReader((8, 12, 20), 16, classes, coordinates).eval()


MAPS = [noise(2, 8, 8, 8), noise(2, 12, 4, 4), noise(2, 20, 2, 2)]


def test_centres_are_x_then_y_of_each_cell():
    found = centres_of(torch.zeros(1, 1, 2, 4)).tolist()
    assert found[:4] == [[0.125, 0.25], [0.375, 0.25], [0.625, 0.25], [0.875, 0.25]]
    assert found[4] == [0.125, 0.75]


def test_presence_is_one_choice_among_cells_and_nowhere():
    with torch.inference_mode():
        logits, _, cells = reader()(MAPS)
    assert cells.shape == (2, 3, 8, 8)
    odds = cells.flatten(2).exp().sum(2)
    torch.testing.assert_close(logits.sigmoid(), odds / (1 + odds))
    present, places = torch.ones(2, 3), torch.full((2, 3, 3), 0.3)
    both = choice_loss(cells, places, present) + detection_loss(
        logits, present, torch.full((3,), 1 / 3), smoothing=1, positive_weight=1
    )
    chosen = cells[:, :, 2, 2].exp() / (1 + odds)
    assert both.item() == pytest.approx(-chosen.log().mean().item(), rel=1e-5)


def test_choice_loss_by_hand():
    logits = torch.zeros(1, 3, 2, 4)
    places = torch.tensor([[[0.3, 0.6, 9.0], [-0.2, 1.7, 0.0], [0.5, 0.5, 0.0]]])  # the second lies outside
    present = torch.tensor([[1.0, 1.0, 0.0]])
    assert choice_loss(logits, places, present).item() == pytest.approx(math.log(8))
    logits[0, 0, 1, 1] = 50
    assert choice_loss(logits, places, present).item() == pytest.approx(math.log(8) / 2)
    logits[0, 1, 1, 0] = 50
    assert choice_loss(logits, places, present).item() == pytest.approx(0, abs=1e-6)
    assert choice_loss(logits, places, torch.zeros(1, 3)).item() == 0


def test_a_place_is_where_its_class_is_read_with_what_is_read_there():
    made = reader()
    with torch.no_grad():
        for part in (made.logits.weight, made.logits.bias):
            part.zero_()
        made.bases.copy_(torch.tensor([[0.0, 0.0, 0.5]]).expand(3, 3))
        logits, places, _ = made(MAPS)
    assert logits.flatten().tolist() == pytest.approx([math.log(64)] * 6)
    torch.testing.assert_close(places, torch.tensor([0.5, 0.5, 0.5]).expand(2, 3, 3))
    with torch.no_grad():
        made.offsets.normal_(generator=seeded(2))
        _, moved, _ = made(MAPS)
        mean = made.fused(
            torch.relu(
                sum(
                    torch.nn.functional.interpolate(lateral(part), (8, 8))
                    for lateral, part in zip(made.laterals, MAPS, strict=True)
                )
            )
        ).mean((2, 3))
    torch.testing.assert_close(moved, places + torch.einsum("nf,cfd->ncd", mean, made.offsets))


def test_the_maps_of_every_group_are_read():
    maps = [part.clone().requires_grad_() for part in MAPS]
    logits, places, _ = reader()(maps)
    (logits.sum() + places.sum()).backward()
    assert all(part.grad is not None and part.grad.abs().max() > 0 for part in maps)


def test_first_outputs_are_frequencies_and_mean_depths():
    learner = Learner(CELLS, 3, 3, seeded())
    present = np.array([[1, 0, 1], [1, 0, 0], [0, 0, 0], [1, 0, 0]], bool)
    places = np.zeros((4, 3, 3), np.float32)
    places[:, 0, 2], places[0, 2] = [1, 0.5, 0, 0], [0.7, 0.8, 0.25]
    learner.begin_at_means(present, places)
    reading = learner.network.cells
    with torch.no_grad():
        reading.logits.weight.zero_()
        seen, (cells,) = learner(torch.zeros(2, 3, 64, 64))
    assert cells.shape == (2, 3, 16, 16)
    assert seen.logits[0].sigmoid().tolist() == pytest.approx([0.75, 0.001, 0.25], rel=1e-4)
    assert seen.places[0].flatten().tolist() == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.25])
