from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics import Evidence, Scored
from cfbench.metrics.pixel import PSNR_CAP, Pixel, StructuralSimilarity, distances
from cfbench.randomness import generator
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget, Image

# Both sides work in float64 on at most 5e4 numbers of order 1; only the order of additions differs.
ROUNDING = 1e-11
TORCHMETRICS = (
    0.0007603292825532557,
    0.901820288745888,
    0.9858963899779187,
    -0.012410944785066868,
    0.0007365524572906939,
    0.0054246890248605935,
    9.999000099985072e-05,
    1.0,
)


def noise(name: str, height: int, width: int, channels: int = 3) -> Image:
    return generator(0, "pixel", name).integers(0, 256, (height, width, channels), dtype=np.uint8)


def scene(height: int, width: int) -> Image:
    """Flat regions and edges, as in clip art: where variances vanish and SSIM leans on its constants."""
    image = np.full((height, width, 3), 255, np.uint8)
    image[: height // 2] = (110, 190, 240)
    image[height // 4 : height // 2 + 3, width // 3 : width // 2] = (200, 30, 20)
    return image


def pairs() -> list[tuple[Image, Image]]:
    flat = np.zeros((40, 40, 3), np.uint8)
    shifted = np.roll(scene(64, 64), 3, axis=1)
    slightly = np.clip(scene(128, 128).astype(int) + noise("n", 128, 128) % 5, 0, 255).astype(np.uint8)
    return [
        (noise("a", 128, 128), noise("b", 128, 128)),
        (scene(64, 64), shifted),
        (scene(128, 128), slightly),
        (noise("c", 11, 11), noise("d", 11, 11)),
        (noise("e", 37, 90), noise("f", 37, 90)),
        (noise("g", 300, 200), noise("h", 300, 200)),
        (flat, flat + 255),
        (flat, flat),
    ]


@pytest.mark.parametrize("index", range(len(pairs())))
def test_agrees_with_scikit_image(index: int) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    image, truth = (array.astype(np.float64) / 255 for array in pairs()[index])
    expected = metrics.structural_similarity(
        image,
        truth,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1,
        channel_axis=2,
    )
    bytes_image, bytes_truth = pairs()[index]
    assert StructuralSimilarity(image.shape)(bytes_image, bytes_truth) == pytest.approx(
        expected, abs=ROUNDING
    )
    numbers = distances(bytes_image, bytes_truth)
    assert numbers["l1"] == pytest.approx(np.abs(image - truth).mean(), abs=ROUNDING)
    assert numbers["l2"] == pytest.approx(math.sqrt(metrics.mean_squared_error(image, truth)), abs=ROUNDING)
    if (image != truth).any():
        psnr = metrics.peak_signal_noise_ratio(truth, image, data_range=1)
        assert numbers["psnr"] == pytest.approx(psnr, abs=1e-9)


@pytest.mark.parametrize("index", range(len(pairs())))
def test_agrees_with_torchmetrics(index: int) -> None:
    """Against its values as recorded (1.9.0, float64), and against itself where it is installed."""
    ours, truth = pairs()[index]
    found = StructuralSimilarity(ours.shape, reflected=True)(ours, truth)
    assert found == pytest.approx(TORCHMETRICS[index], abs=ROUNDING)


def test_torchmetrics_still_says_so() -> None:
    torch = pytest.importorskip("torch")
    functional = pytest.importorskip("torchmetrics.functional.image")
    for pair, recorded in zip(pairs(), TORCHMETRICS, strict=True):
        tensors = [torch.from_numpy(a).permute(2, 0, 1)[None].double() / 255 for a in pair]
        value = functional.structural_similarity_index_measure(*tensors, data_range=1.0).item()
        assert value == pytest.approx(recorded, abs=ROUNDING)


@pytest.mark.parametrize(("height", "width", "window"), [(10, 30, 9), (7, 5, 5), (4, 64, 3), (1, 9, 1)])
def test_window_shrinks_to_the_largest_odd_one_that_fits(height: int, width: int, window: int) -> None:
    a, b = noise("s", height, width) / 255, noise("t", height, width) / 255
    offsets = np.arange(window) - window // 2
    kernel = np.exp(-np.add.outer(offsets**2, offsets**2) / (2 * 1.5**2))
    kernel /= kernel.sum()
    values = []
    for top in range(height - window + 1):
        for left in range(width - window + 1):
            for channel in range(3):
                x = a[top : top + window, left : left + window, channel]
                y = b[top : top + window, left : left + window, channel]
                mx, my = (kernel * x).sum(), (kernel * y).sum()
                vx, vy = (kernel * (x - mx) ** 2).sum(), (kernel * (y - my) ** 2).sum()
                cov = (kernel * (x - mx) * (y - my)).sum()
                values.append(
                    (2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4))
                )
    similarity = StructuralSimilarity((height, width, 3))(
        noise("s", height, width), noise("t", height, width)
    )
    assert similarity == pytest.approx(np.mean(values), abs=ROUNDING)


@pytest.mark.parametrize("index", range(len(pairs())))
def test_reflecting_is_padding_by_hand(index: int) -> None:
    image, truth = pairs()[index]
    border = 5
    padded = [
        np.pad(array, ((border, border), (border, border), (0, 0)), mode="reflect")
        for array in (image, truth)
    ]
    expected = StructuralSimilarity(padded[0].shape)(*padded)
    assert StructuralSimilarity(image.shape, reflected=True)(image, truth) == pytest.approx(
        expected, abs=ROUNDING
    )


def test_the_protocol_decides_on_the_border() -> None:
    sample = scored("x", 1)
    default, whole = (Pixel(protocol).evidence([sample])[0] for protocol in (None, "whole-windows"))
    image, truth = sample.prediction.images[0], sample.target.images[0]
    assert default["ssim"] == StructuralSimilarity(image.shape, reflected=True)(image, truth)
    assert whole["ssim"] == StructuralSimilarity(image.shape)(image, truth)
    assert default["ssim"] != whole["ssim"]
    assert "proto:torchmetrics" in Pixel().signature(1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 70), st.integers(1, 70), st.integers(1, 256), st.booleans())
