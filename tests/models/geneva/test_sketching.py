"""Small pictures of objects: where they lie, what turns them, and what the posterior sees of true ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cfbench_models.geneva.blocks import begin  # noqa: E402
from cfbench_models.geneva.feeding import as_cells  # noqa: E402
from cfbench_models.geneva.losses import CHANGED, reconstruction  # noqa: E402
from cfbench_models.geneva.placing import chosen_places, middle_cells  # noqa: E402
from cfbench_models.geneva.recipe import PRESETS, size_of  # noqa: E402
from cfbench_models.geneva.sketching import (  # noqa: E402
    NearPosterior,
    Sketch,
    cells_of,
    directions,
    pixels_of,
)

SIZE = PRESETS["smoke"].size
CLASSES = 3


def begun(network):
    begin(network, torch.Generator().manual_seed(1))
    return network


def normal(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("squeeze", [1, 2, 4])
def test_cells_and_pixels_are_the_same_images(squeeze):
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    pixels = as_cells(images, 1, "cpu")
    assert torch.equal(cells_of(pixels, squeeze), as_cells(images, squeeze, "cpu"))
    assert torch.equal(pixels_of(cells_of(pixels, squeeze), squeeze), pixels)


def test_a_small_picture_goes_where_its_place_goes():
    sketch = begun(Sketch(SIZE))
    with torch.no_grad():
        sketch.linear_1.weight[:, -2:] = 0  # it is not told where it stands
    kind, looks = normal(1, SIZE.named), directions(normal(1, SIZE.noise))
    at = [
        middle_cells(torch.tensor([x]), torch.tensor([y]))[:, None] for x, y in ((0.5, 0.5), (0.75, 0.3125))
    ]
    middle, moved = (sketch(kind, looks, there) for there in at)
    assert middle.shape == (1, 4, 64, 64)
    assert torch.allclose(moved[:, :, :36, 16:], middle[:, :, 12:48, :48], atol=1e-5)
    outside = torch.ones(64, 64, dtype=torch.bool)
    outside[16:48, 16:48] = False
    assert (middle[0, :, outside] == 0).all()
    assert (middle[0, :, ~outside] != 0).any()
    inner = middle[0, :, 16:48, 16:48].abs()
    assert inner[:, 0].max() < 0.2 * inner[:, 8:24].max()  # no frame around it


def test_only_the_direction_of_noise_counts():
    noise = normal(5, 4)
    turned = directions(noise)
    assert torch.allclose(turned.view(5, 2, 2).norm(dim=2), torch.ones(5, 2))
    assert torch.allclose(directions(noise * 7), turned)
    assert torch.allclose(turned[:, :2] * noise[:, :2].norm(dim=1, keepdim=True), noise[:, :2])


def test_the_posterior_sees_what_changed_near_the_places():
    posterior = begun(NearPosterior(SIZE))
    drawn = torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 1, 1]])
    points = torch.full((3, CLASSES, 2), 0.25)
    changes = as_cells(np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8), 4, "cpu")
    mean, spread = posterior(changes, drawn, points)
    assert mean.shape == spread.shape == (3, SIZE.noise)
    far, near = changes.clone(), changes.clone()
    far[:, :, 12:, 12:] = 0
    near[:, :, 4, 4] = 0
    assert torch.equal(posterior(far, drawn, points)[0], mean)
    other = posterior(near, drawn, points)[0]
    assert (other[[0, 2]] != mean[[0, 2]]).any(1).all()
    assert torch.equal(other[1], mean[1])  # nothing was drawn
    assert torch.equal(posterior(changes, drawn * 0, points)[0], mean[[1, 1, 1]])


def test_pixels_that_change_count_more():
    before = torch.zeros(1, 2 * 3, 2, 2)
    after, made = before.clone(), before.clone()
    after[0, 4, 0, 0] = 2 * CHANGED  # one colour of the second pixel of a cell
    after[0, 0, 1, 1] = CHANGED / 2
    made[0, 5, 0, 0] = 0.5
    weighted = 9 * (2 * CHANGED + 0.5) + CHANGED / 2
    assert float(reconstruction(made, before, after, 8.0)) == pytest.approx(weighted / 24)
    assert float(reconstruction(made, before, after, 0.0)) == pytest.approx(
        float((made - after).abs().mean())
    )


def test_a_settled_place_is_where_true_places_are_alike():
    wanted = middle_cells(torch.tensor([0.4]), torch.tensor([0.7]))
    logits = (wanted.flatten(1) + 1e-9).log()
    for noise in torch.rand(5, 1, 3, generator=torch.Generator().manual_seed(4)):
        place = chosen_places(logits, noise, 1.0, settled=True)
        assert torch.allclose(place[:, 0], wanted, atol=1e-4)
    free = chosen_places(logits, noise, 1.0, settled=False)
    assert not torch.allclose(free[:, 0], wanted, atol=1e-2)
    corner = torch.full((1, 256), -50.0)
    corner[0, 255] = 50
    assert chosen_places(corner, noise, 1.0, settled=True)[0, 0, 15, 15] == pytest.approx(1)


def test_sizes_of_before_draw_no_small_pictures():
    value = SIZE.to_json()
    del value["sketch"], value["circles"], value["settled"]
    assert size_of(value) == replace(SIZE, sketch=0, circles=False, settled=False)
