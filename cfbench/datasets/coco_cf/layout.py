"""The files of ``coco-cf``: what they are called, and what their arrays hold. Written and read by these rules.

An image is a row: each original stands before its edits. ``features_<split>.npz`` holds these rows and
``placebo_<split>.npz`` the placebos of some originals (of ``val`` and ``test``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.files.npz import ArraySpec

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "coco/coco_cf"
CLASSES = "classes.json"
WITH_PLACEBOS = ("val", "test")

_ROWS, _CLASSES, _WIDTH = "n", "classes", "width"
_FLAG = "bu"
_WHOLE = "iu"

ROWS = {
    "features": ArraySpec("f", (_ROWS, _WIDTH)),
    "labels": ArraySpec(_FLAG, (_ROWS, _CLASSES)),
    "image_id": ArraySpec(_WHOLE, (_ROWS,)),
    "is_edited": ArraySpec(_FLAG, (_ROWS,)),
    "removed_class": ArraySpec("i", (_ROWS,)),  # -1 on originals
    "pair_index": ArraySpec(_WHOLE, (_ROWS,)),  # row of the original; its own on originals
    "weak": ArraySpec(_FLAG, (_ROWS, _CLASSES), optional=True),  # labels of which little is left to see
    "hard": ArraySpec(_FLAG, (_ROWS,), optional=True),
}
LABELS = {name: spec for name, spec in ROWS.items() if name not in {"features", "hard"}}
"""What of the rows is needed to know their labels."""
PLACEBOS = {
    "features": ArraySpec("f", (_ROWS, _WIDTH)),
    "labels": ArraySpec(_FLAG, (_ROWS, _CLASSES)),
    "image_id": ArraySpec(_WHOLE, (_ROWS,)),
    "original_index": ArraySpec(_WHOLE, (_ROWS,)),  # row of the original in the split's other file
}


def rows_file(folder: Path, split: str) -> Path:
    """The originals and edits of a split."""
    return folder / f"features_{split}.npz"


def placebo_file(folder: Path, split: str) -> Path:
    """The placebos of a split."""
    return folder / f"placebo_{split}.npz"


def files(splits: tuple[str, ...]) -> list[str]:
    """All files below the data root."""
    names = [CLASSES, *(f"features_{split}.npz" for split in splits)]
    return [f"{FOLDER}/{name}" for name in (*names, *(f"placebo_{split}.npz" for split in WITH_PLACEBOS))]
