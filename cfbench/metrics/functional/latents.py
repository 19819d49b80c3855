"""The distance of two latents of one encoder, pair by pair."""

from __future__ import annotations

from typing import Any

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import Floats, at_unit_length, finite, flattened, lengths, same_length


def latent_distance(
    latents_o: Any,
    latents_c: Any,
    kind: str = "l2",
    *,
    reduce: str = "sum",
    normalise: bool = False,
    scale: float = 1.0,
) -> Floats:
    """The distance of each pair of latents (n, ...), by itself, (n,).

    ``l2``: ||a - b||, range [0, inf); ``reduce="rms"`` divides by the root of the number of dimensions,
    ``normalise`` brings both to length 1 (then its square is twice the cosine distance), ``scale``
    multiplies the latents (Stable Diffusion: 0.18215). ``cosine``: 1 - cos(a, b), range [0, 2].
    Equal latents are at 0. ``nan`` for a latent of zeros where its direction is asked for.
    """
    if kind not in {"l2", "cosine"} or reduce not in {"sum", "rms"}:
        raise DataError(f"There is no latent distance '{kind}' by '{reduce}'", "known: l2, cosine; sum, rms")
    if not (np.isfinite(scale) and scale > 0):
        raise DataError(f"'scale' is {scale}", "it must be a number above 0")
    a, b = flattened(latents_o, "latents_o"), flattened(latents_c, "latents_c")
    same_shape(a, b)
    if normalise or kind == "cosine":
        a, b = at_unit_length(a), at_unit_length(b)
        scale = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        distance = lengths(a - b)
        if kind == "cosine":  # of unit vectors; exact for equal ones, where 1 - cos is rounding
            return (distance**2 / 2).clip(0, 2)
        distance *= scale / np.sqrt(a.shape[1] if reduce == "rms" else 1)
    if not normalise:
        finite(distance, "latents")
    return distance


def same_shape(a: Floats, b: Floats) -> None:
    """Refuse latents that do not belong together."""
    same_length(before=a, after=b)
    if a.shape != b.shape:
        raise DataError("The latents are not of one encoder", f"dimensions {a.shape[1]} and {b.shape[1]}")
