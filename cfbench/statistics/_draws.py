"""How often each resample draws each unit, for all who resample as many units under the same seed.

Guarantees:
    * The counts are a pure function of the seed, the number of units and the number of resamples. Metrics over the
      same units so draw the same ones: differences between metrics are paired.
    * Each resample is an exact draw with replacement of as many units as there are: for many units independent
      Poisson counts, topped up by single draws, which has the same law and is several times as fast.
    * The last draws are kept, in at most 48 MB; one that is larger is drawn block by block each time.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Counts = npt.NDArray[np.uint8]

# A count above 255 has a probability below 1e-500: 8 bits are enough.
BLOCK = 1 << 19
"""The most counts that are drawn together, but for a single resample of more units."""
KEPT_BYTES = 48_000_000
_FEW = 256  # units, below which topping up would not pay and no count can leave 8 bits
_LARGEST = 30  # a Poisson count of mean 1 is larger with a probability below 1e-33
_kept: OrderedDict[tuple[int, int, int], list[Counts]] = OrderedDict()
_lock = Lock()


def count_blocks(seed: int, units: int, resamples: int) -> Iterator[Counts]:
    """Blocks of (some resamples, units), read-only, that hold ``resamples`` lines together."""
    key = (int(seed), units, resamples)
    with _lock:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
    if known is not None:
        yield from known
        return
    keeps = units * resamples <= KEPT_BYTES
    drawn = []
    for block in _fresh_blocks(seed, units, resamples):
        if keeps:
            drawn.append(block)
        yield block
    if keeps:
        _keep(key, drawn)


def _keep(key: tuple[int, int, int], drawn: list[Counts]) -> None:
    with _lock:
        _kept[key] = drawn
        while sum(units * resamples for _, units, resamples in _kept) > KEPT_BYTES:
            _kept.popitem(last=False)


def _fresh_blocks(seed: int, units: int, resamples: int) -> Iterator[Counts]:
    together = max(1, BLOCK // units)
    for start in range(0, resamples, together):
        random = generator(seed, "bootstrap", units, start)
        lines = min(together, resamples - start)
        counts = _single_draws(random, lines, units) if units < _FEW else _topped_up(random, lines, units)
        counts.flags.writeable = False
        yield counts


def _single_draws(random: np.random.Generator, lines: int, units: int) -> Counts:
    drawn = random.integers(0, units, (lines, units)) + np.arange(0, lines * units, units)[:, np.newaxis]
    counts = np.bincount(drawn.ravel(), minlength=lines * units)
    return counts.astype(np.uint8).reshape(lines, units)


def _topped_up(random: np.random.Generator, lines: int, units: int) -> Counts:
    """Independent Poisson counts are, given their sum, a draw of that many; the rest is drawn singly."""
    counts = _poisson(random, lines * units, 1 - 3 / math.sqrt(units)).reshape(lines, units)
    missing = units - counts.sum(axis=1, dtype=np.uint32).astype(np.int64)
    for line in np.flatnonzero(missing < 0):  # one in some 700
        counts[line] = _single_draws(random, 1, units)[0]
        missing[line] = 0
    rest = random.integers(0, units, int(missing.sum()))
    rest += np.repeat(np.arange(0, lines * units, units), missing)
    np.add.at(counts.reshape(-1), rest, np.uint8(1))
    return counts


def _poisson(random: np.random.Generator, size: int, mean: float) -> Counts:
    """Poisson counts from a random byte each; the few bytes that cannot tell are settled by a float."""
    logarithms = [k * math.log(mean) - math.lgamma(k + 1) - mean for k in range(_LARGEST + 1)]
    shares = np.exp(logarithms)
    whole = np.floor(shares * 256)  # how many of the 256 bytes stand for each count
    told = int(np.count_nonzero(whole))
    limits = np.cumsum(whole[:told]).astype(np.uint8)
    words = random.bit_generator.random_raw(-(-size // 8))
    thrown = np.asarray(words, dtype="<u8").view(np.uint8)[:size]
    counts: Counts = (thrown >= limits[0]).view(np.uint8)
    reached = np.empty(size, dtype=np.bool_)
    for limit in limits[1:-1]:
        np.greater_equal(thrown, limit, out=reached)
        counts += reached.view(np.uint8)
    open_ones = np.flatnonzero(np.greater_equal(thrown, limits[-1], out=reached))
    remainders = np.cumsum(shares - whole / 256)
    settled = np.searchsorted(remainders, random.random(len(open_ones)) * remainders[-1], side="right")
    counts[open_ones] = settled
    return counts
