"""Objects and their relations, beside GeNeVA's released metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.metrics._geneva_legacy import two_sorts
from cfbench.metrics.functional import (
    edge_accuracy,
    object_scores,
    object_scores_by_sample,
    probability_cosine,
    relsim,
)

from .comparison import Source, Told, choices, first_commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .comparison import Vectors

INPUTS = ("det", "gt", "det_coords", "gt_coords", "det_probs", "gt_probs")
EXACT = 1e-12
FLOAT32 = 1e-6
MEANS = {
    "precision": "precision",
    "recall": "recall",
    "jaccard": "jaccard",
    "f1_samples": "f1_samples",
    "f1_harmonic": "f1_harmonic_of_means",
}
PAIRED = ("small", "iclevr_zero_padded")
MISPAIRED = {"codraw_test_all": 9, "codraw_val_all": 8}  # the last digit of the dialogues of a split


def told(vectors: Vectors) -> Told:
    """Scores of images and their means, then which files the published reader compares."""
    book = vectors.expected("relsim/cases")
    geneva = f"GeNeVA {first_commit(book['about'])}"
    for name, data in book["datasets"].items():
        yield from _scores(data, f"{geneva}, {name}")
    yield from _pairing(vectors.expected("relsim/pairing"), f"{geneva}'s folder reader")


def _scores(data: dict[str, Any], reference: str) -> Told:
    cases, means = data["cases"], data["aggregates"]["first_100"]
    det, gt, det_at, gt_at, det_p, gt_p = (np.array([case[key] for case in cases]) for key in INPUTS)
    each = object_scores_by_sample(det, gt)
    cosine, relation = probability_cosine(det_p, gt_p), relsim(det, gt, det_at, gt_at)
    by_image = {
        **{f"objects/{key}": (each[key], key, EXACT) for key in ("precision", "recall", "f1", "jaccard")},
        "objects/cosine": (cosine, "cosine", FLOAT32),
        "relsim/relsim": (relation, "relsim", EXACT),
        "relsim/edge_accuracy": (edge_accuracy(det, gt, det_at, gt_at), "edge_accuracy", EXACT),
    }
    for metric, (found, key, tolerance) in by_image.items():
        source = Source(f"{metric}, each image", "geneva", reference, tolerance)
        yield source.row(found, [case["out"][key] for case in cases])
    whole = dict(object_scores(det, gt))
    of_all = {
        **{f"objects/{ours}": (whole[ours], theirs, EXACT) for ours, theirs in MEANS.items()},
        "objects/cosine": (cosine.mean(), "cosine", FLOAT32),
        "relsim/relsim": (relation.mean(), "relsim", EXACT),
    }
    for metric, (mean, key, tolerance) in of_all.items():
        yield Source(f"{metric}, mean", "geneva", reference, tolerance).row(mean, means[key])


def _pairing(book: dict[str, Any], reference: str) -> Told:
    for name in PAIRED:
        wanted = book[name]["pairs_generated_vs_gt"]
        found = _pairs([image for image, _ in wanted])
        yield choices("objects, relsim: pairs", "geneva-legacy", f"{reference}, {name}", found, wanted)
    for name, digit in MISPAIRED.items():
        recorded = book[name]
        first = recorded["first_mismatches"]
        wrong = [pair for pair in _pairs([str(n) for n in range(digit, 10_020, 10)]) if pair[0] != pair[1]]
        yield choices(
            "objects, relsim: number of wrong pairs, and the first ones",
            "geneva-legacy",
            f"{reference}, {name}",
            [len(wrong), *wrong[: len(first)]],
            [recorded["mismatched"], *first],
        )


def _pairs(names: Sequence[str]) -> list[list[str]]:
    return [[names[image], names[truth]] for image, truth in zip(*two_sorts(names), strict=True)]
