"""How far the pixels of a counterfactual moved from those of the original.

Guarantees: float64 over the bytes, pair by pair; equal images are at exactly 0. Limits: the cheapest edit is none,
so read it beside a metric that asks whether the change was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.metrics._pairs import image_pairs, pair_rows
from cfbench.metrics.base import MeanMetric, Number, Scored
from cfbench.metrics.functional import minimality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Minimality(MeanMetric):
    """L1 and L2 between the images of a pair."""

    name: ClassVar[str] = "minimality"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("visual-cf", "pair-cf")
    summary: ClassVar[str] = "how far the pixels of the counterfactual are from those of the original"
    numbers: ClassVar[Mapping[str, Number]] = {
        "l1": Number(
            "sum (norm) or mean (mean) of absolute differences, pixels scaled to 0..1",
            higher_is_better=False,
            range=(0.0, None),
        ),
        "l2": Number(
            "Euclidean length (norm) or root mean square (mean) of the difference, pixels scaled to 0..1",
            higher_is_better=False,
            range=(0.0, None),
        ),
    }
    protocols: ClassVar[Mapping[str, str]] = {
        "norm": "over all pixels and channels of a pair, as counterfactual losses state it; grows with the image",
        "mean": "per pixel and channel; the same for every size of image",
    }
    default_protocol: ClassVar[str] = "norm"
    reference: ClassVar[str] = "||I - I'||, the L2 loss of counterfactual images for VQA"
    unit: ClassVar[str] = "group"

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """A row a sample."""
        pairs = image_pairs(scored)
        moved = [minimality(pair.reference[None], pair.made[None], reduce=self.protocol) for pair in pairs]
        scaled = {name: np.array([float(one[name][0]) / 255 for one in moved]) for name in self.numbers}
        return pair_rows(scored, pairs, **scaled)
