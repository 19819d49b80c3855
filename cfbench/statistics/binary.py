"""McNemar's test: two models whose answers are right or wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

FEW = 25
"""Fewer samples that only one model has right are tested exactly."""


@dataclass(frozen=True)
class McNemar:
    """Whether two models are right equally often, judged by the samples that only one of them has right."""

    statistic: float
    """The smaller of the two counts where ``exact``, else chi-square with one degree of freedom."""
    p_value: float
    """Two-sided; 1 where the models never differ."""
    only_first: int
    """How many samples the first has right and the second wrong (b)."""
    only_second: int
    """How many samples the second has right and the first wrong (c)."""
    exact: bool
    """Whether the p-value is of the binomial law, not of the chi-square that it nears."""


def mcnemar(
    a_correct: npt.NDArray[Any] | Sequence[Any], b_correct: npt.NDArray[Any] | Sequence[Any]
) -> McNemar:
    """Exact binomial with fewer than 25 samples that only one has right, else chi-square with Edwards' correction.

    Both are booleans, or 0 and 1, a value a sample, in one order of samples, which must be independent: the turns
    of a dialogue are not.
    """
    from cfbench.metrics.functional._arrays import booleans, same_length  # brings in every metric

    a, b = booleans(a_correct, "a_correct", "samples"), booleans(b_correct, "b_correct", "samples")
    same_length(a_correct=a, b_correct=b)
    only_first, only_second = int((a & ~b).sum()), int((b & ~a).sum())
    differing, smaller = only_first + only_second, min(only_first, only_second)
    if differing < FEW:
        as_few = sum(math.comb(differing, count) for count in range(smaller + 1))
        return McNemar(smaller, min(1.0, 2 * as_few / 2**differing), only_first, only_second, exact=True)
    statistic = max(0, abs(only_first - only_second) - 1) ** 2 / differing
    p_value = math.erfc(math.sqrt(statistic / 2))
    return McNemar(statistic, p_value, only_first, only_second, exact=False)
