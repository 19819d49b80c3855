"""What distances of sets are worth: the null by swaps inside pairs, and the distances within groups."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cfbench.errors import DataError
from cfbench.metrics.functional import (
    frechet_by_group,
    frechet_distance,
    frechet_permutation,
    kernel_distance,
)
from cfbench.metrics.functional import set_null as module
from cfbench.metrics.functional.set_null import kernel_permutation

BOTH = [(frechet_permutation, frechet_distance), (kernel_permutation, kernel_distance)]


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def one_by_one(x: np.ndarray, y: np.ndarray, swaps: np.ndarray, distance) -> np.ndarray:
    return np.array(
        [distance(np.where(s[:, None], y, x), np.where(s[:, None], x, y)) for s in swaps], dtype=float
    )


@pytest.mark.parametrize(("n", "d"), [(2, 3), (5, 64), (30, 40), (40, 10), (9, 9), (150, 200)])
@pytest.mark.parametrize(("null", "distance"), BOTH)
def test_null_is_the_distance_swap_by_swap(null, distance, n: int, d: int) -> None:
    x, y = normal(0, n, d) + 3, normal(1, n, d) * 1.5 + 3.1
    found = null(x, y, 12, seed=5)
    values = one_by_one(x, y, module._swaps(n, 12, 5), distance)
    near = {"rel": 1e-9, "abs": 1e-9}
    assert found.value == pytest.approx(distance(x, y), **near)
    assert (found.mean, found.std) == pytest.approx((values[1:].mean(), values[1:].std()), **near)
    assert found.p_value == (1 + (values[1:] >= values[0] - 1e-6).sum()) / 13
    assert found.permutations == 12


@pytest.mark.parametrize("batch", [1, 500])
def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    x, y = normal(0, 8, 20), normal(1, 8, 20)
    whole = frechet_permutation(x, y, 20)
    monkeypatch.setattr(module, "_BATCH", batch)
    assert frechet_permutation(x, y, 20).mean == pytest.approx(whole.mean, rel=1e-12)


@pytest.mark.parametrize(("null", "distance"), BOTH)
def test_all_swaps_of_four_pairs_are_what_many_draws_find(null, distance) -> None:
    x, y = normal(0, 4, 6), normal(1, 4, 6) + 0.7
    swaps = np.array(list(itertools.product([False, True], repeat=4)))
    values = one_by_one(x, y, swaps, distance)
    found = null(x, y, 4000)
    error = 5 * values.std() / np.sqrt(4000)
    assert found.mean == pytest.approx(values.mean(), abs=error)
    assert found.p_value == pytest.approx((values >= values[0] - 1e-9).mean(), abs=0.04)


@pytest.mark.parametrize(("null", "distance"), BOTH)
def test_p_values_are_even_without_a_difference_and_small_with_one(null, distance) -> None:
    p = [null(*np.random.default_rng(s).standard_normal((2, 6, 16)), 39).p_value for s in range(200)]
    assert 0.4 < np.mean(p) < 0.6
    assert np.mean(np.array(p) <= 0.1) < 0.2
    assert null(normal(0, 12, 16), normal(1, 12, 16) + 2, 199).p_value == 1 / 200


@pytest.mark.parametrize("n", [6, 140])
@pytest.mark.parametrize(("null", "distance"), BOTH)
def test_equal_sets_and_constant_ones(null, distance, n: int) -> None:
    """All swaps are alike, up to rounding: they count as ties."""
    x = normal(0, n, 150)
    found = null(x, x, 10)
    assert found.p_value == 1
    assert found.value == pytest.approx(distance(x, x), abs=1e-4)
    constant = null(np.ones((n, 150)), np.ones((n, 150)), 10)
    assert (constant.value, constant.p_value) == (pytest.approx(0, abs=1e-9), 1)


def test_shared_originals_leave_the_covariance_singular() -> None:
    """140 pairs of 28 originals: the eigenvalues that are only rounding add nothing."""
    x = np.repeat(normal(0, 28, 200), 5, axis=0)
    y = x + 0.1 * normal(1, 140, 200)
    found = frechet_permutation(x, y, 6)
    values = one_by_one(x, y, module._swaps(140, 6, 0), frechet_distance)
    assert found.value == pytest.approx(values[0], rel=1e-6)
    assert found.mean == pytest.approx(values[1:].mean(), rel=1e-6)


@pytest.mark.parametrize("null", [frechet_permutation, kernel_permutation])
def test_seeds_matter_and_bad_input_is_said(null) -> None:
    x, y = normal(0, 9, 4), normal(1, 9, 4)
    assert null(x, y, 30, seed=1) == null(x, y, 30, seed=1)
    assert null(x, y, 30, seed=1) != null(x, y, 30, seed=2)
    for one, other, permutations, words in (
        (x, y[:8], 5, "no pairs"),
        (x, y, 0, "say nothing"),
        (x[:1], y[:1], 5, "at least two"),
        (x, y[:, :3], 5, "dimensions"),
        (x, y * np.nan, 5, "NaN"),
        (normal(0, 3, 5) * 1e200, normal(1, 3, 5), 5, "overflow"),
    ):
        with pytest.raises(DataError, match=words):
            null(one, other, permutations)


def test_groups() -> None:
    x, y = normal(0, 14, 20), normal(1, 14, 20)
    groups = ["b", "a", "b", "c", "a", "b", "a", "b", "d", "d", "b", "a", "a", "d"]
    found = frechet_by_group(x, y, groups)
    assert list(found) == ["b", "a", "d"]
    for name, terms in found.items():
        lines = [i for i, group in enumerate(groups) if group == name]
        assert terms == frechet_distance(x[lines], y[lines], return_terms=True)
    assert frechet_by_group(x, y, range(14)) == {}
    with pytest.raises(DataError, match="14 pairs, 3 names"):
        frechet_by_group(x, y, groups[:3])
    with pytest.raises(DataError, match="no pairs"):
        frechet_by_group(x, y[:5], groups)
