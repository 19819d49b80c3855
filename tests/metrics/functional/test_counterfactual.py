"""Distances and effectiveness against recorded values (1e-9, vectors/README.md) and worked-out cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional import counterfactual as module
from cfbench.metrics.functional.counterfactual import (
    composition,
    effectiveness,
    effectiveness_per_batch,
    minimality,
    perceptual_distance,
    reversibility,
)
from cfbench.metrics.functional.latents import latent_distance

TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}
SEEDS = st.integers(0, 2**32 - 1)


def images(seed: int, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.random.default_rng(seed).integers(0, 256, (2, n, 3, 4, 2), dtype=np.uint8)
    return a, b


def layers(vectors, letter: str) -> list[np.ndarray]:
    arrays = vectors.inputs("image/lpips_head")
    return [arrays[f"{letter}_{at}"] for at in range(3)]


def test_minimality_is_the_recorded_one(vectors):
    arrays, recorded = vectors.inputs("image/cf_losses"), vectors.expected("image/cf_losses")
    pair = arrays["image"], arrays["image_cf"]
    np.testing.assert_allclose(minimality(*pair)["l2"], recorded["l2_norm_per_image"], **TOLERANCE)
    assert (minimality(*pair, reduce="mean")["l2"] ** 2).mean() == pytest.approx(recorded["mse"], rel=1e-9)


def test_composition_is_the_recorded_one(vectors):
    arrays, recorded = vectors.inputs("image/axioms"), vectors.expected("image/axioms")["composition"]
    for cycle in ("1", "2"):
        found = composition(arrays["x0"], arrays[f"x{cycle}"])
        np.testing.assert_allclose(found, recorded[f"l1_0_255_per_image_cycle{cycle}"], **TOLERANCE)
    first = composition(arrays["x0"], arrays["x1"])
    np.testing.assert_allclose([first.mean(), first.std()], recorded["mean_std_cycle1"], **TOLERANCE)
    np.testing.assert_allclose(composition(arrays["x0"] / 255, arrays["x1"] / 255, max_value=1), first)


def test_effectiveness_is_the_recorded_one(vectors):
    arrays, recorded = vectors.inputs("image/axioms"), vectors.expected("image/axioms")["effectiveness"]
    pair = arrays["logits"], arrays["targets"]
    assert effectiveness(*pair) == pytest.approx(recorded["global_f1_from_sigmoid"], rel=1e-9)
    batches = effectiveness_per_batch(*pair, recorded["batch_size"])
    np.testing.assert_allclose(batches, recorded["per_batch_f1_official"], rtol=1e-6)  # recorded in float32
    assert batches.mean() == pytest.approx(recorded["mean_of_batch_f1"], rel=1e-6)
    assert batches.std() == pytest.approx(recorded["std_of_batch_f1_ddof0"], rel=1e-6)


@pytest.mark.parametrize(
    ("epsilon", "name"),
    [
        ("lpips", "lpips_package_0.1.4_eps_after_sqrt_1e-10"),
        ("torchmetrics", "torchmetrics_eps_inside_sqrt_1e-8"),
    ],
)
def test_perceptual_distance_is_the_recorded_one(vectors, epsilon, name):
    arguments = (layers(vectors, letter) for letter in ("f0", "f1", "w"))
    found = perceptual_distance(*arguments, epsilon=epsilon)
    np.testing.assert_allclose(found, vectors.expected("image/lpips_head")[name], **TOLERANCE)


def test_each_layer_adds_what_is_recorded(vectors):
    recorded = vectors.expected("image/lpips_head")["per_layer (lpips eps)"]
    given_layers = zip(*(layers(vectors, letter) for letter in ("f0", "f1", "w")), recorded, strict=True)
    for a, b, w, expected in given_layers:
        np.testing.assert_allclose(perceptual_distance([a], [b], [w]), expected, **TOLERANCE)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "l2_sum"),
        ({"reduce": "rms"}, "l2_rms"),
        ({"normalise": True}, "l2_unit_normalised"),
        ({"kind": "cosine"}, "cosine_distance"),
    ],
)
def test_latent_distances_are_the_recorded_ones(vectors, options, name):
    arrays = vectors.inputs("image/cld")
    found = latent_distance(arrays["seed_z_o"], arrays["seed_z_c"], **options)
    expected = vectors.expected("image/cld")["seed_variants"][name]
    np.testing.assert_allclose(found, expected, **TOLERANCE)


def test_mean_absolute_difference_of_latents_is_the_recorded_one(vectors):
    arrays, recorded = vectors.inputs("image/cld"), vectors.expected("image/cld")["seed_variants"]
    found = minimality(arrays["seed_z_o"], arrays["seed_z_c"], reduce="mean")["l1"]
    np.testing.assert_allclose(found, recorded["l1_mean (official l1_distance)"], **TOLERANCE)


def test_minimality_of_bytes_does_not_wrap_around():
    found = minimality(np.array([[0, 3]], dtype=np.uint8), np.array([[4, 0]], dtype=np.uint8))
    assert {name: value.tolist() for name, value in found.items()} == {"l1": [7], "l2": [5]}
    means = minimality([[0, 3]], [[4, 0]], reduce="mean")
    np.testing.assert_allclose([means["l1"][0], means["l2"][0]], [3.5, np.sqrt(12.5)])


@given(SEEDS)
def test_pixel_distances_hold_their_bounds(seed):
    a, b = images(seed)
    found = minimality(a, b)
    assert (found["l2"] <= found["l1"] + 1e-9).all()
    assert (found["l1"] <= np.sqrt(24) * found["l2"] + 1e-9).all()
    lost = composition(a, b)
    assert ((lost >= 0) & (lost <= 255)).all()
    order = np.random.default_rng(seed).permutation(len(a))
    np.testing.assert_array_equal(composition(a[order], b[order]), lost[order])
    np.testing.assert_array_equal(composition(b, a), lost)
    for distances in (*minimality(a, a).values(), composition(a, a), reversibility(a, a)):
        assert not distances.any()


def test_blocks_change_nothing(monkeypatch):
    a, b = images(4)
    whole = minimality(a, b)
    monkeypatch.setattr(module, "_BLOCK", 30)
    for name, values in minimality(a, b).items():
        np.testing.assert_array_equal(values, whole[name])


def test_composition_counts_on_bytes():
    assert composition([[0.0, 1.0]], [[0.5, 1.0]], max_value=1).tolist() == [63.75]
    assert composition([[10.0, 20.9]], [[10.9, 20.0]]).tolist() == [pytest.approx(0.9)]
    assert composition([[10.0, 20.9]], [[10.9, 20.0]], truncate=True).tolist() == [0]
    assert reversibility([[0.0, 1.0]], [[0.5, 1.0]], max_value=1).tolist() == [63.75]


def test_composition_takes_black_images():
    assert composition(np.zeros((1, 4)), np.zeros((1, 4))).tolist() == [0]


@pytest.mark.parametrize("distance", [minimality, composition, reversibility])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.ones((2, 3)), np.ones((2, 4))),
        (np.ones((2, 3)), np.ones((3, 3))),
        (np.full((2, 3), 200, dtype=np.uint8), np.full((2, 3), 0.5)),
        (np.full((2, 3), 9.0), np.full((2, 3), np.nan)),
        (np.full((2, 3), np.inf), np.full((2, 3), 9.0)),
        (np.empty((2, 0)), np.empty((2, 0))),
        ([["a"]], [["b"]]),
        ([[1], [1, 2]], [[1], [1, 2]]),
        (3, 4),
    ],
)
def test_images_that_cannot_be_compared_are_refused(distance, a, b):
    with pytest.raises(DataError):
        distance(a, b)


@pytest.mark.parametrize(
    ("value", "max_value"), [(0.5, 255), (-1, 255), (256, 255), (1.5, 1), (0.5, 0), (0.5, np.nan)]
)
def test_images_on_another_scale_are_refused(value, max_value):
    batch = np.full((2, 3), float(value))
    with pytest.raises(DataError):
        composition(batch, batch, max_value=max_value)


def test_no_images_give_no_values():
    nothing = np.empty((0, 3, 2, 2))
    assert composition(nothing, nothing).shape == (0,)
    assert [values.shape for values in minimality(nothing, nothing).values()] == [(0,), (0,)]
    assert perceptual_distance([nothing], [nothing]).shape == (0,)
    assert latent_distance(nothing, nothing).shape == (0,)


def test_binary_effectiveness_counted_by_hand():
    assert effectiveness([2, -1, 0.1, -3], [1, 1, 0, 0]) == pytest.approx(1 / 2)
    assert effectiveness([2, -1], [1, 0]) == 1
    assert effectiveness([-2, 1], [1, 0]) == 0
    assert np.isnan(effectiveness([-2, -1], [0, 0]))


def test_other_effectiveness_counted_by_hand():
    assert effectiveness([0, 0, 2, 1], [0, 1, 2, 2], "multiclass") == 0.5
    expected = (2 / 3 + 0 + 2 / 3) / 3
    assert effectiveness([0, 0, 2, 1], [0, 1, 2, 2], "multiclass", average="macro") == pytest.approx(expected)
    logits = np.eye(5)[[0, 0, 2, 1]]
    assert effectiveness(logits, [0, 1, 2, 2], "multiclass", average="macro") == pytest.approx(expected)
    assert effectiveness([0.5, -1], [0, 1], "continuous") == 1.25


def test_a_batch_of_small_logits_skips_the_sigmoid():
    # 0.4 is a yes as a logit, but a no where it is taken for a probability.
    assert effectiveness_per_batch([0.4, 0.9, 0.4, -1], [1, 1, 1, 0], 2).tolist() == [pytest.approx(2 / 3), 1]
    assert effectiveness_per_batch([-5, -5, 5], [0, 0, 1], 2).tolist() == [0, 1]


@given(SEEDS)
def test_effectiveness_does_not_hear_the_order(seed):
    rng = np.random.default_rng(seed)
    found, wanted = rng.integers(0, 4, (2, 12))
    order = rng.permutation(12)
    for kind, average in (("multiclass", "micro"), ("multiclass", "macro"), ("continuous", "micro")):
        value = effectiveness(found, wanted, kind, average=average)
        moved = effectiveness(found[order], wanted[order], kind, average=average)
        assert value == pytest.approx(moved, rel=1e-12)
        assert effectiveness(wanted, wanted, kind, average=average) == (kind == "multiclass")
        assert 0 <= value <= (3 if kind == "continuous" else 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: effectiveness([], []),
        lambda: effectiveness(np.empty((0, 3)), [], "multiclass"),
        lambda: effectiveness([1.0], [0.5]),
        lambda: effectiveness([1.0], [1, 0]),
        lambda: effectiveness([np.nan], [1]),
        lambda: effectiveness([1.0], [1], "ternary"),
        lambda: effectiveness([1], [1], average="weighted"),
        lambda: effectiveness([0.5], [1], "multiclass"),
        lambda: effectiveness(np.eye(2), [1, 2], "multiclass"),
        lambda: effectiveness_per_batch([1.0], [1], 0),
        lambda: effectiveness_per_batch([], [], 4),
        lambda: minimality([[1]], [[1]], reduce="max"),
        lambda: latent_distance([[1]], [[1]], "l3"),
        lambda: latent_distance([[1]], [[1]], scale=0),
        lambda: latent_distance([[1]], [[1, 2]]),
        lambda: latent_distance([[1], [1, 2]], [[1]]),
        lambda: latent_distance(1, 1),
        lambda: perceptual_distance([], []),
        lambda: perceptual_distance([np.eye(2)], [np.eye(2)], epsilon="none"),
        lambda: perceptual_distance([np.eye(2)], [np.eye(3)]),
        lambda: perceptual_distance([np.eye(2), np.eye(3)], [np.eye(2), np.eye(3)]),
        lambda: perceptual_distance([np.eye(2)], [np.eye(2)], [[1, -1]]),
        lambda: perceptual_distance([np.eye(2)], [np.eye(2)], [[1]]),
        lambda: perceptual_distance([np.eye(2)], [np.eye(2) * np.nan]),
        lambda: perceptual_distance([np.empty((2, 0))], [np.empty((2, 0))]),
        lambda: perceptual_distance([[[1], [1, 2]]], [[[1], [1, 2]]]),
    ],
)
def test_bad_input_is_refused_in_one_line(call):
    with pytest.raises(DataError) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_perceptual_distance_worked_out():
    # One position of two: orthogonal directions, 1 + 1; the other: equal directions of other lengths, 0.
    a = np.array([[3.0, 1], [0, 1]]).reshape(1, 2, 1, 2)
    b = np.array([[0.0, 5], [2, 5]]).reshape(1, 2, 1, 2)
    np.testing.assert_allclose(perceptual_distance([a], [b]), [1], rtol=1e-9)
    np.testing.assert_allclose(perceptual_distance([a, a], [b, b], [[1, 0.5], [0, 2]]), [0.75 + 1], rtol=1e-9)


@pytest.mark.parametrize("epsilon", ["lpips", "torchmetrics"])
def test_features_without_activity_are_no_division_by_zero(epsilon):
    zero, one = np.zeros((1, 3)), np.ones((1, 3))
    assert perceptual_distance([zero], [zero], epsilon=epsilon).tolist() == [0]
    np.testing.assert_allclose(perceptual_distance([zero], [one], epsilon=epsilon), [1], rtol=1e-7)


def test_latent_distances_worked_out():
    a, b = [[3.0, 0]], [[0, 4.0]]
    assert latent_distance(a, b).tolist() == [5]
    assert latent_distance(a, b, scale=0.5).tolist() == [2.5]
    np.testing.assert_allclose(latent_distance(a, b, reduce="rms"), [5 / np.sqrt(2)])
    assert latent_distance([[1, 2]], [[-1, -2]], "cosine").tolist() == [pytest.approx(2)]
    assert np.isnan(latent_distance([[0, 0]], b, "cosine")).all()
    assert latent_distance([1.0], [4.0]).tolist() == [3]


@given(SEEDS)
def test_the_square_of_unit_l2_is_twice_the_cosine_distance(seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 4, 2, 3))
    flat = zip(a.reshape(4, -1), b.reshape(4, -1), strict=True)
    cosine = [1 - x @ y / np.sqrt((x @ x) * (y @ y)) for x, y in flat]
    np.testing.assert_allclose(latent_distance(a, b, "cosine"), cosine, atol=1e-12)
    np.testing.assert_allclose(latent_distance(a, b, normalise=True) ** 2 / 2, cosine, atol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float16, 2e-2)])
def test_short_floats_agree(dtype, tolerance):
    a, b = np.random.default_rng(8).random((2, 3, 4, 2, 2))
    x, y = a.astype(dtype), b.astype(dtype)
    for name, values in minimality(x, y).items():
        np.testing.assert_allclose(values, minimality(a, b)[name], rtol=tolerance)
    np.testing.assert_allclose(perceptual_distance([x], [y]), perceptual_distance([a], [b]), rtol=tolerance)
    found, wanted = composition(x, y, max_value=1), composition(a, b, max_value=1)
    np.testing.assert_allclose(found, wanted, rtol=tolerance)
