"""Covariances as factors, and the trace of the root of a product of two, without a root of a matrix.

With ``A'A = Sx`` and ``B'B = Sy``, ``tr (Sx Sy)^(1/2)`` is the sum of the singular values of ``AB'``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cfbench.metrics.functional._features import contrasts, overflow

if TYPE_CHECKING:
    from cfbench.metrics.functional._arrays import Floats

EPSILON = float(np.finfo(np.float64).eps)
EXACT = 1e-10  # relative error of a distance that is allowed to the faster of two ways
_LEAST_PIVOT = 1e-6  # share of a feature's variance that the features before it must leave unexplained
_MEASURED = 0.1  # twice the largest error over its bound that was seen where it mattered: spectra k^0 to k^-4, d to 2048
_SMALL = 128  # singular values up to here cost next to nothing
_PANEL = 512  # lines of a triangular factor that are multiplied together


@dataclass(frozen=True)
class Spread:
    """Mean and covariance of a set of ``count`` samples."""

    count: int
    mean: Floats
    trace: float
    factor: Floats
    """At most d lines whose product with itself is the covariance."""
    triangular: bool
    """The factor is square, and 0 below its diagonal."""


def spread_of(value: Any, name: str) -> Spread:
    """That of a set of at least two samples (n, d)."""
    mean, lines = contrasts(value, name)
    count, dimensions = len(lines) + 1, len(mean)
    with np.errstate(over="ignore", invalid="ignore"):
        lines /= np.sqrt(count - 1)
        if count <= dimensions:
            return Spread(count, mean, float(np.einsum("nd,nd->", lines, lines)), lines, triangular=False)
        covariance = lines.T @ lines
    if not np.isfinite(covariance).all():
        raise overflow()
    root = cholesky(covariance)
    if root is None:
        root = cast("Floats", np.linalg.qr(lines, mode="r"))
    return Spread(count, mean, float(covariance.trace()), root, triangular=len(root) == dimensions)


def cholesky(covariance: Floats) -> Floats | None:
    """Faster than QR, and as exact where no feature is nearly a combination of others; else None."""
    try:
        root = np.linalg.cholesky(covariance).T
    except np.linalg.LinAlgError:
        return None
    return root if (np.square(root.diagonal()) >= _LEAST_PIVOT * covariance.diagonal()).all() else None


def product_of(x: Spread, y: Spread) -> Floats:
    """``AB'`` of the factors; what is known to be 0 is not multiplied."""
    if not (x.triangular and y.triangular):
        product: Floats = x.factor @ y.factor.T
        return product
    size = len(x.factor)
    product = np.empty((size, size))
    for top in range(0, size, _PANEL):
        for left in range(0, size, _PANEL):
            rows, columns, inner = (slice(top, top + _PANEL), slice(left, left + _PANEL), max(top, left))
            np.matmul(x.factor[rows, inner:], y.factor[columns, inner:].T, out=product[rows, columns])
    return product


def singular_values(product: Floats, others: float) -> Floats:
    """The singular values of a product, for the distance ``others - 2 * their sum``.

    Roots of the eigenvalues of ``MM'`` are twice to four times as fast. An eigenvalue is off by about ``eps`` times the
    largest, so its root by that over twice the root. The estimate adds the squares of these, as rounding has no side,
    times `_MEASURED`. Where it is above `EXACT` of the distance, as in sets that are nearly equal or whose variance is
    in few directions, the singular values are computed.
    """
    wide = product if product.shape[0] <= product.shape[1] else product.T
    if len(wide) > _SMALL:
        gram = wide @ wide.T
        least, most = float(gram.diagonal().min()), float(gram.diagonal().max())
        # the least eigenvalue is at most the least of the diagonal: the error cannot be below this
        promising = least > 0 and _MEASURED * EPSILON * most / np.sqrt(least) <= EXACT * others
        squares = np.linalg.eigvalsh(gram) if promising else np.zeros(1)
        if squares[0] > 0:
            singular: Floats = np.sqrt(squares[::-1])
            error = _MEASURED * EPSILON * float(squares[-1]) * float(np.sqrt((1 / squares).sum()))
            if error <= EXACT * (others - 2 * float(singular.sum())):
                return singular
    return cast("Floats", np.linalg.svd(product, compute_uv=False))
