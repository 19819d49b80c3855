"""Fréchet distance between the features of the images made and of the references, with all that it hangs on.

Guarantees: exact also where samples are fewer than dimensions (see `cfbench.metrics.functional.frechet`); never
clamped; the order of the samples and the cut into shards change nothing beyond what the extractor's rounding does.

Limits: with fewer samples than dimensions it mostly says how varied the sets are. So ``reliable`` is beside it,
``unbiased_mean_shift``, and the value that is to be expected where nothing differs (``null_mean``). With
Inception's features it is the FID of the literature; the signature names the extractor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.metrics.base import Number
from cfbench.metrics.functional import frechet_by_group, frechet_distance, frechet_permutation
from cfbench.metrics.image_sets import TwoSetMetric, lines_of, resized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.metrics.base import Evidence

PERMUTATIONS = 200
NULL_SEED = 2017  # of the swaps: one null for all runs, so that it is part of the metric's version
MOST_PAIRS = 500  # the null of 500 pairs in 2048 dimensions takes seconds, that of 1,000 half a minute


class Fid(TwoSetMetric):
    """FID and its terms. The null draws `PERMUTATIONS` swaps from `NULL_SEED`, and is left out above `MOST_PAIRS`."""

    name: ClassVar[str] = "fid"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "Fréchet distance between the features of images made and of references"
    numbers: ClassVar[Mapping[str, Number]] = {
        "fid": Number(
            "Fréchet distance, raw: of equal sets it is 0 up to rounding, either side",
            higher_is_better=False,
            range=(None, None),
        ),
        "mean_term": Number("squared distance of the means", higher_is_better=False, range=(0.0, None)),
        "trace_reference": Number(
            "total variance of the references; its direction says nothing",
            higher_is_better=False,
            range=(0.0, None),
        ),
        "trace_made": Number(
            "total variance of the images made; its direction says nothing",
            higher_is_better=False,
            range=(0.0, None),
        ),
        "trace_sqrt": Number(
            "trace of the root of the product of the covariances", higher_is_better=True, range=(0.0, None)
        ),
        "rank": Number(
            "rank of that product, at most the samples less one", higher_is_better=True, range=(0.0, None)
        ),
        "reliable": Number(
            "1 where there are more samples than dimensions, else 0", higher_is_better=True, range=(0.0, 1.0)
        ),
        "unbiased_mean_shift": Number(
            "mean term less what sampling adds to it: 0 on average where nothing differs",
            higher_is_better=False,
            range=(None, None),
        ),
        "null_mean": Number(
            f"mean distance when reference and made image change places at random inside pairs "
            f"({PERMUTATIONS} times; up to {MOST_PAIRS} samples)",
            higher_is_better=False,
            range=(None, None),
        ),
        "p_value": Number(
            "share of these swaps that give at least the distance; small where the sets differ",
            higher_is_better=True,
            range=(0.0, 1.0),
        ),
        "group_mean": Number(
            "mean of the distances within groups, such as the counterfactuals of one original, of two samples or more",
            higher_is_better=False,
            range=(None, None),
        ),
    }
    details: ClassVar[frozenset[str]] = frozenset(
        {
            "mean_term",
            "trace_reference",
            "trace_made",
            "trace_sqrt",
            "rank",
            "reliable",
            "null_mean",
            "p_value",
        }
    )
    protocols: ClassVar[Mapping[str, str]] = resized("", "all samples")
    reference: ClassVar[str] = "Heusel et al. 2017 (arXiv:1706.08500)"

    def score(self, rows: Evidence) -> dict[str, float | None]:
        """Of the samples, each as often as its weight says; None with fewer than two."""
        lines = lines_of(rows)
        values: dict[str, float | None] = dict.fromkeys(self.numbers)
        if len(lines) < 2:
            return values
        reference, made = rows.columns["reference"][lines], rows.columns["made"][lines]
        terms = frechet_distance(reference, made, return_terms=True)
        values |= {
            "fid": terms.value,
            "mean_term": terms.mean_term,
            "trace_reference": terms.trace_x,
            "trace_made": terms.trace_y,
            "trace_sqrt": terms.trace_sqrt,
            "rank": float(terms.rank),
            "reliable": float(terms.reliable),
            "unbiased_mean_shift": terms.unbiased_mean_shift,
        }
        if len(lines) <= MOST_PAIRS:
            null = frechet_permutation(reference, made, PERMUTATIONS, NULL_SEED)
            values |= {"null_mean": null.mean, "p_value": null.p_value}
        groups = frechet_by_group(reference, made, rows.columns["group"][lines].tolist())
        if groups:
            values["group_mean"] = sum(each.value for each in groups.values()) / len(groups)
        return values

    def remarks(self, rows: Evidence) -> list[str]:
        """What the value means where samples are few, and what is left out where they are many."""
        said = super().remarks(rows)
        lines = lines_of(rows)
        if len(lines) < 2:
            return said
        dimensions = rows.columns["reference"].shape[1]
        if len(lines) <= dimensions:
            columns = rows.columns
            terms = frechet_distance(columns["reference"][lines], columns["made"][lines], return_terms=True)
            said.append(terms.message)
        if len(lines) > MOST_PAIRS:
            said.append(f"the null takes up to {MOST_PAIRS} samples, there are {len(lines)}")
        return said
