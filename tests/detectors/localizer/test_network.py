"""The network: its weights, its shapes, and that its blocks are Inception's."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from cfbench_detectors.localizer.network import (  # noqa: E402
    CELLS,
    FULL,
    NARROW,
    ObjectLocalizer,
    fresh,
    renormalised,
)


def seeded(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def images(side: int, count: int = 2) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=seeded(1))


def stirred(network: ObjectLocalizer) -> ObjectLocalizer:
    """With batch norms that do something, and sizes of maps that stay near 1."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.weight, 0.5, 1.5),
                (module.bias, -0.5, 0.5),
                (module.running_mean, -0.5, 0.5),
                (module.running_var, 0.5, 2.0),
            ):
                nn.init.uniform_(tensor, low, high, generator=seeded(2))
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, generator=seeded(3))
    return network.eval()


@pytest.mark.parametrize(("classes", "coordinates", "count"), [(24, 2, 26_473_000), (58, 3, 26_546_376)])
def test_the_full_network_has_as_many_weights_as_the_published_one(classes, coordinates, count):
    with torch.device("meta"):
        network = ObjectLocalizer(FULL, classes, coordinates)
    assert sum(parameter.numel() for parameter in network.parameters()) == count


@pytest.mark.parametrize("size", [NARROW, CELLS], ids=lambda size: size.name)
def test_small_networks_fit_their_budget(size):
    with torch.device("meta"):
        network = ObjectLocalizer(size, 58, 3)
    assert sum(parameter.numel() for parameter in network.parameters()) * 4 <= 6e6


@pytest.mark.parametrize("size", [NARROW, CELLS], ids=lambda size: size.name)
@pytest.mark.parametrize("side", [64, 96, 128])
def test_small_networks_look_at_64_to_128_pixels(side, size):
    network = fresh(replace(size, side=side), 58, 3, seeded()).eval()
    with torch.inference_mode():
        seen = network(images(side, 3))
        maps = network.inception3.maps(renormalised(images(side, 3)))
    assert seen.logits.shape == (3, 58)
    assert seen.places.shape == (3, 58, 3)
    assert seen.pooled.shape == (3, network.inception3.channels)
    assert [layer.shape[-1] for layer in maps] == [side // 4, side // 4, side // 8, side // 16]
    assert torch.equal(seen.pooled, maps[-1].mean((2, 3)))


def test_the_full_network_is_torchvisions_inception_up_to_its_heads():
    models = pytest.importorskip("torchvision").models
    theirs = models.inception_v3(weights=None, init_weights=False, transform_input=True, aux_logits=True)
    theirs.fc, theirs.AuxLogits.fc = nn.Linear(2048, 512), nn.Linear(768, 512)
    stirred(theirs)  # type: ignore[arg-type]
    ours = fresh(FULL, 24, 2, seeded()).eval()
    ours.inception3.load_state_dict(theirs.state_dict())
    pixels = images(299, 2)
    pixels[1] = torch.tensor([255, 0, 128])[:, None, None]
    with torch.no_grad():
        for module in (theirs, ours.inception3):  # features of a few units
            module.fc.weight.copy_(torch.randn(512, 2048, generator=seeded(4)))
        main = theirs(pixels.float() / 255)
        middle = ours.inception3.maps(renormalised(pixels))[2]
        both = torch.cat([main, theirs.AuxLogits(middle)], 1)
        seen = ours(pixels)
        scale = (main[0] - main[1]).abs().max().item()
        assert scale > 1e-2
        torch.testing.assert_close(seen.logits, ours.detector(main), rtol=1e-4, atol=1e-4 * scale)
        torch.testing.assert_close(
            seen.places, ours.localizer(both).view(2, 24, 2), rtol=1e-4, atol=1e-4 * scale
        )
    assert middle.shape == (2, 768, 17, 17)


def test_small_images_are_enlarged_for_the_full_network():
    network = fresh(FULL, 24, 2, seeded()).eval()
    with torch.inference_mode():
        assert network(images(64, 1)).places.shape == (1, 24, 2)


@pytest.mark.parametrize("size", [NARROW, CELLS], ids=lambda size: size.name)
def test_folding_changes_nothing_but_rounding(size):
    network = stirred(fresh(size, 24, 2, seeded()))
    pixels = images(64, 4)
    with torch.inference_mode():
        before = network(pixels)
        after = network.fold()(pixels)
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4 * one.abs().max().item())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_colours_are_renormalised_as_published():
    pixels = torch.full((1, 3, 1, 1), 51.0)
    expected = [0.2 * s / 0.5 + (m - 0.5) / 0.5 for m, s in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    assert renormalised(pixels).flatten().tolist() == pytest.approx(expected, abs=1e-6)


def test_the_first_weights_come_from_the_generator_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    for size in (NARROW, CELLS):
        torch.empty(10**6).fill_(float("nan"))  # memory that a weight nobody set may get
        one, other = fresh(size, 24, 2, seeded()), fresh(size, 24, 2, seeded())
        states = one.state_dict(), other.state_dict()
        assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
        assert not any(
            "inception3" not in name and not states[0][name].isfinite().all() for name in states[0]
        )
    assert torch.equal(torch.get_rng_state(), before)
    stem = one.inception3.Conv2d_4a_3x3.conv.weight
    assert 0.17 < stem.abs().max() <= 0.2
    assert not torch.equal(stem, fresh(NARROW, 24, 2, seeded(1)).inception3.Conv2d_4a_3x3.conv.weight)


def test_dropped_features_reach_neither_head():
    network = fresh(NARROW, 24, 2, seeded()).eval()
    pixels = images(64)
    with torch.inference_mode():
        dropped = network(pixels, torch.zeros(2, network.inception3.channels))
        bias = network.detector(network.inception3.fc.bias)
    torch.testing.assert_close(dropped.logits, bias.expand(2, -1))
