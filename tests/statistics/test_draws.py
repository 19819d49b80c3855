"""That the counts are draws with replacement, the same for all who ask alike, and not too many are kept."""

from __future__ import annotations

import numpy as np
import pytest

from cfbench.statistics import _draws
from cfbench.statistics._draws import count_blocks


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    _draws._kept.clear()


def drawn(seed: int, units: int, resamples: int) -> np.ndarray:
    return np.concatenate(list(count_blocks(seed, units, resamples)))


@pytest.mark.parametrize("units", [1, 2, 255, 256, 257, 1000, 4096, 600_000])
def test_each_resample_draws_as_many_as_there_are(units: int) -> None:
    resamples = 4000 if units < 1000 else 3
    counts = drawn(0, units, resamples)
    assert counts.shape == (resamples, units)
    assert (counts.sum(axis=1, dtype=np.int64) == units).all()


@pytest.mark.parametrize("units", [250, 260, 2000])
def test_counts_have_the_law_of_draws_with_replacement(units: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    counts = drawn(1, units, 2_000_000 // units)
    law = stats.binom(units, 1 / units)
    seen = np.bincount(counts.ravel(), minlength=9)
    expected = law.pmf(np.arange(9)) * counts.size
    # Counts that share a line are not independent, which makes this statistic a little smaller than chi-square.
    statistic = ((seen[:8] - expected[:8]) ** 2 / expected[:8]).sum()
    assert statistic < stats.chi2(7).ppf(0.999)
    assert seen[8:].sum() == pytest.approx(law.sf(7) * counts.size, abs=4 * np.sqrt(law.sf(7) * counts.size))


@pytest.mark.parametrize("units", [250, 260, 2000])
def test_no_unit_is_preferred_and_no_two_hang_together(units: int) -> None:
    counts = drawn(2, units, 2_000_000 // units).astype(np.float64)
    lines = len(counts)
    by_unit = (counts.mean(axis=0) - 1) * np.sqrt(lines / (1 - 1 / units))
    assert np.abs(by_unit).max() < 5
    assert (by_unit**2).mean() == pytest.approx(1, abs=5 * np.sqrt(2 / units))
    # What a half of the units gets is binomial, too, across the blocks of bytes that counts are made from.
    half = counts[:, ::2].sum(axis=1)
    size = len(range(0, units, 2))
    variance = units * (size / units) * (1 - size / units)
    assert half.mean() == pytest.approx(size, abs=5 * np.sqrt(variance / lines))
    assert half.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / lines))


def test_draws_hang_on_the_seed_and_the_number_of_units() -> None:
    first = drawn(3, 400, 50)
    assert np.array_equal(drawn(3, 400, 50), first)
    _draws._kept.clear()
    assert np.array_equal(drawn(3, 400, 50), first)
    assert not np.array_equal(drawn(4, 400, 50), first)
    assert not np.array_equal(drawn(3, 401, 50)[:, :400], first)


def test_blocks_differ_from_each_other() -> None:
    blocks = list(count_blocks(0, 100_000, 12))
    assert len(blocks) > 2
    assert not np.array_equal(blocks[0], blocks[1])


def test_draws_are_kept_within_bounds_and_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_draws, "KEPT_BYTES", 2000)
    for seed in range(3):
        drawn(seed, 10, 90)
    assert list(_draws._kept) == [(1, 10, 90), (2, 10, 90)]
    drawn(1, 10, 90)
    drawn(3, 10, 90)
    assert list(_draws._kept) == [(1, 10, 90), (3, 10, 90)]
    drawn(0, 10, 201)
    assert (0, 10, 201) not in _draws._kept
    with pytest.raises(ValueError, match="read-only"):
        next(count_blocks(1, 10, 90))[0, 0] = 1


def test_draws_left_in_the_middle_are_not_kept() -> None:
    next(count_blocks(9, 100_000, 12))
    assert not _draws._kept
