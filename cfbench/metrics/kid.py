"""Kernel distance between the features of the images made and of the references (KID with Inception's features).

The default is the exact unbiased value of all samples. It is negative as often as positive where nothing differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from cfbench.metrics.base import Number
from cfbench.metrics.functional import kernel_distance, kernel_distance_subsets
from cfbench.metrics.functional.set_null import kernel_permutation
from cfbench.metrics.image_sets import TwoSetMetric, lines_of, resized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.metrics.base import Evidence

PERMUTATIONS = 200
NULL_SEED = 2017  # of the swaps: one null for all runs, so that it is part of the metric's version
MOST_PAIRS = 2000  # the null holds the kernel of twice as many samples: 128 MiB
SUBSETS, SUBSET_SIZE, SUBSET_SEED = 100, 1000, 2020  # torch-fidelity's


class Kid(TwoSetMetric):
    """KID and its null, which draws `PERMUTATIONS` swaps from `NULL_SEED` and is left out above `MOST_PAIRS`.

    The subset protocols draw samples in the order of their ids.
    """

    name: ClassVar[str] = "kid"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "kernel distance between the features of images made and of references"
    numbers: ClassVar[Mapping[str, Number]] = {
        "kid": Number(
            "squared maximum mean discrepancy under a cubic kernel; unbiased, so it may be negative",
            higher_is_better=False,
            range=(None, None),
        ),
        "kid_std": Number(
            "standard deviation over subsets, which is no standard error; only under a protocol of subsets",
            higher_is_better=False,
            range=(0.0, None),
        ),
        "null_mean": Number(
            f"mean unbiased distance when reference and made image change places at random inside pairs "
            f"({PERMUTATIONS} times; up to {MOST_PAIRS} samples)",
            higher_is_better=False,
            range=(None, None),
        ),
        "p_value": Number(
            "share of these swaps that give at least the unbiased distance; small where the sets differ",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
    }
    details: ClassVar[frozenset[str]] = frozenset({"kid_std", "null_mean", "p_value"})
    protocols: ClassVar[Mapping[str, str]] = {
        **resized("", "unbiased, all samples"),
        "biased": "biased (never below 0), all samples; images resized as the extractor does by itself",
        "u": "without the pairs of one sample (0 for equal sets); images resized as the extractor does by itself",
        **resized(
            "subsets", f"mean over {SUBSETS} subsets of {SUBSET_SIZE} samples, drawn as torch-fidelity does"
        ),
    }
    reference: ClassVar[str] = "Binkowski et al. 2018 (arXiv:1801.01401)"

    def score(self, rows: Evidence) -> dict[str, float | None]:
        """Of the samples, each as often as its weight says; None with fewer than two, or than a subset takes."""
        lines = lines_of(rows)
        values: dict[str, float | None] = dict.fromkeys(self.numbers)
        if len(lines) < self._least:
            return values
        reference, made = rows.columns["reference"][lines], rows.columns["made"][lines]
        if self._by_subsets:
            values["kid"], values["kid_std"] = kernel_distance_subsets(
                reference, made, SUBSETS, SUBSET_SIZE, SUBSET_SEED
            )
            return values
        estimators: dict[str, Literal["biased", "u"]] = {"biased": "biased", "u": "u"}
        values["kid"] = kernel_distance(reference, made, estimators.get(self.protocol, "unbiased"))
        if len(lines) <= MOST_PAIRS:
            null = kernel_permutation(reference, made, PERMUTATIONS, NULL_SEED)
            values |= {"null_mean": null.mean, "p_value": null.p_value}
        return values

    def remarks(self, rows: Evidence) -> list[str]:
        """Why there is no value, or no null."""
        said, count = super().remarks(rows), len(lines_of(rows))
        if 2 <= count < self._least:
            native = self.protocol.removesuffix("subsets").rstrip("-") or "native"
            said.append(
                f"a subset of {SUBSET_SIZE} is larger than the sample of {count}, so there is no value; "
                f"protocol '{native}' takes all samples"
            )
        if not self._by_subsets and count > MOST_PAIRS:
            said.append(f"the null takes up to {MOST_PAIRS} samples, there are {count}")
        return said

    @property
    def _by_subsets(self) -> bool:
        return self.protocol.endswith("subsets")

    @property
    def _least(self) -> int:
        return SUBSET_SIZE if self._by_subsets else 2
