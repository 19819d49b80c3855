"""A small set of ``coco-cf``'s files: three classes, features of four numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = ["person", "traffic light", "dog"]
Arrays = dict[str, np.ndarray]


def rows(images: list[tuple[int, list[int], list[tuple[int, list[int]]]]]) -> Arrays:
    """Arrays of (image id, labels, [(removed class, labels)])."""
    found: dict[str, list[Any]] = {
        name: [] for name in ("labels", "image_id", "is_edited", "removed_class", "pair_index")
    }
    for image, labels, edits in images:
        start = len(found["labels"])
        for removed, row in [(-1, labels), *edits]:
            for name, value in zip(found, (row, image, removed >= 0, removed, start), strict=True):
                found[name].append(value)
    count = len(found["labels"])
    return {
        "features": np.arange(count * 4, dtype=np.float16).reshape(count, 4),
        "labels": np.array(found["labels"], np.uint8),
        "weak": np.zeros((count, len(CLASSES)), np.uint8),
        "image_id": np.array(found["image_id"], np.int32),
        "is_edited": np.array(found["is_edited"], np.bool_),
        "removed_class": np.array(found["removed_class"], np.int16),
        "pair_index": np.array(found["pair_index"], np.int32),
    }


def small_set() -> dict[str, Arrays]:
    """Arrays by file. Of the edits of ``test``, the second is hard: no training image has class 1 alone."""
    found = {
        "features_train": rows(
            [(1, [1, 1, 0], [(1, [1, 0, 0])]), (2, [1, 0, 1], [(0, [0, 0, 1])]), (3, [1, 0, 0], [])]
        ),
        "features_val": rows([(4, [1, 0, 1], [(0, [0, 0, 1])])]),
        "features_test": rows([(5, [1, 0, 0], []), (6, [1, 1, 0], [(1, [1, 0, 0]), (0, [0, 1, 0])])]),
    }
    found["features_val"]["hard"] = np.array([0, 0], np.bool_)
    found["features_test"]["hard"] = np.array([0, 0, 0, 1], np.bool_)
    for split, original in (("val", 0), ("test", 1)):
        of = found[f"features_{split}"]
        found[f"placebo_{split}"] = {
            "features": np.full((1, 4), 7, np.float16),
            "labels": of["labels"][[original]],
            "image_id": of["image_id"][[original]],
            "original_index": np.array([original], np.int32),
        }
    return found


def write_set(root: Path, files: dict[str, Arrays] | None = None) -> Path:
    """Put the files below a data root; their folder."""
    folder = root / "coco" / "coco_cf"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classes.json").write_text(json.dumps({"classes": CLASSES}))
    for name, arrays in (files or small_set()).items():
        np.savez_compressed(folder / f"{name}.npz", **arrays)
    return folder
