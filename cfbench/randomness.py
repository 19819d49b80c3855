"""One seed in; every consumer derives its own generator. No global generator is touched."""

from __future__ import annotations

import hashlib

import numpy as np


def derived_seed(seed: int, *names: str | int) -> int:
    """A 128-bit seed that depends on ``seed`` and every name, on any machine and process."""
    text = "\x1f".join([str(int(seed)), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """The generator of one consumer, for example ``generator(0, "random-edit", sample_id)``.

    PCG64 is fixed by name, so that a later default of numpy cannot change generated data.
    """
    return np.random.Generator(np.random.PCG64(derived_seed(seed, *names)))
