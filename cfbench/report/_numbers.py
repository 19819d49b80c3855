"""How a number and its interval are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cfbench.results.schema import Score

ABSENT = "–"
_LEAST, _LARGEST = 5e-11, 1e9  # what is written with decimals; beyond, by its power of ten


@dataclass(frozen=True)
class Figure:
    """A number as measured. The value is None where it is undefined, the interval where there is none."""

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, score: Score) -> Figure:
        """The figure of a score."""
        return cls(score.value, score.ci_low, score.ci_high)

    def value_text(self, decimals: int) -> str:
        """``0.8123``, or a dash."""
        return ABSENT if self.value is None else fixed(self.value, decimals)

    def interval_text(self, decimals: int) -> str:
        """``[0.8012, 0.8231]``, or nothing."""
        if self.low is None or self.high is None:
            return ""
        return f"[{fixed(self.low, decimals)}, {fixed(self.high, decimals)}]"

    def text(self, decimals: int) -> str:
        """``0.8123 [0.8012, 0.8231]``."""
        return f"{self.value_text(decimals)} {self.interval_text(decimals)}".rstrip()


def fixed(value: float, decimals: int) -> str:
    """A fixed number of decimals, and no minus before a zero; the tiny and the huge as ``-2.2e-16``."""
    if value and not _LEAST <= abs(value) < _LARGEST:
        return f"{value:.1e}"
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def decimals_for(figures: Iterable[Figure]) -> int:
    """Decimals that suit every figure of a column: 4, 2 from ten on, more where a value is tiny."""
    sizes = [abs(figure.value) for figure in figures if figure.value]
    sizes = [size for size in sizes if _LEAST <= size < _LARGEST]
    if not sizes:
        return 4
    usual = 2 if max(sizes) >= 10 else 4
    return min(10, max(usual, 1 - math.floor(math.log10(min(sizes)))))


def arrow(higher_is_better: bool) -> str:  # noqa: FBT001 (the one argument)
    """The direction that is better."""
    return "↑" if higher_is_better else "↓"


def better(higher_is_better: bool) -> str:  # noqa: FBT001 (the one argument)
    """The direction in a word, with its arrow."""
    return f"{arrow(higher_is_better)} {'higher' if higher_is_better else 'lower'}"