def test_range_symmetry_and_identity(
    seed: int, height: int, width: int, levels: int, reflected: bool
) -> None:
    a, b = generator(seed, "pair").integers(0, levels, (2, height, width, 3), dtype=np.uint8)
    similarity = StructuralSimilarity(a.shape, reflected=reflected)
    ab, ba = ({**distances(x, y), "ssim": similarity(x, y)} for x, y in ((a, b), (b, a)))
    assert ab == ba
    for name, number in Pixel.numbers.items():
        low, high = number.range
        assert low is not None
        assert high is not None
        assert low <= ab[name] <= high
    assert ab["l1"] <= ab["l2"] + 1e-12
    assert (distances(a, a), similarity(a, a)) == ({"l1": 0, "l2": 0, "psnr": 100}, 1)


def test_psnr_is_capped_where_one_level_of_one_pixel_differs_in_a_large_image() -> None:
    image = np.zeros((600, 600, 3), np.uint8)
    other = image.copy()
    other[0, 0, 0] = 1
    assert distances(image, other)["psnr"] == PSNR_CAP
    assert distances(image, other)["l2"] > 0


def scored(name: str, turns: int) -> Scored[EditInputs, EditTarget, EditPrediction]:
    images = tuple(noise(f"{name}{turn}", 24, 32) for turn in range(turns))
    truth = tuple(noise(f"{name}{turn}t", 24, 32) for turn in range(turns))
    inputs = EditInputs(name, images[0], ("draw",) * turns)
    return Scored(name, inputs, EditTarget(truth, ((),) * turns), EditPrediction(images))


def test_evidence_is_a_row_a_turn_and_does_not_depend_on_the_batch() -> None:
    samples = [scored("x", 3), scored("y", 1), scored("z", 2)]
    together = Pixel().evidence(samples)
    assert [(row["sample"], row["turn"]) for row in together] == [
        ("x", 1),
        ("x", 2),
        ("x", 3),
        ("y", 1),
        ("z", 1),
        ("z", 2),
    ]
    assert together == [row for sample in samples for row in Pixel().evidence([sample])]


def test_score_is_the_mean_over_turns() -> None:
    rows = Pixel().evidence([scored("x", 3), scored("y", 1)])
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    score = Pixel().score(Evidence.of(columns))
    assert score == {name: pytest.approx(columns[name].mean()) for name in ("l1", "l2", "psnr", "ssim")}


def test_two_shapes_are_an_error_that_says_both() -> None:
    odd = scored("x", 1)
    small = Scored("x", odd.inputs, odd.target, EditPrediction((noise("q", 8, 8),)))
    with pytest.raises(DataError, match=r"\(8, 8, 3\).*\(24, 32, 3\)"):
        Pixel().evidence([small])
