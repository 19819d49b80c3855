"""Objects found in images against the objects that should be there: sets of classes, one set an image.

The object scores of GeNeVA (El-Nouby et al. 2019, arXiv:1811.09845) and SSCR (Fu et al. 2020, arXiv:2009.09566).
For an image with detected set D and true set G: ``precision = |D & G| / |D|``, ``recall = |D & G| / |G|``,
``f1 = 2 |D & G| / (|D| + |G|)``, ``jaccard = |D & G| / |D | G|``. All lie in [0, 1], higher is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import booleans, floats, same_length

if TYPE_CHECKING:
    from cfbench.metrics.functional._arrays import Booleans, Floats


class ObjectScores(TypedDict):
    """Scores of a set of images, fractions."""

    precision: float
    recall: float
    f1_samples: float
    f1_harmonic: float
    jaccard: float


class SampleObjectScores(TypedDict):
    """Scores of each image, fractions."""

    precision: Floats
    recall: Floats
    f1: Floats
    jaccard: Floats


def object_scores(det: Any, gt: Any) -> ObjectScores:
    """Means over images of `object_scores_by_sample`, from booleans (n, classes).

    ``f1_samples`` is the mean of the images' F1, which the published code returns; ``f1_harmonic`` is the harmonic
    mean of the mean precision and the mean recall (0 where both are 0), which the SSCR paper prints. They are
    different numbers; the first is never above the second (2pr/(p+r) is concave). No image at all is a `DataError`, as is what `object_scores_by_sample` refuses.
    """
    by_sample = object_scores_by_sample(det, gt)
    if not len(by_sample["f1"]):
        raise DataError("There are no images to score", "the mean over no image is undefined")
    precision, recall = float(by_sample["precision"].mean()), float(by_sample["recall"].mean())
    return {
        "precision": precision,
        "recall": recall,
        "f1_samples": float(by_sample["f1"].mean()),
        "f1_harmonic": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "jaccard": float(by_sample["jaccard"].mean()),
    }


def object_scores_by_sample(det: Any, gt: Any) -> SampleObjectScores:
    """Precision, recall, F1 and Jaccard (n,) of each image, from booleans (n, classes).

    As published: without a detection precision is 0, without a true object recall is 0, without any in common F1
    is 0, so two empty sets have all three at 0 and Jaccard at 1. The order of images or classes changes nothing; no
    image gives empty arrays. Other shapes, no class, NaN or numbers besides 0 and 1 are a `DataError`.
    """
    det, gt = label_sets(det, gt)
    common, detected, true = (count(present) for present in (det & gt, det, gt))
    union = detected + true - common
    return {
        "precision": share(common, detected, of_none=0),
        "recall": share(common, true, of_none=0),
        "f1": share(2 * common, detected + true, of_none=0),
        "jaccard": share(common, union, of_none=1),
    }


def probability_cosine(det_probs: Any, gt_probs: Any) -> Floats:
    """Cosine (n,) between the detector's class probabilities (n, classes) for an image and for the true image.

    ``<p, q> / (|p| |q|)``, the "cosine similarity" of the published code (which names the probabilities logits), in
    [0, 1], higher is better; in float64 where the published is float32. Zero probability of every class has no
    direction: nan. Other shapes, no class, NaN and values outside [0, 1] (logits, percent) are a `DataError`.
    """
    det_probs, gt_probs = (
        floats(probs, name, "images", "classes")
        for probs, name in ((det_probs, "det_probs"), (gt_probs, "gt_probs"))
    )
    _same_classes(det_probs=det_probs, gt_probs=gt_probs)
    for name, probs in (("det_probs", det_probs), ("gt_probs", gt_probs)):
        if ((probs < 0) | (probs > 1)).any():
            raise DataError(
                f"'{name}' holds no probabilities",
                f"its values span {probs.min():.4g} to {probs.max():.4g}",
                "Give the outputs of the sigmoid, from 0 to 1",
            )
    inner = np.einsum("nc,nc->n", _direction(det_probs), _direction(gt_probs))
    cosine: Floats = np.minimum(inner, 1)
    return cosine


def label_sets(det: Any, gt: Any) -> tuple[Booleans, Booleans]:
    """Detected and true sets as booleans of one shape (images, classes)."""
    det, gt = booleans(det, "det", "images", "classes"), booleans(gt, "gt", "images", "classes")
    _same_classes(det=det, gt=gt)
    return det, gt


def count(present: Booleans) -> Floats:
    """Size of each set (n,)."""
    sizes: Floats = np.count_nonzero(present, axis=1).astype(np.float64)
    return sizes


def share(part: Floats, whole: Floats, of_none: float) -> Floats:
    """``part / whole``, and ``of_none`` where the whole is 0."""
    result: Floats = np.full(whole.shape, float(of_none))
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def _same_classes(**arrays: Floats | Booleans) -> None:
    same_length(**arrays)
    classes = {name: array.shape[1] for name, array in arrays.items()}
    if len(set(classes.values())) > 1 or 0 in classes.values():
        said = ", ".join(f"{name} {number}" for name, number in classes.items())
        raise DataError("Both need the same classes, one or more", f"their numbers of classes: {said}")


def _direction(probs: Floats) -> Floats:
    """Rows of length 1; nan for rows of zeros."""
    largest = probs.max(axis=1, keepdims=True)
    # by the largest first: squares of tiny probabilities would underflow
    scaled = np.divide(probs, largest, out=np.full_like(probs, np.nan), where=largest > 0)
    direction: Floats = scaled / np.sqrt(np.einsum("nc,nc->n", scaled, scaled))[:, None]
    return direction
