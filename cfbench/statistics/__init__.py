"""Statistics over evidence, for every metric alike: intervals, paired tests, and what many tests together say."""

from __future__ import annotations

from cfbench.statistics._ends import Interval
from cfbench.statistics.binary import McNemar, mcnemar
from cfbench.statistics.bootstrap import intervals
from cfbench.statistics.multiple import holm
from cfbench.statistics.paired import PairedInterval, PairedPermutation, paired_bootstrap, paired_permutation
from cfbench.statistics.seeds import across_seeds
from cfbench.statistics.ties import Ranked, TieGroups, tie_groups

__all__ = [
    "Interval",
    "McNemar",
    "PairedInterval",
    "PairedPermutation",
    "Ranked",
    "TieGroups",
    "across_seeds",
    "holm",
    "intervals",
    "mcnemar",
    "paired_bootstrap",
    "paired_permutation",
    "tie_groups",
]
