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

    import numpy.typing as npt

    from cfbench.metrics.functional._arrays import Floats

__all__ = [
    "FrechetTerms",
    "StreamingMoments",
    "frechet_by_group",
    "frechet_distance",
    "frechet_from_moments",
    "unbiased_mean_shift",
]

_BATCH = 1 << 22  # values of the groups that are worked on together


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
    pair have no covariance and are left out. Groups of one size are worked on together. Beside n != m, what
    `frechet_distance` refuses is a `DataError`.
    """
    x, y = paired_sets(x, y)
    if len(groups) != len(x):
        raise DataError("Each pair has one group", f"{len(x)} pairs, {len(groups)} names of groups")
    members: dict[Hashable, list[int]] = {}
    for line, group in enumerate(groups):
        members.setdefault(group, []).append(line)
    by_size: dict[int, list[Hashable]] = {}
    for group, lines in members.items():
        by_size.setdefault(len(lines), []).append(group)
    found: dict[Hashable, FrechetTerms] = {}
    for size, names in by_size.items():
        if size < 2:
            continue
        step = max(1, _BATCH // (size * x.shape[1]))
        for start in range(0, len(names), step):
            part = names[start : start + step]
            lines = np.array([members[name] for name in part])
            found.update(zip(part, _terms_of_many(x[lines], y[lines]), strict=True))
    return {group: found[group] for group in members if group in found}


def _terms_of_many(x: Floats, y: Floats) -> list[FrechetTerms]:
    """Of sets (groups, n, d) and (groups, n, d), by one product for all where that is the small one."""
    count, dimensions = x.shape[1:]
    if count > dimensions:
        return [_terms(spread_of(one, "x"), spread_of(other, "y")) for one, other in zip(x, y, strict=True)]
    with np.errstate(over="ignore", invalid="ignore"):
        (mean_x, lines_x), (mean_y, lines_y) = _contrasts_of_many(x), _contrasts_of_many(y)
        mean_term = np.square(mean_x - mean_y).sum(axis=1)
        trace_x, trace_y = (np.einsum("gnd,gnd->g", lines, lines) for lines in (lines_x, lines_y))
        product = lines_x @ lines_y.transpose(0, 2, 1)
    if not np.isfinite(mean_term + trace_x + trace_y).all():
        raise overflow()
    singular = np.linalg.svd(product, compute_uv=False)
    return [
        _summed(*map(float, numbers), values, count, count, dimensions)
        for *numbers, values in zip(mean_term, trace_x, trace_y, singular, strict=True)
    ]


def _contrasts_of_many(sets: Floats) -> tuple[Floats, Floats]:
    """Means, and lines whose product with themselves is the covariance, of each set; see `contrasts`."""
    count = sets.shape[1]
    first = sets[:, :1]
    lines = sets[:, 1:] - first
    total = lines.sum(axis=1)
    lines -= total[:, None] / (count + np.sqrt(count))
    lines /= np.sqrt(count - 1)
    return first[:, 0] + total / count, lines


def _terms(x: Spread, y: Spread) -> FrechetTerms:
    alike(len(x.mean), len(y.mean))
    with np.errstate(over="ignore", invalid="ignore"):
        mean_term = float(np.square(x.mean - y.mean).sum())
        product = product_of(x, y)
    others = mean_term + x.trace + y.trace
    if not (np.isfinite(others) and np.isfinite(product).all()):
        raise overflow()
    singular = singular_values(product, others)
    return _summed(mean_term, x.trace, y.trace, singular, x.count, y.count, len(x.mean))


def _summed(
    mean_term: float,
    trace_x: float,
    trace_y: float,
    singular: npt.NDArray[np.float64],
    n_x: int,
    n_y: int,
    dimensions: int,
) -> FrechetTerms:
    # the norms of the factors, not the largest singular value: orthogonal sets have rank 0, not that of rounding
    rounding = max(n_x, n_y, dimensions) * EPSILON * np.sqrt(trace_x) * np.sqrt(trace_y)
    trace_sqrt = float(singular.sum())
    reliable = min(n_x, n_y) > dimensions
    return FrechetTerms(
        value=mean_term + trace_x + trace_y - 2 * trace_sqrt,
        mean_term=mean_term,
        trace_x=trace_x,
        trace_y=trace_y,
        trace_sqrt=trace_sqrt,
        rank=int((singular > rounding).sum()),
        reliable=reliable,
        message=_meaning(n_x, n_y, dimensions, trace_x, trace_y, reliable=reliable),
        n_x=n_x,
        n_y=n_y,
        dimensions=dimensions,
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
