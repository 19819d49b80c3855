"""Fréchet distance between two sets of features (FID, when Inception made them), exact where sets are small.

Heusel et al. 2017 (arXiv:1706.08500): ``|mx - my|^2 + tr Sx + tr Sy - 2 tr (Sx Sy)^(1/2)``, covariances with
n - 1. No square root of a matrix is taken: with ``A'A = Sx`` and ``B'B = Sy`` the last trace is the nuclear norm
(the sum of the singular values) of ``AB'``. Methods that root a d x d product add the root of every rounded
eigenvalue and come out low as soon as a set has no more samples than dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._covariance import EPSILON, Spread, product_of, singular_values, spread_of
from cfbench.metrics.functional._features import alike, contrasts, overflow, paired_sets
from cfbench.metrics.functional._moments import StreamingMoments

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


__all__ = [
    "FrechetTerms",
    "StreamingMoments",
    "frechet_by_group",
    "frechet_distance",
    "frechet_from_moments",
    "unbiased_mean_shift",
]


@dataclass(frozen=True, slots=True)
class FrechetTerms:
    """The distance, its terms, and whether the sets were large enough for it to mean a distance."""

    value: float
    """``mean_term + trace_x + trace_y - 2 * trace_sqrt``, raw: of equal sets it is 0 up to rounding, either side."""
    mean_term: float
    """Squared distance of the means."""
    trace_x: float
    """Total variance of x."""
    trace_y: float
    """Total variance of y."""
    trace_sqrt: float
    """Trace of the root of the product of the covariances."""
    rank: int
    """Rank of that product, at most ``min(n_x, n_y) - 1`` and at most the dimensions."""
    reliable: bool
    """Both sets have more samples than dimensions."""
    message: str
    """What the value means, in words."""
    n_x: int
    n_y: int
    dimensions: int

    @property
    def clamped(self) -> float:
        """The value, or 0 where rounding took it below."""
        return max(self.value, 0.0)

    @property
    def unbiased_mean_shift(self) -> float:
        """The mean term less what sampling alone adds to it; see `unbiased_mean_shift`."""
        return self.mean_term - self.trace_x / self.n_x - self.trace_y / self.n_y


@overload
def frechet_distance(x: Any, y: Any, *, return_terms: Literal[False] = False) -> float: ...
@overload
def frechet_distance(x: Any, y: Any, *, return_terms: Literal[True]) -> FrechetTerms: ...
def frechet_distance(x: Any, y: Any, *, return_terms: bool = False) -> float | FrechetTerms:
    """Fréchet distance between samples ``x`` (n, d) and ``y`` (m, d); lower is better, 0 for equal sets.

    Range [0, inf) up to rounding; never clamped. The order of the samples changes nothing. Sets of constant rows
    are defined (variance 0). A set of fewer than two samples, other dimensions, NaN or values whose squares
    overflow are a `DataError`.
    """
    spread_x, spread_y = spread_of(x, "x"), spread_of(y, "y")
    terms = _terms(spread_x, spread_y)
    return terms if return_terms else terms.value


def unbiased_mean_shift(x: Any, y: Any) -> float:
    """``|mx - my|^2 - tr Sx / n - tr Sy / m``: the squared distance of the means without its sampling bias.

    Its expectation is the squared distance of the true means for any n, m >= 2, so it is 0 on average, and may be
    negative, for two samples of one distribution. In groups of five it tells a shift better than the Fréchet
    distance does. Errors as for `frechet_distance`.
    """
    (mean_x, lines_x), (mean_y, lines_y) = contrasts(x, "x"), contrasts(y, "y")
    alike(len(mean_x), len(mean_y))
    with np.errstate(over="ignore", invalid="ignore"):
        shift = float(np.square(mean_x - mean_y).sum())
        for lines in (lines_x, lines_y):
            shift -= float(np.einsum("nd,nd->", lines, lines)) / (len(lines) * (len(lines) + 1))
    if not np.isfinite(shift):
        raise overflow()
    return shift


@overload
def frechet_from_moments(
    a: StreamingMoments, b: StreamingMoments, *, return_terms: Literal[False] = False
) -> float: ...
@overload
def frechet_from_moments(
    a: StreamingMoments, b: StreamingMoments, *, return_terms: Literal[True]
) -> FrechetTerms: ...
def frechet_from_moments(
    a: StreamingMoments, b: StreamingMoments, *, return_terms: bool = False
) -> float | FrechetTerms:
    """`frechet_distance` of what two `StreamingMoments` have seen, small sets included; the same up to rounding."""
    terms = _terms(a.spread("a"), b.spread("b"))
    return terms if return_terms else terms.value


def frechet_by_group(x: Any, y: Any, groups: Sequence[Hashable]) -> dict[Hashable, FrechetTerms]:
    """`frechet_distance` within each group of pairs: lines of ``x`` and ``y`` (n, d) that have one name in ``groups``.

    Such as the five counterfactuals of each original. Groups come in the order of their first line; those of one
    pair have no covariance and are left out. A group takes 0.1 ms (five pairs, d = 2048). Beside n != m, what
    `frechet_distance` refuses is a `DataError`.
    """
    x, y = paired_sets(x, y)
    names = _names(groups)
    if len(names) != len(x):
        raise DataError("Each pair has one group", f"{len(x)} pairs, {len(names)} names of groups")
    members: dict[Hashable, list[int]] = {}
    for line, group in enumerate(names):
        members.setdefault(group, []).append(line)
    return {
        group: frechet_distance(x[lines], y[lines], return_terms=True)
        for group, lines in members.items()
        if len(lines) > 1
    }


def _names(groups: Any) -> list[Hashable]:
    """The groups as a list of names, of which equal ones are one group."""
    try:
        names = list(groups.tolist() if hasattr(groups, "tolist") else groups)
        missing = sum(name is None or name != name for name in set(names))  # noqa: PLR0124 - NaN
    except TypeError as error:
        raise DataError("The names of the groups cannot be compared", str(error)) from None
    if missing:
        raise DataError("A pair has no group", "its name is None or NaN", "Name each pair's group")
    return names


def _terms(x: Spread, y: Spread) -> FrechetTerms:
    alike(len(x.mean), len(y.mean))
    with np.errstate(over="ignore", invalid="ignore"):
        mean_term = float(np.square(x.mean - y.mean).sum())
        product = product_of(x, y)
    others = mean_term + x.trace + y.trace
    if not (np.isfinite(others) and np.isfinite(product).all()):
        raise overflow()
    singular = singular_values(product, others)
    n_x, n_y, d = x.count, y.count, len(x.mean)
    # the norms of the factors, not the largest singular value: orthogonal sets have rank 0, not that of rounding
    rounding = max(n_x, n_y, d) * EPSILON * np.sqrt(x.trace) * np.sqrt(y.trace)
    trace_sqrt = float(singular.sum())
    reliable = min(n_x, n_y) > d
    return FrechetTerms(
        value=others - 2 * trace_sqrt,
        mean_term=mean_term,
        trace_x=x.trace,
        trace_y=y.trace,
        trace_sqrt=trace_sqrt,
        rank=int((singular > rounding).sum()),
        reliable=reliable,
        message=_meaning(n_x, n_y, d, x.trace, y.trace, reliable=reliable),
        n_x=n_x,
        n_y=n_y,
        dimensions=d,
    )


def _meaning(n_x: int, n_y: int, d: int, trace_x: float, trace_y: float, *, reliable: bool) -> str:
    sampling = trace_x / n_x + trace_y / n_y
    if reliable:
        return (
            f"{n_x} and {n_y} samples in {d} dimensions: the covariances can have full rank. The value still falls "
            f"as sets grow ({sampling:.4g} of the mean term is expected from sampling alone): "
            "compare it only with values of as many samples"
        )
    return (
        f"{n_x} and {n_y} samples in {d} dimensions: a covariance has rank {min(n_x, n_y, d + 1) - 1} at most, so the "
        "value mostly says how varied the samples within each set are, not how far the sets are apart. Two samples of "
        f"one distribution with such variances can be expected to score up to {sampling + trace_x + trace_y:.4g}. "
        "Compare it with no value of other sample counts or of sets of other variety; use paired distances, "
        "the unbiased mean shift or the unbiased kernel distance"
    )
