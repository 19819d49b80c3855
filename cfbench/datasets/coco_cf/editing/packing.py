"""All images' rows as the files of ``coco-cf``: split by image, hard edits flagged, digests of nothing but content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.datasets.coco_cf import layout
from cfbench.datasets.paired import SPLITS
from cfbench.datasets.paired_images import labels_of
from cfbench.errors import DataError
from cfbench.files import write_bytes, write_text
from cfbench.files.npz import npz_bytes
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

VAL, TEST = 300 / 2872, 672 / 2872
"""The shares of the images in val and test, as in the real ``coco-cf``."""
LEAST = 3
_HALF = float(np.finfo(np.float16).max)
Arrays = dict[str, "npt.NDArray[Any]"]


def pack(
    out: Path,
    rows: Sequence[tuple[int, Mapping[str, npt.NDArray[Any]]]],
    classes: Sequence[str],
    seed: int,
    made_by: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the files; how many rows of each kind each split came to."""
    if len(rows) < LEAST:
        raise DataError(
            "Too few images for a data set", f"{len(rows)}; at least {LEAST} make train, val and test"
        )
    places = dict(zip(SPLITS, _split(len(rows), seed), strict=True))
    halves = all(np.abs(one["features"]).max(initial=0.0) <= _HALF for _, one in rows)
    made = {split: _rows_of([rows[at] for at in places[split]], halves=halves) for split in SPLITS}
    seen = {labels_of(row) for row in made["train"][0]["labels"]}
    counts: dict[str, Any] = {}
    for split, (arrays, placebos) in made.items():
        known = np.array([labels_of(row) in seen for row in arrays["labels"]])
        arrays |= {"hard": arrays["is_edited"] & ~known, "labelset_seen_in_train": known}
        write_bytes(layout.rows_file(out, split), npz_bytes(arrays))
        if split in layout.WITH_PLACEBOS:
            write_bytes(layout.placebo_file(out, split), npz_bytes(placebos))
        edited = int(arrays["is_edited"].sum())
        counts[split] = {
            "original": len(known) - edited,
            "edited": edited,
            "hard": int(arrays["hard"].sum()),
            "placebo": len(placebos["labels"]) if split in layout.WITH_PLACEBOS else 0,
        }
    write_text(out / layout.CLASSES, json.dumps({"classes": list(classes)}, indent=1) + "\n")
    summary = {"counts": counts, "made_by": dict(made_by)}
    write_text(out / "made.json", json.dumps(summary, indent=1) + "\n")
    return summary


def _split(count: int, seed: int) -> tuple[list[int], list[int], list[int]]:
    """Positions of the images of each split, rising; no split is empty."""
    order = generator(seed, "edit-coco", "split").permutation(count).tolist()
    val, test = max(1, round(count * VAL)), max(1, round(count * TEST))
    return sorted(order[val + test :]), sorted(order[:val]), sorted(order[val : val + test])


def _rows_of(
    images: Sequence[tuple[int, Mapping[str, npt.NDArray[Any]]]], *, halves: bool
) -> tuple[Arrays, Arrays]:
    """Originals and edits, and placebos."""
    kept: dict[str, list[Any]] = {
        name: [] for name in ("pair_index", "image_id", "original_index", "placebo_id")
    }
    parts: dict[str, list[npt.NDArray[Any]]] = {}
    start = 0
    for identity, one in images:
        placebo = one["is_placebo"]
        for name in ("features", "labels", "weak", "removed_class", "area_removed", "n_boxes_removed"):
            parts.setdefault(name, []).append(one[name][~placebo])
            parts.setdefault(f"placebo_{name}", []).append(one[name][placebo])
        count = int((~placebo).sum())
        kept["pair_index"] += [start] * count
        kept["image_id"] += [identity] * count
        kept["original_index"] += [start] * int(placebo.sum())
        kept["placebo_id"] += [identity] * int(placebo.sum())
        start += count
    whole = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    kind = np.float16 if halves else np.float32
    rows = {
        "features": whole["features"].astype(kind),
        "labels": whole["labels"],
        "weak": whole["weak"],
        "image_id": np.array(kept["image_id"], np.int32),
        "is_edited": whole["removed_class"] >= 0,
        "removed_class": whole["removed_class"],
        "pair_index": np.array(kept["pair_index"], np.int32),
        "area_removed": whole["area_removed"],
        "n_boxes_removed": whole["n_boxes_removed"],
    }
    placebos = {
        "features": whole["placebo_features"].astype(kind),
        "labels": whole["placebo_labels"],
        "image_id": np.array(kept["placebo_id"], np.int32),
        "original_index": np.array(kept["original_index"], np.int32),
        "area_removed": whole["placebo_area_removed"],
    }
    return rows, placebos
