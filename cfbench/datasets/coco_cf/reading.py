"""The files of ``coco-cf``, checked row by row: what cannot be is a ``DataError`` that names file, array and row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.datasets.coco_cf import layout
from cfbench.datasets.paired_images import labels_of
from cfbench.errors import DataError
from cfbench.files import read_json
from cfbench.files.npz import ArraySpec, read_npz, read_npz_shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from cfbench.datasets.paired_images import Labels

_WHAT = "file of coco-cf"
_FIX = "Get or make the file again; 'cfbench data edit-coco --help' says how"
MAX_CLASSES = 10_000
MAX_CLASSES_BYTES = 1024 * 1024
Arrays = dict[str, "npt.NDArray[Any]"]


@dataclass(frozen=True)
class Rows:
    """The originals and edits of a split, and its placebos: sound, and of the same classes."""

    path: Path
    arrays: Arrays
    placebos: Arrays

    def labels(self, *, weak: bool) -> npt.NDArray[np.bool_]:
        """The labels; without ``weak`` those of which little is left to see count as absent."""
        return _labels(self.arrays, weak=weak)

    def digest(self) -> str:
        """SHA-256 over all features."""
        digest = hashlib.sha256()
        for arrays in (self.arrays, self.placebos):
            if arrays:
                digest.update(np.ascontiguousarray(arrays["features"]).tobytes())
        return digest.hexdigest()


def read_classes(folder: Path) -> tuple[str, ...]:
    """The names of the classes, in the order of the labels."""
    path = folder / layout.CLASSES
    value = read_json(path, max_bytes=MAX_CLASSES_BYTES)
    names: Any = value.get("classes") if isinstance(value, dict) else value
    sound = isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names)
    if not sound or not 0 < len(names) <= MAX_CLASSES:
        raise DataError(f"Cannot use {path}", f"'classes' is no list of 1 to {MAX_CLASSES:,} names", _FIX)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"Cannot use {path}", f"the class '{twice}' is there twice", _FIX)
    return tuple(names)


def read_rows(folder: Path, split: str, classes: int) -> Rows:
    """All arrays of a split."""
    path = layout.rows_file(folder, split)
    arrays = read_npz(path, _of(layout.ROWS, classes), what=_WHAT)
    _check_rows(path, arrays, classes)
    placebos: Arrays = {}
    if split in layout.WITH_PLACEBOS:
        place = layout.placebo_file(folder, split)
        placebos = read_npz(place, _of(layout.PLACEBOS, classes), what=_WHAT)
        _check_placebos(place, placebos, arrays)
    return Rows(path, arrays, placebos)


@dataclass(frozen=True)
class Seen:
    """What is known of the training images without their features."""

    labels: set[Labels]
    images: set[int]
    width: int


def read_seen(folder: Path, classes: int, *, weak: bool) -> Seen:
    """The sets of labels and the ids of all training images, and the width of their features."""
    path = layout.rows_file(folder, "train")
    arrays = read_npz(path, _of(layout.LABELS, classes), what=_WHAT)
    _check_rows(path, arrays, classes)
    labels = {labels_of(row) for row in np.unique(_labels(arrays, weak=weak), axis=0)}
    return Seen(labels, set(arrays["image_id"].tolist()), read_npz_shape(path, "features", what=_WHAT)[-1])


def refuse_width(path: Path, width: int, wanted: int, of: str) -> None:
    """DataError unless features are as wide as others."""
    if width != wanted:
        why = f"{width:,} numbers an image, and those of {of} have {wanted:,}"
        raise DataError(f"Cannot use {path}, array 'features'", why, _FIX)


def fault(path: Path, array: str, row: int, why: str) -> DataError:
    """The error for a row that cannot be; rows count from 0, as in the file."""
    return DataError(f"Cannot use {path}, array '{array}', row {row}", why, _FIX)


def _of(specs: Mapping[str, ArraySpec], classes: int) -> dict[str, ArraySpec]:
    """The same of a known number of classes."""
    return {
        name: ArraySpec(
            spec.kinds, tuple(classes if axis == "classes" else axis for axis in spec.axes), spec.optional
        )
        for name, spec in specs.items()
    }


def _labels(arrays: Arrays, *, weak: bool) -> npt.NDArray[np.bool_]:
    labels = arrays["labels"].astype(np.bool_)
    return labels if weak or "weak" not in arrays else labels & ~arrays["weak"].astype(np.bool_)


def _first(wrong: npt.NDArray[np.bool_]) -> int | None:
    """The first row with anything wrong."""
    rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    return int(rows[0]) if rows.size else None


def _refuse(path: Path, array: str, wrong: npt.NDArray[np.bool_], why: str) -> None:
    row = _first(wrong)
    if row is not None:
        raise fault(path, array, row, why)


def _check_rows(path: Path, arrays: Arrays, classes: int) -> None:
    count = len(arrays["labels"])
    if not count:
        raise DataError(f"Cannot use {path}", "it holds no image", _FIX)
    if not arrays.get("features", arrays["labels"]).shape[1]:
        raise DataError(f"Cannot use {path}, array 'features'", "no numbers at all", _FIX)
    for name in ("labels", "weak", "is_edited", "hard"):
        if name in arrays:
            _refuse(path, name, arrays[name] > 1, "neither 0 nor 1")
    edited, own = arrays["is_edited"].astype(np.bool_), np.arange(count)
    pairs, removed = arrays["pair_index"].astype(np.int64), arrays["removed_class"].astype(np.int64)
    _refuse(path, "pair_index", ~edited & (pairs != own), "an original's pair is its own row")
    starts = np.maximum.accumulate(np.where(edited, -1, own))
    _refuse(path, "pair_index", edited & (pairs != starts), "an edit stands behind its own original")
    _refuse(path, "removed_class", ~edited & (removed != -1), "an original lost no class, which is -1")
    _refuse(
        path, "removed_class", edited & ((removed < 0) | (removed >= classes)), "no class of classes.json"
    )
    identities = arrays["image_id"].astype(np.int64)
    _refuse(path, "image_id", identities != identities[pairs], "not the image of its original")
    _refuse(path, "image_id", _seen_before(identities, ~edited), "the image is there twice")
    _refuse(path, "removed_class", _seen_before(pairs * classes + removed, edited), "the same edit twice")
    labels = arrays["labels"].astype(np.bool_)
    _refuse(path, "labels", labels & ~labels[pairs], "a label that its original has not")
    taken = np.where(edited, removed, 0)
    _refuse(path, "labels", edited & labels[own, taken], "the class that was taken out is still there")
    _refuse(
        path, "removed_class", edited & ~labels[pairs, taken], "its original has not the class that was taken"
    )


def _seen_before(values: npt.NDArray[np.int64], where: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The rows among ``where`` whose value stands in an earlier one of them."""
    rows = np.flatnonzero(where)
    again = np.ones(len(rows), np.bool_)
    again[np.unique(values[rows], return_index=True)[1]] = False
    found = np.zeros(len(values), np.bool_)
    found[rows[again]] = True
    return found


def _check_placebos(path: Path, placebos: Arrays, arrays: Arrays) -> None:
    refuse_width(path, placebos["features"].shape[1], arrays["features"].shape[1], "the split")
    if not len(placebos["original_index"]):
        return
    _refuse(path, "labels", placebos["labels"] > 1, "neither 0 nor 1")
    places = placebos["original_index"].astype(np.int64)
    edited = arrays["is_edited"].astype(np.bool_)
    outside = (places < 0) | (places >= len(edited))
    _refuse(path, "original_index", outside, "no row of the split")
    _refuse(path, "original_index", edited[places], "the row of an edit, not of an original")
    _refuse(path, "original_index", _seen_before(places, ~outside), "a second placebo of one original")
    _refuse(
        path, "image_id", placebos["image_id"] != arrays["image_id"][places], "not the image of its original"
    )
    _refuse(path, "labels", placebos["labels"] != arrays["labels"][places], "not the labels of its original")
