"""The faster ways of the Fréchet distance beside the plain one: blocks, panels, roots of eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

from cfbench.errors import DataError
from cfbench.metrics.functional import (
    StreamingMoments,
    frechet_distance,
    frechet_from_moments,
    unbiased_mean_shift,
)
from cfbench.metrics.functional import _covariance as covariance
from cfbench.metrics.functional import _features as features
from cfbench.metrics.functional import _moments as moments


def decaying(seed: int, n: int, d: int, power: float) -> np.ndarray:
    """Features whose covariance has eigenvalues k^-power, about far from 0, in no order of the features."""
    random = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(np.random.default_rng(99).standard_normal((d, d)))
    return random.standard_normal((n, d)) * np.arange(1, d + 1) ** (-power / 2) @ rotation + 3


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch):
    """The distance by singular values alone."""

    def measure(x: np.ndarray, y: np.ndarray) -> float:
        with monkeypatch.context() as patched:
            patched.setattr(covariance, "_SMALL", 10**9)
            return frechet_distance(x, y)

    return measure


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0, 4.0])
@pytest.mark.parametrize(("n", "m"), [(150, 160), (500, 150), (500, 700)])
def test_roots_of_eigenvalues_are_singular_values(plain, power: float, n: int, m: int) -> None:
    """To 1e-10 of the value, for sets below and above their dimensions, near each other and far."""
    for shift in (0.0, 2.0):
        x, y = decaying(0, n, 200, power), 1.2 * decaying(1, m, 200, power) + shift
        assert frechet_distance(x, y) == pytest.approx(plain(x, y), rel=1e-10)


def calls_of_svd(monkeypatch: pytest.MonkeyPatch, x: np.ndarray, y: np.ndarray) -> int:
    called = []
    svd = np.linalg.svd
    with monkeypatch.context() as patched:
        patched.setattr(np.linalg, "svd", lambda *a, **k: (called.append(1), svd(*a, **k))[1])
        frechet_distance(x, y)
    return len(called)


def test_the_faster_way_is_taken_where_it_is_exact_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = decaying(0, 600, 200, 1), decaying(1, 600, 200, 1) + 0.1
    assert calls_of_svd(monkeypatch, x, y) == 0
    assert calls_of_svd(monkeypatch, x[:150], y[:140]) == 0
    assert calls_of_svd(monkeypatch, x, x) == 1  # nothing is small beside 0
    steep = decaying(0, 600, 200, 5)
    assert calls_of_svd(monkeypatch, steep, 2 * steep) == 1
    assert calls_of_svd(monkeypatch, x, np.ones((300, 200))) == 1
    copies = np.repeat(x[:75], 2, axis=0)
    assert calls_of_svd(monkeypatch, copies, y[:150]) == 1


def test_ranks_are_those_of_the_sets() -> None:
    x, y = decaying(0, 170, 200, 1), decaying(1, 160, 200, 1)
    assert frechet_distance(x, y, return_terms=True).rank == 159
    copies = np.repeat(x[:80], 2, axis=0)
    assert frechet_distance(copies, y, return_terms=True).rank == 79
    assert frechet_distance(decaying(0, 400, 200, 1), decaying(1, 300, 200, 1), return_terms=True).rank == 200


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_and_panels_do_not_show(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    x, y = decaying(0, 90, 20, 1), decaying(1, 50, 20, 1)
    whole, shift = frechet_distance(x, y), unbiased_mean_shift(x, y)
    monkeypatch.setattr(features, "_BLOCK", size * 20)
    monkeypatch.setattr(covariance, "_PANEL", size)
    monkeypatch.setattr(moments, "_CHUNK", size * 20)
    assert frechet_distance(x, y) == pytest.approx(whole, rel=1e-11)
    assert unbiased_mean_shift(x, y) == pytest.approx(shift, rel=1e-11)
    one, other = StreamingMoments(), StreamingMoments()
    one.update(x)
    other.update(y)
    assert frechet_from_moments(one, other) == pytest.approx(whole, rel=1e-10)
    np.testing.assert_allclose(one.scatter, np.cov(x, rowvar=False) * 89, atol=1e-11)


def test_an_error_counts_all_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "_BLOCK", 10)
    x = decaying(0, 30, 5, 1)
    x[[3, 20, 29], 2] = np.nan
    with pytest.raises(DataError, match="'y' holds NaN or infinity: 3 values"):
        frechet_distance(decaying(1, 30, 5, 1), x)


def test_the_input_stays_as_it_is() -> None:
    x, y = decaying(0, 30, 5, 1), decaying(1, 30, 5, 1)
    before = x.copy(), y.copy()
    frechet_distance(x, y)
    StreamingMoments().update(x)
    np.testing.assert_array_equal((x, y), before)


def test_tensors_and_lists() -> None:
    x, y = decaying(0, 30, 5, 1), decaying(1, 40, 5, 1)
    whole = frechet_distance(x, y)
    assert frechet_distance(x.tolist(), y.tolist()) == whole
    torch = pytest.importorskip("torch")
    assert frechet_distance(torch.from_numpy(x), torch.from_numpy(y).requires_grad_()) == whole
