"""What CLIP embeddings say about an edit: the direction of the change, and how well captions fit.

Every function takes the embeddings of n samples as (n, d), unnormalised or not, and divides by their
lengths itself. A cosine with a vector of zeros is undefined: ``nan``, for the caller to count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import (
    Booleans,
    Floats,
    at_unit_length,
    floats,
    lengths,
    same_length,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

NO_DIRECTION = 1e-6  # a difference shorter than this part of its embeddings is rounding, not a direction
HESSEL_WEIGHT = 2.5
VARIANTS = ("per-pair", "hessel", "torchmetrics", "logits")


def clip_directional(
    image_o: Any,
    image_c: Any,
    text_o: Any,
    text_c: Any,
    normalise: bool = True,  # noqa: FBT001 - issue 3 has it in fifth place
    *,
    eps: float | None = None,
) -> Floats:
    """Whether the image changed as its caption did: cos(I_c - I_o, T_c - T_o) for each pair, (n,).

    Gal et al., StyleGAN-NADA, 2022; Brooks et al., InstructPix2Pix, CVPR 2023. Embeddings are divided by
    their lengths before the subtraction; ``normalise=False`` subtracts them as they are, a different number.
    Range [-1, 1]. ``nan`` where a direction is undefined: a difference shorter than 1e-6 (raw: than 1e-6
    of the longer embedding), as between equal captions or images, or an embedding of zeros.
    ``eps`` instead takes each difference as at least that long, as torch does with 1e-8: such pairs are
    then about 0. No pairs: an empty array.
    """
    arrays = _embeddings(image_o=image_o, image_c=image_c, text_o=text_o, text_c=text_c)
    if eps is not None and not 0 < eps < np.inf:
        raise DataError(f"'eps' is {eps}", "it must be a number above 0")
    image, image_defined = _direction(arrays["image_o"], arrays["image_c"], eps, normalise=normalise)
    text, text_defined = _direction(arrays["text_o"], arrays["text_c"], eps, normalise=normalise)
    return np.where(image_defined & text_defined, _dots(image, text).clip(-1, 1), np.nan)


def directional_summary(values: Any) -> dict[str, float]:
    """Mean, median, share of at least 0.2, share below 0 and number of undefined pairs, of the (n,) values.

    0.2 is the threshold that InstructPix2Pix filters by. Undefined pairs (``nan``) are counted in
    ``undefined`` and are in no other number; without a defined pair the others are ``nan``.
    """
    values = values.detach().cpu() if hasattr(values, "detach") else values
    try:
        values = np.asarray(values, dtype=np.float64)
    except ValueError as error:
        raise DataError("'values' holds no numbers", str(error)) from None
    if values.ndim != 1:
        raise DataError(f"'values' has shape {values.shape}", "its axes should be (pairs)")
    defined = floats(values[~np.isnan(values)], "values", "pairs")
    if not defined.size:
        nothing = dict.fromkeys(("mean", "median", "share_at_least_0.2", "share_negative"), np.nan)
        return {**nothing, "undefined": float(values.size)}
    return {
        "mean": float(defined.mean()),
        "median": float(np.median(defined)),
        "share_at_least_0.2": float((defined >= 0.2).mean()),
        "share_negative": float((defined < 0).mean()),
        "undefined": float(values.size - defined.size),
    }


def clip_score(image: Any, text: Any, variant: str = "per-pair", *, logit_scale: float = 100.0) -> Floats:
    """How well each caption fits its image, (n,), from c = cos(image, text).

    ``per-pair``: 100 max(c, 0), range [0, 100]. ``hessel``: 2.5 max(c, 0), range [0, 2.5] (Hessel et al.,
    CLIPScore, EMNLP 2021; there the caption follows "A photo depicts"). ``torchmetrics``: 100 c,
    range [-100, 100], because that package clamps the mean and not the pairs: see `clip_score_mean`.
    ``logits``: ``logit_scale`` c, with CLIP's learned factor (about 100; 1/0.07 before training).
    ``nan`` where an embedding is zero. No pairs: an empty array.
    """
    if variant not in VARIANTS:
        raise DataError(f"There is no variant '{variant}' of the CLIP score", f"known: {', '.join(VARIANTS)}")
    if not (np.isfinite(logit_scale) and logit_scale > 0):
        raise DataError(f"'logit_scale' is {logit_scale}", "it must be a number above 0")
    cosines = _cosines(**_embeddings(image=image, text=text))
    if variant == "per-pair":
        return 100 * cosines.clip(min=0)
    if variant == "hessel":
        return HESSEL_WEIGHT * cosines.clip(min=0)
    return (100 if variant == "torchmetrics" else logit_scale) * cosines


def clip_score_mean(image: Any, text: Any, variant: str = "per-pair", *, logit_scale: float = 100.0) -> float:
    """The mean of `clip_score` over the defined pairs; ``torchmetrics`` then takes max(mean, 0).

    ``nan`` without a defined pair.
    """
    scores = clip_score(image, text, variant, logit_scale=logit_scale)
    scores = scores[~np.isnan(scores)]
    if not scores.size:
        return float("nan")
    return max(float(scores.mean()), 0.0) if variant == "torchmetrics" else float(scores.mean())


def ref_clip_score(image: Any, text: Any, references: Sequence[Any]) -> Floats:
    """The harmonic mean of Hessel's CLIP score and of max(0, the best cosine with a reference), (n,).

    Hessel et al., CLIPScore, EMNLP 2021. ``references`` holds the (k, d) embeddings of each sample's
    captions. Range [0, 10/7]; 0 where either part is 0, ``nan`` where an embedding is zero.
    A sample without references: DataError.
    """
    arrays = _embeddings(image=image, text=text)
    given = [floats(reference, "references", "captions", "dimensions") for reference in references]
    counts = np.array([len(reference) for reference in given], dtype=np.intp)
    if len(given) != len(arrays["text"]):
        raise DataError(f"There are {len(given)} lists of references", f"for {len(arrays['text'])} captions")
    if not given:
        return np.empty(0)
    if not counts.all():
        raise DataError("A caption has no references", f"it is number {int(counts.argmin())}, from 0")
    if {reference.shape[1] for reference in given} != {arrays["text"].shape[1]}:
        raise DataError("'references' and 'text' have different dimensions")
    cosines = _cosines(np.repeat(arrays["text"], counts, axis=0), np.concatenate(given))
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    best = np.maximum.reduceat(cosines, starts).clip(min=0)
    score = HESSEL_WEIGHT * _cosines(**arrays).clip(min=0)
    total = score + best
    mean: Floats = 2 * score * best / np.where(total == 0, 1, total)
    return mean


def clip_image(image_o: Any, image_c: Any) -> Floats:
    """How much an image kept of the other: cos(I_o, I_c) for each pair, (n,).

    Range [-1, 1]; 1 for equal images, ``nan`` where an embedding is zero. No pairs: an empty array.
    """
    return _cosines(**_embeddings(image_o=image_o, image_c=image_c))


def instruct_pix2pix_filter(
    image_o: Any,
    image_c: Any,
    text_o: Any,
    text_c: Any,
    *,
    caption: float = 0.2,
    direction: float = 0.2,
    image: float = 0.7,
    keep: int = 4,
) -> npt.NDArray[np.intp]:
    """Which candidates of one caption pair to keep: positions of at most ``keep``, the best direction first.

    Brooks et al., InstructPix2Pix, CVPR 2023: both images fit their captions (cosine of at least 0.2), the
    direction is at least 0.2, and the images are alike (cosine of at least 0.7). Undefined fails.
    """
    directions = clip_directional(image_o, image_c, text_o, text_c)
    passed = (
        (clip_score(image_o, text_o, "logits", logit_scale=1) >= caption)
        & (clip_score(image_c, text_c, "logits", logit_scale=1) >= caption)
        & (directions >= direction)
        & (clip_image(image_o, image_c) >= image)
    )
    candidates = np.flatnonzero(passed)
    return candidates[np.argsort(-directions[candidates], kind="stable")][:keep]


def _embeddings(**given: Any) -> dict[str, Floats]:
    arrays = {name: floats(value, name, "samples", "dimensions") for name, value in given.items()}
    same_length(**arrays)
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        said = ", ".join(f"{name} {shape[1]}" for name, shape in shapes.items())
        raise DataError("The embeddings are not of one model", f"their dimensions differ: {said}")
    if not next(iter(arrays.values())).shape[1]:
        raise DataError("The embeddings have no dimensions", f"shapes {shapes}")
    return arrays


def _dots(a: Floats, b: Floats) -> Floats:
    dots: Floats = np.einsum("nd,nd->n", a, b)
    return dots


def _cosines(*pair: Floats, **named: Floats) -> Floats:
    a, b = (*pair, *named.values())
    return _dots(at_unit_length(a), at_unit_length(b)).clip(-1, 1)


def _direction(
    origin: Floats, changed: Floats, eps: float | None, *, normalise: bool
) -> tuple[Floats, Booleans]:
    """The unit difference of each pair, and where it is defined."""
    if normalise:
        origin, changed = at_unit_length(origin), at_unit_length(changed)
    difference = changed - origin
    size = lengths(difference)
    if eps is not None:
        return difference / np.maximum(size, eps)[:, None], ~np.isnan(size)
    scale = np.maximum(lengths(origin), lengths(changed))
    defined: Booleans = (size >= NO_DIRECTION * scale) & (size > 0)
    return difference / np.where(defined, size, 1)[:, None], defined
