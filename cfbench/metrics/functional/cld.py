"""Counterfactual latent divergence: did the counterfactual move far enough, and no farther?

An edit's divergence is ranked among those from its original to other samples: below those that have the
new value of the attribute (it need not move farther), above those that keep the old one (it must move at
all). Memory is bounded: distances are made in tiles of half a megabyte, and only within groups of equal value.

The latents' encoder decides what the number means: of a VAE, both heads must be trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import Floats, flattened, floats
from cfbench.metrics.functional.latents import latent_distance, same_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Codes = npt.NDArray[np.intp]

PROTOCOLS = ("corrected", "official", "l2", "cosine")
DIVERGENCES = ("l1", "kl", "kl-of-locations")
MATCHES = ("intervened", "all")
_TILE = 2**16  # distances made at a time: what stays in the cache of a processor is faster


def cld(
    latents_o: Any,
    latents_c: Any,
    attributes_o: Mapping[str, Any] | None = None,
    attributes_c: Mapping[str, Any] | None = None,
    intervened: str | Sequence[str] | None = None,
    *,
    protocol: str = "corrected",
    log_scales_o: Any = None,
    log_scales_c: Any = None,
    divergence: str | None = None,
    bins: Mapping[str, Any] | None = None,
    match: str = "intervened",
    exclude_self: bool = False,
    weights: tuple[float, float] = (0.8, 0.2),
) -> Floats:
    """Counterfactual latent divergence of each edit x -> x*, (n,), lower is better.

    CLD = log(w1 exp P(S_c <= div) + w2 exp P(S_o >= div)), div = d(x, x*), with the empirical distributions of
    S_o = {d(x, x'): x' has x's value} and S_c = {d(x, x'): x' has the value asked for} over the originals x'.
    Sanchez & Tsaftaris, Diff-SCM, CLeaR 2022; Melistas et al., NeurIPS 2024 (data sets and benchmarks).
    Range [0, 1]; an edit that changes nothing scores log(0.8 + 0.2 e) = 0.295 where no S_c reaches 0.

    ``attributes_o`` and ``attributes_c`` hold each attribute's values before and after, (n,) or one-hot
    (n, k); ``intervened`` names the changed one, of all rows or row by row (not needed for a single one).
    ``bins`` holds a continuous attribute's rising edges: values in one bin are equal.
    ``match="all"`` asks for equality of all attributes, as the paper writes it, not only the changed one.
    ``exclude_self`` leaves x itself out of both sets; as published it is in S_o with distance 0.

    d is the mean over dimensions. ``divergence``: ``l1``, |a - b| (the default without log scales);
    ``kl``, KL(N(x' or x*) || N(x)) of diagonal normals of scale exp(log_scale) (the default with them).
    ``protocol="official"`` repeats the published evaluation: a row keeps only the value of its *own*
    changed attribute, and later rows are compared with it whatever it means; ``kl-of-locations`` (its
    default with log scales) takes the location for the log scale too. Its attributes are numbers of one
    axis. ``l2`` and ``cosine`` are `latent_distance` of each pair by itself, and need no attributes.

    ``nan`` where S_o or S_c is empty. No edits: an empty array.
    """
    if protocol not in PROTOCOLS:
        raise DataError(f"There is no protocol '{protocol}' of the CLD", f"known: {', '.join(PROTOCOLS)}")
    if protocol in {"l2", "cosine"}:
        return latent_distance(latents_o, latents_c, protocol)
    if attributes_o is None or attributes_c is None:
        raise DataError(f"The protocol '{protocol}' of the CLD compares by attributes", "they are not given")
    if match not in MATCHES or (match == "all" and protocol == "official"):
        raise DataError(f"Cannot match '{match}' under '{protocol}'", f"known: {', '.join(MATCHES)}")
    w1, w2 = weights
    if not (w1 >= 0 and w2 >= 0 and abs(w1 + w2 - 1) < 1e-9):
        raise DataError(f"The weights are {w1} and {w2}", "they must be at least 0 and add up to 1")
    before, after = _posteriors(
        latents_o, latents_c, log_scales_o, log_scales_c, protocol=protocol, divergence=divergence
    )
    _refuse_overflow(before, after)
    rows = before.values.shape[1]
    problems = _problems(
        attributes_o, attributes_c, intervened, bins=bins or {}, rows=rows, protocol=protocol, match=match
    )
    div = before.to(after)
    far, near = np.full(rows, np.nan), np.full(rows, np.nan)
    for problem in problems:
        for code in np.unique(problem.before):
            members = np.flatnonzero(problem.before == code)
            for share, wanted, compare in (
                (far, problem.after, np.less_equal),
                (near, problem.before, np.greater_equal),
            ):
                asking = problem.rows[wanted[problem.rows] == code]
                share[asking] = _shares(before, div, asking, members, compare, exclude_self=exclude_self)
    scores: Floats = np.log(w1 * np.exp(far) + w2 * np.exp(near))
    return scores


def published_edges(values: Any, grid: Any) -> Floats:
    """The mean of the values in each cell of a grid: what the published CLD hands on as *edges* of bins.

    MorphoMNIST there has the grid linspace(-1, 1, 10), ADNI linspace(0, 1, 5). A value on an inner grid
    line belongs to the cell above it, the last line to the last cell. An empty cell: DataError, where the published search breaks on ``nan``.
    """
    values, grid = floats(values, "values", "samples"), floats(grid, "grid", "lines")
    if len(grid) < 2 or (np.diff(grid) <= 0).any():
        raise DataError("'grid' is no grid", "it needs two or more rising lines")
    counts, _ = np.histogram(values, grid)
    if not counts.all():
        raise DataError("A cell of 'grid' holds no value", f"it is number {int(counts.argmin())}, from 0")
    means: Floats = np.histogram(values, grid, weights=values)[0] / counts
    return means


@dataclass(frozen=True)
class _Points:
    """Latents with the samples along the last axis; of normals, ``values`` are the locations."""

    values: Floats
    log_scale: Floats | None = None  # summed over dimensions
    variance: Floats | None = None
    half_precision: Floats | None = None

    @classmethod
    def normals(cls, location: Floats, log_scale: Floats) -> _Points:
        with np.errstate(over="ignore"):
            variance, half_precision = np.exp(2 * log_scale), np.exp(-2 * log_scale) / 2
        if not (np.isfinite(variance).all() and np.isfinite(half_precision).all()):
            raise DataError(
                "The scale of a latent is out of range", f"its logarithm reaches {np.abs(log_scale).max():g}"
            )
        return cls(location, log_scale.sum(axis=0), variance, half_precision)

    def take(self, at: Codes) -> _Points:
        return _Points(*(None if part is None else part[..., at] for part in self._parts()))  # type: ignore[arg-type]

    def as_column(self) -> _Points:
        return _Points(*(None if part is None else part[..., None] for part in self._parts()))  # type: ignore[arg-type]

    def _parts(self) -> tuple[Floats | None, ...]:
        return self.values, self.log_scale, self.variance, self.half_precision

    def to(self, others: _Points) -> Floats:
        """The divergence from self, pair by pair or column by row.

        Dimensions are added one by one: the same pair then has the same divergence to the last bit
        wherever it is met, and a tie stays a tie.
        """
        total: Floats = np.zeros(np.broadcast_shapes(self.values.shape[1:], others.values.shape[1:]))
        term = np.empty_like(total)
        for at in range(len(self.values)):
            np.subtract(others.values[at], self.values[at], out=term)
            if others.variance is None or self.half_precision is None:
                np.abs(term, out=term)
            else:
                term *= term
                term += others.variance[at]
                term *= self.half_precision[at]
            total += term
        if self.log_scale is not None and others.log_scale is not None:
            total += self.log_scale - others.log_scale
            total -= len(self.values) / 2
        return total / max(1, len(self.values))


def _posteriors(
    latents_o: Any, latents_c: Any, scales_o: Any, scales_c: Any, *, protocol: str, divergence: str | None
) -> tuple[_Points, _Points]:
    a, b = flattened(latents_o, "latents_o"), flattened(latents_c, "latents_c")
    same_shape(a, b)
    if (scales_o is None) != (scales_c is None):
        raise DataError("Log scales are given for one side only", "both or neither are needed")
    if divergence is None:
        with_scales = "kl" if protocol == "corrected" else "kl-of-locations"
        divergence = "l1" if scales_o is None else with_scales
    if divergence not in DIVERGENCES:
        raise DataError(f"There is no divergence '{divergence}'", f"known: {', '.join(DIVERGENCES)}")
    a, b = np.ascontiguousarray(a.T), np.ascontiguousarray(b.T)
    if divergence == "l1":
        return _Points(a), _Points(b)
    if divergence == "kl-of-locations":
        return _Points.normals(a, a), _Points.normals(b, b)
    if scales_o is None:
        raise DataError("The divergence 'kl' needs log scales", "they are not given")
    s, t = flattened(scales_o, "log_scales_o").T, flattened(scales_c, "log_scales_c").T
    if s.shape != a.shape or t.shape != b.shape:
        raise DataError("Latents and log scales differ in shape", f"{a.T.shape}, {s.T.shape} and {t.T.shape}")
    return _Points.normals(a, np.ascontiguousarray(s)), _Points.normals(b, np.ascontiguousarray(t))


def _refuse_overflow(before: _Points, after: _Points) -> None:
    """Refuse latents of which two might have a divergence that is not finite, and so would rank alike."""
    both = np.concatenate((before.values, after.values), axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        largest = both.max(axis=1, initial=0) - both.min(axis=1, initial=0)
        if before.variance is not None and before.half_precision is not None and after.variance is not None:
            variance = np.maximum(
                before.variance.max(axis=1, initial=0), after.variance.max(axis=1, initial=0)
            )
            largest = (largest**2 + variance) * before.half_precision.max(axis=1, initial=0)
        total = largest.sum()
    if not np.isfinite(total):
        raise DataError("The latents are too large", "their divergence overflows float64")


@dataclass(frozen=True)
class _Problem:
    """The rows that ask, and every row's value before and after as a number of its group."""

    rows: Codes
    before: Codes
    after: Codes


def _problems(
    attributes_o: Mapping[str, Any],
    attributes_c: Mapping[str, Any],
    intervened: str | Sequence[str] | None,
    *,
    bins: Mapping[str, Any],
    rows: int,
    protocol: str,
    match: str,
) -> Iterator[_Problem]:
    if not (hasattr(attributes_o, "keys") and hasattr(attributes_c, "keys")):
        raise DataError("The attributes have no names", "give a dictionary of each attribute's values")
    if set(attributes_o) != set(attributes_c) or not len(attributes_o) or not set(bins) <= set(attributes_o):
        said = f"{sorted(attributes_o)}, {sorted(attributes_c)}, bins of {sorted(bins)}"
        raise DataError("The attributes before and after are not the same", said)
    values = {
        name: (_column(attributes_o[name], name, rows), _column(attributes_c[name], name, rows))
        for name in attributes_o
    }
    edges = {name: floats(given, f"bins of {name}", "edges") for name, given in bins.items()}
    for name, given in edges.items():
        if (np.diff(given) <= 0).any():
            raise DataError(f"The bins of '{name}' do not rise", f"{given.tolist()}")
    everyone = np.arange(rows)
    if match == "all":
        coded = [_codes(*pair, edges.get(name)) for name, pair in values.items()]
        joint = [np.stack(side, axis=1) for side in zip(*coded, strict=True)]
        before, after = _codes(joint[0], joint[1], None)
        yield _Problem(everyone, before, after)
        return
    changed = _changed(intervened, list(values), rows)
    for name, pair in values.items():
        asking = np.flatnonzero(changed == name)
        if not asking.size:
            continue
        official = protocol == "official"
        kept = (_own(values, changed, 0), _own(values, changed, 1)) if official else pair
        before, after = _codes(kept[0], kept[1], edges.get(name))
        yield _Problem(asking, before, after)


def _column(value: Any, name: str, rows: int) -> npt.NDArray[Any]:
    """An attribute's values: words (n,), or finite numbers (n,) or (n, k)."""
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if array.dtype == object and all(isinstance(one, str) for one in array.flat):
        array = array.astype(np.str_)
    if array.dtype.kind not in "US":
        axes = ("samples", "classes") if array.ndim == 2 else ("samples",)
        array = floats(array, f"attribute {name}", *axes)
    if array.ndim == 0 or len(array) != rows:
        raise DataError(f"The attribute '{name}' has shape {array.shape}", f"there are {rows} edits")
    return array


def _codes(before: npt.NDArray[Any], after: npt.NDArray[Any], edges: Floats | None) -> tuple[Codes, Codes]:
    """Numbers that are equal where the values are, or where they lie in one bin."""
    if before.shape[1:] != after.shape[1:] or before.dtype.kind != after.dtype.kind:
        raise DataError(
            "An attribute's values before and after are of different kinds", f"{before.shape}, {after.shape}"
        )
    if edges is not None:
        if before.ndim > 1 or before.dtype.kind != "f":
            raise DataError("Only an attribute of one number has bins", f"its shape is {before.shape}")
        return np.searchsorted(edges, before), np.searchsorted(edges, after)
    both = np.concatenate((before, after))
    codes = np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)
    return codes[: len(before)], codes[len(before) :]


def _changed(intervened: str | Sequence[str] | None, names: list[str], rows: int) -> npt.NDArray[np.str_]:
    """The name of each row's changed attribute."""
    if intervened is None:
        if len(names) > 1:
            raise DataError("'intervened' is not given", f"which of {', '.join(names)} was changed?")
        intervened = names[0]
    changed = [intervened] * rows if isinstance(intervened, str) else list(intervened)
    unknown = sorted(set(map(str, changed)) - set(names))
    if len(changed) != rows or unknown:
        why = f"no attribute {', '.join(unknown)}" if unknown else f"{len(changed)} names for {rows} edits"
        raise DataError("'intervened' does not fit the attributes", why)
    return np.array(changed, dtype=np.str_)


def _own(
    values: Mapping[str, tuple[npt.NDArray[Any], ...]], changed: npt.NDArray[np.str_], side: int
) -> Floats:
    """Of each row the value of its own changed attribute: the one column that the published code keeps."""
    own = np.zeros(len(changed))
    for name, pair in values.items():
        if pair[side].ndim > 1 or pair[side].dtype.kind != "f":
            raise DataError(
                f"The attribute '{name}' is not a number a sample", "the official protocol compares numbers"
            )
        own = np.where(changed == name, pair[side], own)
    return own


def _shares(
    points: _Points,
    div: Floats,
    asking: Codes,
    members: Codes,
    compare: Callable[[Floats, Floats], npt.NDArray[np.bool_]],
    *,
    exclude_self: bool,
) -> Floats:
    """Of each asking row, the share of members whose distance compares so with its edit's divergence."""
    shares = np.full(len(asking), np.nan)
    others = points.take(members)
    step = max(1, _TILE // len(members))
    for start in range(0, len(asking), step):
        rows = asking[start : start + step]
        hits = compare(points.take(rows).as_column().to(others), div[rows, None])
        counts = np.full(len(rows), len(members))
        if exclude_self:
            itself = rows[:, None] == members
            hits &= ~itself
            counts -= itself.sum(axis=1)
        shares[start : start + step] = hits.sum(axis=1) / np.where(counts == 0, np.nan, counts)
    return shares
