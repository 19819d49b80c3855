"""What distances of two sets are worth: their values when original and counterfactual change places inside pairs.

A distance of small sets is far from 0 even where nothing differs. Under the hypothesis that both members of a pair
come from the same law, swapping them changes nothing; so the values under random swaps say what to expect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._covariance import EPSILON
from cfbench.metrics.functional._features import overflow, paired_sets
from cfbench.metrics.functional.frechet import frechet_distance
from cfbench.metrics.functional.kernel import kernel_values
from cfbench.randomness import generator

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench.metrics.functional._arrays import Floats

    Swaps = npt.NDArray[np.bool_]

_BATCH = 1 << 22  # values of the permutations that are worked on together
_SMALL = 128  # pairs up to which singular values are computed as such
_TIE = 1e-7  # share of what a value is made of, within which two values are equal


@dataclass(frozen=True, slots=True)
class PermutationNull:
    """A distance beside its values under random swaps inside pairs."""

    value: float
    mean: float
    std: float
    """Standard deviation (ddof 0) over the swaps."""
    p_value: float
    """Share of swaps, the given order counted as one, whose value is at least the given one."""
    permutations: int


def frechet_permutation(x: Any, y: Any, permutations: int = 200, seed: int = 0) -> PermutationNull:
    """The null of `frechet_distance` over pairs ``(x_i, y_i)``, (n, d) each.

    For n <= d all values follow from the inner products of the 2n samples, which are taken once: after that the
    dimensions cost nothing. Values are those of `frechet_distance` to 1e-6 of the total variance, and within 1e-7 of
    it they count as equal. The order of the pairs decides which swaps are drawn. Beside n != m and fewer than one
    permutation, what `frechet_distance` refuses is a `DataError`.
    """
    x, y = paired_sets(x, y)
    swaps = _swaps(len(x), permutations, seed)
    with np.errstate(over="ignore", invalid="ignore"):
        if len(x) > x.shape[1]:
            values = np.array([_swapped_distance(x, y, swap) for swap in swaps])
        else:
            pooled = np.concatenate([x, y])
            pooled -= pooled[0].copy()
            pooled -= pooled.mean(axis=0)
            inner = pooled @ pooled.T
            step = max(1, _BATCH // len(x) ** 2)
            values = np.concatenate(
                [_frechet_of(inner, swaps[start : start + step]) for start in range(0, len(swaps), step)]
            )
        scale = float(x.var(axis=0).sum() + y.var(axis=0).sum())
    return _null(values, scale)


def kernel_permutation(x: Any, y: Any, permutations: int = 200, seed: int = 0) -> PermutationNull:
    """The null of the unbiased `kernel_distance` over pairs, from the kernel values of the 2n samples, taken once.

    Holds (2n)^2 values. Errors as for `frechet_permutation`.
    """
    x, y = paired_sets(x, y)
    count = len(x)
    kernel = kernel_values(np.concatenate([x, y]))
    own = kernel.diagonal().copy()
    np.fill_diagonal(kernel, 0.0)
    swaps = _swaps(count, permutations, seed)
    first = np.concatenate([~swaps, swaps], axis=1).astype(np.float64)
    rows = first @ kernel
    within_first = np.einsum("pn,pn->p", rows, first)
    to_all = kernel.sum(axis=0)
    across = first @ to_all - within_first
    within = float(to_all.sum()) - 2 * across
    values = within / (count * (count - 1)) - 2 * across / count**2
    return _null(values, float(own.mean()))


def _swaps(count: int, permutations: int, seed: int) -> Swaps:
    """A line for each permutation, true where a pair changes places; the first line is the given order."""
    if permutations < 1:
        raise DataError(f"{permutations} permutations say nothing", "ask for one or more")
    drawn: Swaps = generator(seed, "swaps-inside-pairs").random((permutations + 1, count)) < 0.5
    drawn[0] = False
    return drawn


def _null(values: Floats, scale: float) -> PermutationNull:
    if not np.isfinite(values).all():
        raise overflow()
    given, drawn = float(values[0]), values[1:]
    reached = int((drawn >= given - _TIE * scale).sum())
    return PermutationNull(
        value=given,
        mean=float(drawn.mean()),
        std=float(drawn.std()),
        p_value=(1 + reached) / (1 + len(drawn)),
        permutations=len(drawn),
    )


def _swapped_distance(x: Floats, y: Floats, swap: npt.NDArray[np.bool_]) -> float:
    chosen = swap[:, None]
    return frechet_distance(np.where(chosen, y, x), np.where(chosen, x, y))


def _frechet_of(inner: Floats, swaps: Swaps) -> Floats:
    """The distances of some swaps, from the inner products (2n, 2n) of all samples about their mean."""
    count = swaps.shape[1]
    first = np.concatenate([~swaps, swaps], axis=1).astype(np.float64)
    signs = 2 * first - 1
    # all samples add up to 0, so the sums of the two sets are opposite: half of the signed sum, and less it
    shift = np.einsum("pn,pn->p", signs @ inner, signs) / count**2
    traces = (float(inner.trace()) - count * shift / 2) / (count - 1)
    places = np.arange(count) + count * swaps
    product = inner[places[:, :, None], (places + np.where(swaps, -count, count))[:, None, :]]
    product = _contrasted(_contrasted(product).transpose(0, 2, 1)) / (count - 1)
    if not np.isfinite(product).all():
        raise overflow()
    distances: Floats = shift + traces - 2 * _nuclear_norms(product)
    return distances


def _contrasted(blocks: Floats) -> Floats:
    """The lines of each block (p, n, k) under the reflection of `contrasts`, without the mean's."""
    count = blocks.shape[1]
    total = blocks.sum(axis=1) + np.sqrt(count) * blocks[:, 0]
    found: Floats = blocks[:, 1:] - total[:, None] / (count + np.sqrt(count))
    return found


def _nuclear_norms(products: Floats) -> Floats:
    if products.shape[1] <= _SMALL:
        norms: Floats = np.linalg.svd(products, compute_uv=False).sum(axis=1)
        return norms
    squares = np.linalg.eigvalsh(np.stack([product @ product.T for product in products]))
    # those that are only rounding would each add their root
    squares[squares < products.shape[1] * EPSILON * squares[:, -1:]] = 0
    roots: Floats = np.sqrt(squares).sum(axis=1)
    return roots
