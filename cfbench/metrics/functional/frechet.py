"""Fréchet distance between two sets of features (FID, when Inception made them), exact where sets are small.

Heusel et al. 2017 (arXiv:1706.08500): ``|mx - my|^2 + tr Sx + tr Sy - 2 tr (Sx Sy)^(1/2)``, covariances with
n - 1. No square root of a matrix is taken: with ``A'A = Sx`` and ``B'B = Sy`` the last trace is the nuclear norm
(the sum of the singular values) of ``AB'``. Methods that root a d x d product add the root of every rounded
eigenvalue and come out low as soon as a set has no more samples than dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import floats

if TYPE_CHECKING:
    from cfbench.metrics.functional._arrays import Floats

_CHUNK = 4096  # rows that are held in float64 at a time
_LEAST_PIVOT = 1e-6  # share of a feature's variance that the features before it must leave unexplained


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
    x, y = feature_sets(x, y)
    mean_x, centred_x = _centred(x)
    mean_y, centred_y = _centred(y)
    terms = _terms(
        (mean_x, _squares(centred_x), _factor(centred_x), len(x)),
        (mean_y, _squares(centred_y), _factor(centred_y), len(y)),
    )
    return terms if return_terms else terms.value


def unbiased_mean_shift(x: Any, y: Any) -> float:
    """``|mx - my|^2 - tr Sx / n - tr Sy / m``: the squared distance of the means without its sampling bias.

    Its expectation is the squared distance of the true means for any n, m >= 2, so it is 0 on average, and may be
    negative, for two samples of one distribution. In groups of five it tells a shift better than the Fréchet
    distance does. Errors as for `frechet_distance`.
    """
    x, y = feature_sets(x, y)
    mean_x, centred_x = _centred(x)
    mean_y, centred_y = _centred(y)
    with np.errstate(over="ignore", invalid="ignore"):
        shift = (
            float(np.square(mean_x - mean_y).sum())
            - _squares(centred_x) / len(x)
            - _squares(centred_y) / len(y)
        )
    if not np.isfinite(shift):
        raise _overflow()
    return shift


class StreamingMoments:
    """Count, mean and scatter of features that never stand in memory together: 8 d^2 bytes for any count.

    Any split into updates and merges gives the same moments up to rounding. The scatter is kept about the mean,
    as sums of raw outer products lose the covariance of features far from 0; `sums` gives those, which add.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean: Floats = np.zeros(0)
        self.scatter: Floats = np.zeros((0, 0))

    def update(self, features: Any) -> None:
        """Add a batch (n, d), array, memory map or tensor, in chunks. Of a batch that is refused nothing is added."""
        rows = features if getattr(features, "ndim", 0) == 2 else _features(features, "features")
        if len(rows) <= _CHUNK:
            self._extend(_features(rows, "features"))
            return
        batch = StreamingMoments()
        for start in range(0, len(rows), _CHUNK):
            batch._extend(_features(rows[start : start + _CHUNK], "features"))
        self.merge(batch)

    def merge(self, other: StreamingMoments) -> None:
        """Add what another has seen; the other stays as it is."""
        if other.count == 0:
            return
        if self.count == 0:
            self.count, self.mean, self.scatter = other.count, other.mean.copy(), other.scatter.copy()
            return
        self._expect(len(other.mean))
        weight, step = self._advance(other.count, other.mean)
        self.scatter += other.scatter
        self.scatter += weight * np.outer(step, step)

    def sums(self) -> tuple[int, Floats, Floats]:
        """Count, sum and sum of outer products: a state that adds across processes."""
        outer = self.scatter + self.count * np.outer(self.mean, self.mean)
        return self.count, self.count * self.mean, outer

    @classmethod
    def from_sums(cls, count: int, total: Any, outer: Any) -> StreamingMoments:
        """Moments of added `sums`; features whose mean is far above their spread lose digits here."""
        total, outer = (
            floats(total, "total", "dimensions"),
            floats(outer, "outer", "dimensions", "dimensions"),
        )
        if outer.shape != (len(total), len(total)) or count < 0:
            raise DataError(
                "The sums do not belong together", f"count {count}, {total.shape} and {outer.shape}"
            )
        moments = cls()
        if count:
            mean = total / count
            scatter = outer - count * np.outer(mean, mean)
            if (scatter.diagonal() < -1e-9 * np.abs(outer.diagonal())).any():
                raise DataError("The sums do not belong together", "a variance is negative")
            moments.count, moments.mean, moments.scatter = int(count), mean, (scatter + scatter.T) / 2
        return moments

    def _extend(self, rows: Floats) -> None:
        if len(rows) == 0:
            return
        if self.count == 0:
            self.mean, self.scatter = np.zeros(rows.shape[1]), np.zeros((rows.shape[1],) * 2)
        self._expect(rows.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            mean, centred = _centred(rows)
            weight, step = self._advance(len(rows), mean)
            # the shift of the mean goes in as one more row: one product for a batch of any size
            centred = np.concatenate([centred, np.sqrt(weight) * step[None]])
            self.scatter += centred.T @ centred

    def _advance(self, count: int, mean: Floats) -> tuple[float, Floats]:
        """Move count and mean; how much of which outer product that adds to the scatter (Chan et al. 1979)."""
        step, together = mean - self.mean, self.count + count
        weight = self.count * count / together
        self.mean = self.mean + step * (count / together)
        self.count = together
        return weight, step

    def _expect(self, dimensions: int) -> None:
        if len(self.mean) != dimensions:
            raise _unlike(len(self.mean), dimensions)


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
    for moments, name in ((a, "a"), (b, "b")):
        _enough(moments.count, name)
    if len(a.mean) != len(b.mean):
        raise _unlike(len(a.mean), len(b.mean))
    terms = _terms(*((each.mean, _trace(each), _factor_of_moments(each), each.count) for each in (a, b)))
    return terms if return_terms else terms.value


def feature_sets(x: Any, y: Any) -> tuple[Floats, Floats]:
    """Two sets of at least two samples with the same dimensions, in float64, or a `DataError`."""
    x, y = _features(x, "x"), _features(y, "y")
    _enough(len(x), "x")
    _enough(len(y), "y")
    if x.shape[1] != y.shape[1]:
        raise _unlike(x.shape[1], y.shape[1])
    return x, y


def _terms(x: tuple[Floats, float, Floats, int], y: tuple[Floats, float, Floats, int]) -> FrechetTerms:
    (mean_x, trace_x, factor_x, n_x), (mean_y, trace_y, factor_y, n_y) = x, y
    with np.errstate(over="ignore", invalid="ignore"):
        mean_term = float(np.square(mean_x - mean_y).sum())
        product = factor_x @ factor_y.T
    if not (np.isfinite([mean_term, trace_x, trace_y]).all() and np.isfinite(product).all()):
        raise _overflow()
    singular = np.linalg.svd(product, compute_uv=False)
    d = len(mean_x)
    # the norms of the factors, not the largest singular value: orthogonal sets have rank 0, not that of rounding
    rounding = max(n_x, n_y, d) * np.finfo(np.float64).eps * np.sqrt(trace_x) * np.sqrt(trace_y)
    trace_sqrt = float(singular.sum())
    reliable = min(n_x, n_y) > d
    return FrechetTerms(
        value=mean_term + trace_x + trace_y - 2 * trace_sqrt,
        mean_term=mean_term,
        trace_x=trace_x,
        trace_y=trace_y,
        trace_sqrt=trace_sqrt,
        rank=int((singular > rounding).sum()),
        reliable=reliable,
        message=_meaning(n_x, n_y, d, trace_x, trace_y, reliable=reliable),
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


def _centred(features: Floats) -> tuple[Floats, Floats]:
    """Mean and deviations, taken about the first sample: equal samples have a variance of exactly 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        centred = features - features[0]
        offset = centred.mean(axis=0)
        centred -= offset
        return features[0] + offset, centred


def _squares(centred: Floats) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.einsum("nd,nd->", centred, centred)) / (len(centred) - 1)


def _factor(centred: Floats) -> Floats:
    """A matrix of at most d rows whose product with itself is the covariance."""
    n, d = centred.shape
    scaled: Floats = centred / np.sqrt(n - 1)
    if n <= d:
        return scaled
    with np.errstate(over="ignore", invalid="ignore"):
        covariance = scaled.T @ scaled
    if not np.isfinite(covariance).all():
        raise _overflow()
    root = _cholesky(covariance)
    return cast("Floats", np.linalg.qr(scaled, mode="r")) if root is None else root


def _factor_of_moments(moments: StreamingMoments) -> Floats:
    covariance = moments.scatter / (moments.count - 1)
    if not np.isfinite(covariance).all():
        raise _overflow()
    d = len(covariance)
    root = _cholesky(covariance) if moments.count > d else None
    if root is not None:
        return root
    values, vectors = np.linalg.eigh(covariance)
    # eigenvalues that are only rounding would each add their root; n samples leave n - 1 true ones at most
    true = values > d * np.finfo(np.float64).eps * max(values[-1], 0.0)
    true[: max(d - (moments.count - 1), 0)] = False
    root_values: Floats = np.sqrt(values[true])
    factor: Floats = root_values[:, None] * vectors[:, true].T
    return factor


def _cholesky(covariance: Floats) -> Floats | None:
    """Twice as fast as QR, and as exact where no feature is nearly a combination of others; else None."""
    try:
        root = np.linalg.cholesky(covariance).T
    except np.linalg.LinAlgError:
        return None
    return root if (np.square(root.diagonal()) >= _LEAST_PIVOT * covariance.diagonal()).all() else None


def _trace(moments: StreamingMoments) -> float:
    return max(float(moments.scatter.trace()) / (moments.count - 1), 0.0)


def _features(value: Any, name: str) -> Floats:
    features = floats(value, name, "samples", "dimensions")
    if features.shape[1] == 0:
        raise DataError(f"'{name}' has no dimensions", f"its shape is {features.shape}")
    return features


def _enough(count: int, name: str) -> None:
    if count < 2:
        raise DataError(f"'{name}' has {count} sample(s)", "a covariance needs at least two")


def _unlike(one: int, other: int) -> DataError:
    return DataError(
        "The features do not belong together", f"one set has {one} dimensions, the other {other}"
    )


def _overflow() -> DataError:
    return DataError("The features are too large", "their squares overflow float64")
