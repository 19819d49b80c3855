"""Many small random choices, fast: uniform numbers are drawn in bulk and used one by one."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

T = TypeVar("T")

_BULK = 128


class Dice:
    """Choices that depend on the generator alone; the same on every machine."""

    def __init__(self, generator: np.random.Generator) -> None:
        """``generator`` should not be used by anything else afterwards."""
        self._generator = generator
        self._numbers: list[float] = []

    def uniform(self) -> float:
        """A number from 0 to below 1."""
        if not self._numbers:
            self._numbers = self._generator.random(_BULK).tolist()
        return self._numbers.pop()

    def chance(self, probability: float) -> bool:
        """True this often."""
        return self.uniform() < probability

    def below(self, count: int) -> int:
        """A whole number from 0 to below ``count``."""
        return int(self.uniform() * count)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.uniform() * len(items))]

    def weighted(self, weights: Sequence[float]) -> int:
        """A position, drawn by weight; at least one weight is positive."""
        sums = list(accumulate(weights))
        return min(bisect_right(sums, self.uniform() * sums[-1]), len(sums) - 1)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in random order."""
        rest = list(items)
        for i in range(len(rest) - 1, 0, -1):
            j = self.below(i + 1)
            rest[i], rest[j] = rest[j], rest[i]
        return rest
