"""Two results side by side: what differs, how sure that is, and which samples it comes from."""

from __future__ import annotations

from cfbench.comparing.comparison import CompareOptions, compare, compare_sides
from cfbench.comparing.schema import Comparison, Difference, SampleChange
from cfbench.comparing.sides import Side, open_side

__all__ = [
    "CompareOptions",
    "Comparison",
    "Difference",
    "SampleChange",
    "Side",
    "compare",
    "compare_sides",
    "open_side",
]
