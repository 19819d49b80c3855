"""Kernel distance: squared maximum mean discrepancy under a polynomial kernel (KID, when Inception made the features).

Binkowski et al. 2018 (arXiv:1801.01401), Gretton et al. 2012 (JMLR 13). The kernel is
``k(a, b) = (gamma a.b + coef0)^degree`` with gamma = 1/d, coef0 = 1 and degree = 3 unless told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._features import feature_sets

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench.metrics.functional._arrays import Floats

    _Rows = npt.NDArray[np.int64]

Estimator = Literal["unbiased", "biased", "u"]
_BLOCK = 1 << 22  # kernel values that are held at a time: 32 MiB


def kernel_distance(
    x: Any,
    y: Any,
    estimator: Estimator = "unbiased",
    *,
    degree: int = 3,
    gamma: float | None = None,
    coef0: float = 1.0,
) -> float:
    """Squared MMD between samples ``x`` (n, d) and ``y`` (m, d); lower is better.

    - ``unbiased``: mean of k within x and within y without the diagonals, less twice the mean of k across. Its
      expectation is 0 for equal distributions, so it may be negative, and of a set with itself it is.
    - ``biased``: the same with the diagonals; never below 0 up to rounding, and 0 for equal sets.
    - ``u``: the unbiased one without the pairs (x_i, y_i); for n = m and paired samples, 0 for equal sets.

    The order of the samples changes nothing (for ``u``: the order of the pairs). Constant sets are defined. Fewer
    than two samples, other dimensions, NaN, overflow, and ``u`` with n != m are a `DataError`.
    """
    x, y = feature_sets(x, y)
    kernel = _kernel(x, degree, gamma, coef0)
    if estimator not in get_args(Estimator):
        raise DataError(f"'{estimator}' is no estimator", f"there are {', '.join(get_args(Estimator))}")
    n, m = len(x), len(y)
    if estimator == "u" and n != m:
        raise DataError("The u-statistic takes pairs", f"x has {n} samples, y {m}")
    within_x, within_y, across = kernel.total(x), kernel.total(y), kernel.total(x, y)
    if estimator == "biased":
        value = within_x / n**2 + within_y / m**2 - 2 * across / (n * m)
    else:
        within = (within_x - kernel.diagonal(x, x)) / (n * (n - 1)) + (within_y - kernel.diagonal(y, y)) / (
            m * (m - 1)
        )
        if estimator == "u":
            value = within - 2 * (across - kernel.diagonal(x, y)) / (n * (n - 1))
        else:
            value = within - 2 * across / (n * m)
    return _finite(value)


def kernel_distance_subsets(
    x: Any,
    y: Any,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 2020,
    *,
    degree: int = 3,
    gamma: float | None = None,
    coef0: float = 1.0,
) -> tuple[float, float]:
    """Mean and standard deviation (ddof 0) of the unbiased kernel distance over random subsets.

    The published protocol (torch-fidelity's draws, so that its numbers can be had): ``RandomState(seed)``, for each
    subset ``subset_size`` of x without replacement, then of y. The deviation is that over subsets, which overlap;
    it is no standard error of the distance. Subsets that take everything differ by rounding only. A subset larger
    than a set, or of fewer than two samples, is a `DataError`, as is what `kernel_distance` refuses.
    """
    x, y = feature_sets(x, y)
    kernel = _kernel(x, degree, gamma, coef0)
    if subsets < 1:
        raise DataError(f"There are no {subsets} subsets", "ask for one or more")
    if subset_size < 2:
        raise DataError(f"A subset of {subset_size} has no distance", "a subset needs at least two samples")
    smaller = min(len(x), len(y))
    if subset_size > smaller:
        raise DataError(
            f"A subset of {subset_size} is larger than the sample",
            f"x has {len(x)} and y {len(y)}",
            f"Give subset_size={smaller} or less, or take the exact kernel_distance",
        )
    draws = _draws(len(x), len(y), subsets, subset_size, seed)
    every_pair = len(x) ** 2 + len(y) ** 2 + len(x) * len(y)
    if every_pair <= 3 * subsets * subset_size**2:
        values = _of_whole(kernel, x, y, draws)
    else:
        values = np.array([_unbiased(kernel, x[rows], y[columns]) for rows, columns in draws])
    return _finite(float(values.mean())), _finite(float(values.std()))


def kernel_values(samples: Floats) -> Floats:
    """The kernel of every two samples, (n, n), at the defaults of `kernel_distance`."""
    values = _kernel(samples, 3, None, 1.0).block(samples, samples)
    if not np.isfinite(values).all():
        raise DataError("The features are too large", "their kernel values overflow float64")
    return values


def published_random(seed: int) -> np.random.RandomState:
    """The legacy generator, of its own and not the global one: published numbers hang on its draws."""
    if not 0 <= seed < 1 << 32:
        raise DataError(f"{seed} is no seed of the published draws", "they take 0 to 4294967295")
    return np.random.RandomState(seed)


@dataclass(frozen=True)
class _Kernel:
    degree: int
    gamma: float
    coef0: float

    def __call__(self, inner: Floats) -> Floats:
        """Kernel values of inner products, in place; multiplied out, as a general power is ten times slower."""
        with np.errstate(over="ignore", invalid="ignore"):
            inner *= self.gamma
            inner += self.coef0
            base = inner.copy() if self.degree > 1 else inner
            for _ in range(self.degree - 1):
                inner *= base
        return inner

    def block(self, x: Floats, y: Floats) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            return self(x @ y.T)

    def diagonal(self, x: Floats, y: Floats) -> float:
        """Sum of k(x_i, y_i)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return float(self(np.einsum("nd,nd->n", x, y)).sum())

    def total(self, x: Floats, y: Floats | None = None) -> float:
        """Sum over all pairs of x and y, or of x and x, where a pair is computed once and counted twice."""
        with np.errstate(over="ignore", invalid="ignore"):
            if y is not None:
                return sum(float(self.block(x[rows], y).sum()) for rows in _blocks(len(x), len(y)))
            total = 0.0
            for rows in _blocks(len(x), len(x)):
                total += float(self.block(x[rows], x[rows]).sum()) + 2 * float(
                    self.block(x[rows], x[rows.stop :]).sum()
                )
            return total

    def by_subset(self, x: Floats, y: Floats, drawn_x: Floats, drawn_y: Floats) -> Floats:
        """Sum over the pairs of every subset, from indicators (samples, subsets)."""
        totals = np.zeros(drawn_x.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            for rows in _blocks(len(x), len(y)):
                totals += np.einsum("ns,ns->s", drawn_x[rows], self.block(x[rows], y) @ drawn_y)
        return totals


def _kernel(x: Floats, degree: int, gamma: float | None, coef0: float) -> _Kernel:
    gamma = 1 / x.shape[1] if gamma is None else float(gamma)
    if int(degree) != degree or degree < 1 or not (np.isfinite(gamma) and gamma > 0 and np.isfinite(coef0)):
        raise DataError(
            "This is no polynomial kernel",
            f"degree {degree}, gamma {gamma}, coef0 {coef0}: degree is a whole number from 1, gamma above 0",
        )
    return _Kernel(int(degree), gamma, float(coef0))


def _unbiased(kernel: _Kernel, x: Floats, y: Floats) -> float:
    size = len(x)
    within = kernel.total(x) - kernel.diagonal(x, x) + kernel.total(y) - kernel.diagonal(y, y)
    return within / (size * (size - 1)) - 2 * kernel.total(x, y) / size**2


def _of_whole(kernel: _Kernel, x: Floats, y: Floats, draws: list[tuple[_Rows, _Rows]]) -> Floats:
    """The same for all subsets at once, each pair's kernel value computed once."""
    size = len(draws[0][0])
    drawn_x, drawn_y = np.zeros((len(x), len(draws))), np.zeros((len(y), len(draws)))
    for subset, (rows, columns) in enumerate(draws):
        drawn_x[rows, subset], drawn_y[columns, subset] = 1, 1
    with np.errstate(over="ignore", invalid="ignore"):
        own_x, own_y = kernel(np.einsum("nd,nd->n", x, x)), kernel(np.einsum("nd,nd->n", y, y))
        within = kernel.by_subset(x, x, drawn_x, drawn_x) - own_x @ drawn_x
        within += kernel.by_subset(y, y, drawn_y, drawn_y) - own_y @ drawn_y
        values: Floats = within / (size * (size - 1)) - 2 * kernel.by_subset(x, y, drawn_x, drawn_y) / size**2
    return values


def _draws(n: int, m: int, subsets: int, size: int, seed: int) -> list[tuple[_Rows, _Rows]]:
    random = published_random(seed)
    return [
        (random.choice(n, size, replace=False), random.choice(m, size, replace=False)) for _ in range(subsets)
    ]


def _blocks(rows: int, columns: int) -> list[slice]:
    step = max(1, _BLOCK // columns)
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _finite(value: float) -> float:
    if not np.isfinite(value):
        raise DataError("The features are too large", "their kernel values overflow float64")
    return value
