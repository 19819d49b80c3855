"""What changed between an image and its counterfactual, and what should not have.

Distances are pair by pair, (n,), float64 inside. Images are read in blocks: memory stays bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import (
    Floats,
    finite,
    flattened,
    floats,
    same_length,
    shape_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

WHITE = 255.0
KINDS = ("binary", "multiclass", "continuous")
EPSILONS = ("lpips", "torchmetrics")
_BRIGHT = 16.0  # what no image of 0..1 reaches, and hardly an image of 0..255 stays below
_BLOCK = 2**21  # numbers of an image batch made float64 at a time


def minimality(image: Any, image_cf: Any, *, reduce: str = "norm") -> dict[str, Floats]:
    """How far the pixels (n, ...) moved: ``l1`` and ``l2`` of each pair, (n,), lower is better.

    ``norm``: sum |a - b| and the Euclidean length ||a - b||, as counterfactual losses state them (they
    grow with the image's size). ``mean``: mean |a - b| and the root mean square. In the unit of the images.
    Range [0, inf); equal images are at 0. No pairs: empty arrays. Images without pixels, of different
    shapes or of different scales (bytes against 0..1): DataError.
    """
    if reduce not in {"norm", "mean"}:
        raise DataError(f"Cannot reduce by '{reduce}'", "known: norm, mean")

    def distances(a: Floats, b: Floats) -> Floats:
        difference = np.abs(a - b)
        sums = np.stack((difference.sum(axis=1), np.einsum("nd,nd->n", difference, difference)))
        return sums / a.shape[1] if reduce == "mean" else sums

    with np.errstate(over="ignore"):
        l1, squares = _by_block(image, image_cf, distances, 2)
    return {"l1": l1, "l2": np.sqrt(finite(squares, "images"))}


def composition(
    image: Any, reconstruction: Any, *, max_value: float = WHITE, truncate: bool = False
) -> Floats:
    """What a model loses when asked to change nothing: mean |a - b| of each image on the scale 0..255, (n,).

    Monteiro et al., ICLR 2023; Melistas et al., NeurIPS 2024. After m cycles of abduction and decoding,
    give the m-th reconstruction and the *original* image. ``max_value`` is white in the images given (1 for
    0..1); ``truncate`` cuts the values on 0..255 to whole numbers first, as the benchmark does for CelebA.
    Range [0, 255], lower is better, 0 for equal images. No images: an empty array. Values outside
    0..max_value, or floats up to 1 that are said to be of 0..255: DataError.
    """
    if not (np.isfinite(max_value) and max_value > 0):
        raise DataError(f"'max_value' is {max_value}", "it must be a number above 0")

    image, reconstruction = _batch(image), _batch(reconstruction)
    for batch in (image, reconstruction):
        _within(batch, max_value)

    def distances(a: Floats, b: Floats) -> Floats:
        a, b = a * (WHITE / max_value), b * (WHITE / max_value)
        if truncate:
            a, b = np.trunc(a), np.trunc(b)
        means: Floats = np.abs(a - b).mean(axis=1)[None]
        return means

    lost: Floats = _by_block(image, reconstruction, distances, 1)[0]
    return lost


def reversibility(image: Any, image_back: Any, *, max_value: float = WHITE, truncate: bool = False) -> Floats:
    """What is lost on the way to the counterfactual and back: as `composition`, (n,), lower is better.

    Monteiro et al., ICLR 2023. One cycle is do(pa*) and then do(pa) on its result; ``image_back`` is the
    image after m cycles, ``image`` the original. Read it beside the composition, which is its floor.
    Range and refusals are those of `composition`.
    """
    return composition(image, image_back, max_value=max_value, truncate=truncate)


def effectiveness(
    predictions: Any,
    targets: Any,
    kind: str = "binary",
    *,
    average: str = "micro",
) -> float:
    """Whether a predictor finds the attribute that was asked for in the counterfactuals.

    Monteiro et al., ICLR 2023; Melistas et al., NeurIPS 2024, but over all samples at once.
    ``binary``: F1 of logits (n,) above 0 against 0 and 1. ``multiclass``: F1 of the largest of
    logits (n, C), or of labels (n,), against labels (n,); ``micro`` equals accuracy, ``macro`` is the
    mean over the classes that occur. Both in [0, 1], higher is better. ``continuous``: mean absolute error,
    range [0, inf), lower is better, in the unit given.
    ``nan`` for a binary F1 without a positive in either. No samples: DataError.
    """
    if kind not in KINDS or average not in {"micro", "macro"}:
        raise DataError(
            f"There is no effectiveness '{kind}' by '{average}'", f"known: {', '.join(KINDS)}; micro, macro"
        )
    if kind == "multiclass":
        return _multiclass(predictions, targets, macro=average == "macro")
    found, wanted = floats(predictions, "predictions", "samples"), floats(targets, "targets", "samples")
    _some(found, wanted)
    if kind == "continuous":
        with np.errstate(over="ignore"):
            return float(finite(np.abs(found - wanted), "values").mean())
    if ((found >= 0) & (found <= 1)).all() and (found % 1).any():
        raise DataError("'predictions' look like probabilities", "all lie in 0..1", "Give logits")
    return float(_f1(found > 0, _positives(wanted)))


def effectiveness_per_batch(logits: Any, targets: Any, batch_size: int) -> Floats:
    """The binary F1 of each batch, whose mean and standard deviation the benchmark publishes, (batches,).

    Bug-compatible with Melistas et al. 2024 on torchmetrics: logits pass a sigmoid only in a batch where
    one lies outside [0, 1] (elsewhere 0.5 is the threshold of the logit itself), and a batch without
    positives scores 0. The last batch may be shorter. Depends on the order and size of batches.
    """
    found, wanted = floats(logits, "logits", "samples"), floats(targets, "targets", "samples")
    _some(found, wanted)
    if batch_size < 1:
        raise DataError(f"'batch_size' is {batch_size}", "it must be at least 1")
    positive = _positives(wanted)
    starts = range(0, len(found), batch_size)
    batches = [(found[at : at + batch_size], positive[at : at + batch_size]) for at in starts]
    # The sigmoid of a logit is above one half where the logit is above zero.
    f1s = [_f1(x > (0.5 if ((x >= 0) & (x <= 1)).all() else 0.0), y) for x, y in batches]
    scores: Floats = np.nan_to_num(np.array(f1s))
    return scores


def perceptual_distance(
    features_o: Sequence[Any],
    features_c: Sequence[Any],
    weights: Sequence[Any] | None = None,
    *,
    epsilon: str = "lpips",
) -> Floats:
    """Distance of two images by the features of a network's layers, (n,): the head of LPIPS.

    For each layer (n, C, H, W): every position's feature vector at length 1 over the channels, squared
    difference, channels added up by ``weights`` (C,) of at least 0, mean over positions; layers added up.
    Zhang et al., CVPR 2018. Without weights every channel counts 1. A layer may also be vectors (n, C).

    ``epsilon``: ``lpips`` divides by ||f|| + 1e-10 (also torch-fidelity), ``torchmetrics`` by
    sqrt(||f||^2 + 1e-8): they differ in the eighth digit. A position without any activity is a vector of zeros.
    Range [0, inf), lower is better; 0 for equal features. No images: an empty array. No layers, layers of
    different shapes, negative weights: DataError.
    """
    if epsilon not in EPSILONS:
        raise DataError(f"There is no epsilon '{epsilon}'", f"known: {', '.join(EPSILONS)}")
    factors = [None] * len(features_o) if weights is None else list(weights)
    if not len(features_o) == len(features_c) == len(factors) or not factors:
        said = f"{len(features_o)} and {len(features_c)} layers, {len(factors)} weights"
        raise DataError("The layers do not belong together", said)
    totals: list[Floats] = []
    for at, (given_o, given_c, given_w) in enumerate(zip(features_o, features_c, factors, strict=True)):
        a, b = (_layer(given, f"layer {at}") for given in (given_o, given_c))
        if a.shape != b.shape:
            raise DataError(f"The features of layer {at} differ in shape", f"{a.shape} and {b.shape}")
        w = np.ones(a.shape[1]) if given_w is None else floats(given_w, f"weights {at}", "channels")
        if w.shape != a.shape[1:2] or (w < 0).any():
            raise DataError(
                f"The weights of layer {at} do not fit", f"{a.shape[1]} numbers of at least 0 are needed"
            )
        difference = _at_unit_length(a, epsilon) - _at_unit_length(b, epsilon)
        difference *= difference
        with np.errstate(over="ignore"):
            totals.append(
                finite(np.einsum("ncp,c->np", difference, w).mean(axis=1), f"weights of layer {at}")
            )
    same_length(**{f"layer {at}": total for at, total in enumerate(totals)})
    distance: Floats = np.sum(totals, axis=0)
    return distance


def _by_block(
    image: Any, other: Any, distances: Callable[[Floats, Floats], Floats], rows: int
) -> npt.NDArray[np.float64]:
    """The distances (rows, n) of two batches of images, from blocks of them."""
    a, b = _batch(image), _batch(other)
    if tuple(a.shape) != tuple(b.shape) or not len(a.shape):
        raise DataError("The images are not of one shape", f"{tuple(a.shape)} and {tuple(b.shape)}")
    _one_scale(a, b)
    size = max(1, int(np.prod(a.shape[1:])))
    step = max(1, _BLOCK // size)
    parts = [
        distances(flattened(a[at : at + step], "image"), flattened(b[at : at + step], "the other image"))
        for at in range(0, a.shape[0], step)
    ]
    return np.concatenate([np.empty((rows, 0)), *parts], axis=1)


def _batch(value: Any) -> Any:
    """An array or tensor of numbers as it is, without its gradient; a list as an array."""
    if hasattr(value, "detach"):
        value = value.detach()
    try:
        batch = value if hasattr(value, "shape") and hasattr(value, "dtype") else np.asarray(value)
    except ValueError as error:
        raise DataError("The images are no array", str(error)) from None
    if not any(kind in str(batch.dtype) for kind in ("int", "float", "bool")):
        raise DataError("The images hold no numbers", f"their type is {batch.dtype}")
    return batch


def _within(batch: Any, white: float) -> None:
    """Refuse images that are not on the scale 0..white; over the whole batch, so that no cut matters."""
    if not np.prod(batch.shape):
        return
    low, high = float(batch.min()), float(batch.max())
    if low < 0 or high > white:
        raise DataError(f"The images reach from {low:g} to {high:g}", f"white is said to be {white:g}")
    if white == WHITE and 0 < high <= 1 and "float" in str(batch.dtype):
        raise DataError("The images look like 0..1", "no value is above 1", "Give max_value=1")


def _one_scale(a: Any, b: Any) -> None:
    """Refuse images of 0..255 beside fractions: their difference is a number that means nothing."""
    whole = ["int" in str(array.dtype) for array in (a, b)]
    if not np.prod(a.shape):
        return
    if whole[0] == whole[1]:
        _one_scale_of_floats(a, b)
        return
    integer, fraction = (a, b) if whole[0] else (b, a)
    if not np.prod(integer.shape) or float(integer.max()) <= 1:
        return
    if float(fraction.max()) <= 1:
        raise DataError("The images are on different scales", "one holds bytes, the other values up to 1")


def _one_scale_of_floats(a: Any, b: Any) -> None:
    lowest = min(float(array.min()) for array in (a, b))
    smaller, larger = sorted(float(array.max()) for array in (a, b))
    if "float" in str(a.dtype) and lowest >= 0 and 0 < smaller <= 1 and _BRIGHT < larger <= WHITE:
        raise DataError(
            "The images are on different scales", f"one reaches {smaller:g}, the other {larger:g}"
        )


def _layer(value: Any, name: str) -> Floats:
    axes = (
        ("images", "channels", "rows", "columns")
        if len(shape_of(value, name)) == 4
        else ("images", "channels")
    )
    array = floats(value, name, *axes)
    if array.size == 0 and len(array):
        raise DataError(f"The features of {name} are empty", f"their shape is {array.shape}")
    return array.reshape(*array.shape[:2], int(np.prod(array.shape[2:])))


def _at_unit_length(features: Floats, epsilon: str) -> Floats:
    with np.errstate(over="ignore"):
        squares = finite(np.einsum("ncp,ncp->np", features, features), "features")
    size = np.sqrt(squares) + 1e-10 if epsilon == "lpips" else np.sqrt(squares + 1e-8)
    unit: Floats = features / size[:, None]
    return unit


def _some(found: Floats, wanted: Floats) -> None:
    if not same_length(predictions=found, targets=wanted):
        raise DataError("Effectiveness of no samples is undefined", "predictions and targets are empty")


def _positives(targets: Floats) -> npt.NDArray[np.bool_]:
    if not np.isin(targets, (0, 1)).all():
        raise DataError(
            "A binary target is neither 0 nor 1", f"they reach from {targets.min():g} to {targets.max():g}"
        )
    positive: npt.NDArray[np.bool_] = targets == 1
    return positive


def _f1(found: npt.NDArray[np.bool_], wanted: npt.NDArray[np.bool_]) -> float:
    either = int(found.sum()) + int(wanted.sum())
    return 2 * int((found & wanted).sum()) / either if either else float("nan")


def _multiclass(predictions: Any, targets: Any, *, macro: bool) -> float:
    wanted = floats(targets, "targets", "samples")
    by_class = len(shape_of(predictions, "predictions")) == 2
    if by_class:
        logits = floats(predictions, "predictions", "samples", "classes")
        if not logits.size:
            raise DataError(
                "Effectiveness of no samples is undefined", f"the logits have shape {logits.shape}"
            )
        found = logits.argmax(axis=1).astype(np.float64)
    else:
        found = floats(predictions, "predictions", "samples")
    _some(found, wanted)
    for name, labels in (("predictions", found), ("targets", wanted)):
        if (labels % 1).any() or labels.min() < 0 or (by_class and labels.max() >= logits.shape[1]):
            raise DataError(
                f"'{name}' are no labels", f"they reach from {labels.min():g} to {labels.max():g}"
            )
    if not macro:
        return float((found == wanted).mean())
    classes, codes = np.unique(np.concatenate((found, wanted)), return_inverse=True)
    a, b = codes.reshape(2, -1)
    right, given, asked = (np.bincount(code, minlength=len(classes)) for code in (a[a == b], a, b))
    return float((2 * right / (given + asked)).mean())
