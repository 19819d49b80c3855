"""Where the files of VQA-CP lie, and which of them are missing.

Below ``<data root>/vqa-cp``: questions and annotations as released, ``features/`` with a file for each image, and
people's attention as the maps of VQA-HAT (``vqahat_train/``, ``vqahat_val/``) or as ``attention.json``.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cfbench.errors import DataError
from cfbench.files import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME = "vqa-cp"
EDITIONS = ("v1", "v2")
SPLITS = ("train", "test")
"""What is released; ``val`` is held out from ``train``."""
PACKED = ("", ".gz")
INDEX = "features/index.json"
ATTENTION = "attention.json"
MAPS = ("vqahat_train", "vqahat_val")
MAP = re.compile(r"(\d{1,15})_\d{1,3}\.png", re.ASCII)
MAX_INDEX_BYTES = 64 * 1024 * 1024
MAX_DIMENSION = 65_536
_FOLDERS = ("", "annotations")

Part = Literal["questions", "annotations"]


def home(root: Path) -> Path:
    """The folder of the data set."""
    return root / HOME


def json_file(root: Path, edition: str, split: str, part: Part) -> Path:
    """Where a released file is, plain or packed, or would be."""
    name = f"vqacp_{edition}_{split}_{part}.json"
    places = [home(root) / folder / f"{name}{packed}" for folder in _FOLDERS for packed in PACKED]
    return next((place for place in places if place.is_file()), places[0])


def missing_of(root: Path, edition: str) -> list[str]:
    """The released files of an edition that are not there."""
    parts: tuple[Part, ...] = ("questions", "annotations")
    return [
        f"{HOME}/vqacp_{edition}_{split}_{part}.json"
        for split in SPLITS
        for part in parts
        if not json_file(root, edition, split, part).is_file()
    ]


def missing(root: Path) -> list[str]:
    """What is not there, as paths below ``root``; empty when one edition is whole, with features and attention."""
    absent = min((missing_of(root, edition) for edition in reversed(EDITIONS)), key=len)
    absent += _missing_features(root)
    maps = [f"{HOME}/{folder}/" for folder in MAPS if not (home(root) / folder).is_dir()]
    if maps and not (home(root) / ATTENTION).is_file():
        absent.append(f"{' and '.join(maps)} (or {HOME}/{ATTENTION})")
    return absent


def _missing_features(root: Path) -> list[str]:
    index = home(root) / INDEX
    if not index.is_file():
        return [f"{HOME}/{INDEX}"]
    try:
        images = feature_index(index).images
    except DataError as error:
        return [f"{HOME}/{INDEX} that can be read ({error})"]
    there = {name for name, _ in sizes(index.parent)}
    return [f"{HOME}/features/{image}.npz" for image in images if f"{image}.npz" not in there]


@dataclass(frozen=True)
class FeatureIndex:
    """What ``features/index.json`` says: how wide the features are, and the images that there are features of."""

    dimension: int
    images: tuple[str, ...]


def feature_index(path: Path) -> FeatureIndex:
    """The checked index."""
    value = read_json(path, max_bytes=MAX_INDEX_BYTES)
    images = value.get("images") if isinstance(value, dict) else None
    dimension = value.get("dimension") if isinstance(value, dict) else None
    if not isinstance(images, list) or not all(isinstance(one, str) and _is_name(one) for one in images):
        why = "it has no list 'images' of ids (texts of letters, digits, '_' and '-')"
    elif len(set(images)) != len(images):
        twice, _ = Counter(images).most_common(1)[0]
        why = f"the image {twice!r} is named twice"
    elif not isinstance(dimension, int) or isinstance(dimension, bool) or not 0 < dimension <= MAX_DIMENSION:
        why = "it has no whole number 'dimension', the width of the features"
    else:
        return FeatureIndex(dimension, tuple(images))
    raise DataError(f"Cannot use {path}", why, "Write the features and their index anew")


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[\w-]{1,64}", text, re.ASCII) is not None


def sizes(folder: Path) -> list[tuple[str, int]]:
    """The names of a folder's files with their bytes, by name; nothing where there is no folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted((each.name, each.stat().st_size) for each in entries if each.is_file())
    except OSError:
        return []


def maps(root: Path) -> dict[str, list[Path]]:
    """The attention maps of each question, by the question's id in VQA v1."""
    found: dict[str, list[Path]] = {}
    for path in _map_files(root):
        match = MAP.fullmatch(path.name)
        if match:
            found.setdefault(match[1], []).append(path)
    return found


def _map_files(root: Path) -> Iterator[Path]:
    for folder in MAPS:
        place = home(root) / folder
        yield from (place / name for name, _ in sizes(place))
