"""Boxes of COCO's images, from its own ``instances_*.json`` or from a list such as ``val2017.txt``.

A line of a list is ``path x1,y1,x2,y2,class …`` with classes counted from 0. Every fault is a ``DataError`` that names
the file and the line or annotation.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench.files import read_bytes, read_json

if TYPE_CHECKING:
    from pathlib import Path

MAX_JSON_BYTES = 2 * 1024**3
MAX_LIST_BYTES = 256 * 1024 * 1024
MAX_BOXES = 10_000
"""In one image."""
MAX_CLASSES = 10_000
MAX_SIDE = 100_000.0
MAX_ID = 2**31 - 1
_FIX = "Get COCO's annotations again"
_ID = re.compile(r"(\d{1,12})$", re.ASCII)
_BOX = re.compile(r"(-?\d{1,6}(?:\.\d{1,9})?),(-?\d{1,6}(?:\.\d{1,9})?),(-?\d{1,6}(?:\.\d{1,9})?),"
                  r"(-?\d{1,6}(?:\.\d{1,9})?),(\d{1,5})", re.ASCII)  # fmt: skip

# fmt: off
CLASSES = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)
"""COCO's 80 classes, which lists count from 0."""
CATEGORIES = tuple(
    number for number in range(1, 91) if number not in {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
)
"""The numbers that COCO's own files give these classes."""
# fmt: on


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the image, from ``left`` to before ``right``, and its class by position."""

    left: float
    top: float
    right: float
    bottom: float
    label: int


@dataclass(frozen=True)
class BoxedImage:
    """An image and everything that is marked in it."""

    id: int
    file: str  # the file's own name, without folders
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Annotations:
    """All images with at least one box, by id; the classes, and COCO's number of each."""

    images: tuple[BoxedImage, ...]
    classes: tuple[str, ...]
    categories: tuple[int, ...]


def read_annotations(path: Path) -> Annotations:
    """A file of either kind, told by its name: ``.json`` (or ``.json.gz``) is COCO's own."""
    if path.name.endswith((".json", ".json.gz")):
        return _from_json(path, read_json(path, max_bytes=MAX_JSON_BYTES))
    return _from_list(path)


def _from_list(path: Path) -> Annotations:
    data = read_bytes(path, max_bytes=MAX_LIST_BYTES, what="list of boxes")
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"Cannot use {path}", f"byte {error.start} is no UTF-8", _FIX) from None
    images: dict[int, BoxedImage] = {}
    for number, line in enumerate(lines, 1):
        place = f"{path}, line {number}"
        words = line.split()
        if not words:
            continue
        name = _file_name(words[0], place)
        identity = _ID.search(name.rpartition(".")[0])
        if identity is None or int(identity[1]) > MAX_ID:
            raise DataError(f"Cannot use {place}", f"'{name[:60]}' does not end in an image's number", _FIX)
        if len(words) > MAX_BOXES:
            raise DataError(f"Cannot use {place}", f"{len(words) - 1:,} boxes; at most {MAX_BOXES:,}", _FIX)
        boxes = tuple(_listed_box(word, place) for word in words[1:])
        if int(identity[1]) in images:
            raise DataError(f"Cannot use {place}", f"the image {int(identity[1])} is there twice", _FIX)
        if boxes:
            images[int(identity[1])] = BoxedImage(int(identity[1]), name, boxes)
    return _all(path, images, CLASSES, CATEGORIES)


def _listed_box(word: str, place: str) -> Box:
    found = _BOX.fullmatch(word)
    if found is None:
        raise DataError(f"Cannot use {place}", f"'{word[:60]}' is not x1,y1,x2,y2,class", _FIX)
    left, top, right, bottom = (float(found[at]) for at in range(1, 5))
    label = int(found[5])
    if label >= len(CLASSES):
        raise DataError(
            f"Cannot use {place}", f"there is no class {label}; they are 0 to {len(CLASSES) - 1}", _FIX
        )
    if right < left or bottom < top:
        raise DataError(f"Cannot use {place}", f"the box {word} ends before it begins", _FIX)
    return Box(left, top, right, bottom, label)


def _from_json(path: Path, value: Any) -> Annotations:
    parts = {name: _rows(path, value, name) for name in ("images", "annotations", "categories")}
    names = {
        _whole(row, "id", f"{path}, category {at}"): _text(row, "name", f"{path}, category {at}")
        for at, row in enumerate(parts["categories"])
    }
    if not 0 < len(names) <= MAX_CLASSES or len(set(names.values())) != len(parts["categories"]):
        raise DataError(f"Cannot use {path}", "its categories are none, too many, or there twice", _FIX)
    numbers = tuple(sorted(names))
    positions = {number: position for position, number in enumerate(numbers)}
    files: dict[int, str] = {}
    for at, row in enumerate(parts["images"]):
        place = f"{path}, image {at}"
        identity = _whole(row, "id", place)
        if identity in files:
            raise DataError(f"Cannot use {place}", f"the image {identity} is there twice", _FIX)
        files[identity] = _file_name(_text(row, "file_name", place), place)
    boxes: dict[int, list[Box]] = {}
    for at, row in enumerate(parts["annotations"]):
        place = f"{path}, annotation {at}"
        image, category = _whole(row, "image_id", place), _whole(row, "category_id", place)
        if image not in files:
            raise DataError(f"Cannot use {place}", f"there is no image {image}", _FIX)
        if category not in positions:
            raise DataError(f"Cannot use {place}", f"there is no category {category}", _FIX)
        held = boxes.setdefault(image, [])
        held.append(_json_box(row, positions[category], place))
        if len(held) > MAX_BOXES:
            raise DataError(f"Cannot use {place}", f"more than {MAX_BOXES:,} boxes in image {image}", _FIX)
    images = {
        identity: BoxedImage(identity, files[identity], tuple(held)) for identity, held in boxes.items()
    }
    return _all(path, images, tuple(names[number] for number in numbers), numbers)


def _all(
    path: Path, images: dict[int, BoxedImage], classes: tuple[str, ...], categories: tuple[int, ...]
) -> Annotations:
    if not images:
        raise DataError(f"Cannot use {path}", "no image in it has a box", _FIX)
    return Annotations(tuple(images[identity] for identity in sorted(images)), classes, categories)


def _rows(path: Path, value: Any, name: str) -> list[dict[str, Any]]:
    rows: Any = value.get(name) if isinstance(value, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"Cannot use {path}", f"'{name}' is no list of objects, as in COCO's instances", _FIX)
    return rows


def _whole(row: dict[str, Any], name: str, place: str) -> int:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
        raise DataError(
            f"Cannot use {place}", f"'{name}' is {str(value)[:40]!r}, no whole number from 0", _FIX
        )
    return value


def _text(row: dict[str, Any], name: str, place: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"Cannot use {place}", f"'{name}' is {str(value)[:40]!r}, no text", _FIX)
    return value


def _json_box(row: dict[str, Any], label: int, place: str) -> Box:
    value: Any = row.get("bbox")
    sound = (
        isinstance(value, list)
        and len(value) == 4
        and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in value)
        and all(math.isfinite(one) and abs(one) <= MAX_SIDE for one in value)
    )
    if not sound or value[2] < 0 or value[3] < 0:
        raise DataError(
            f"Cannot use {place}", f"'bbox' is {str(value)[:60]!r}, not x, y, width, height", _FIX
        )
    left, top, width, height = (float(one) for one in value)
    return Box(left, top, left + width, top + height, label)


def _file_name(text: str, place: str) -> str:
    """The last part alone, so that no path leads out of the folder of images."""
    name = PurePosixPath(text.replace("\\", "/")).name
    if name in {"", ".", ".."} or "\x00" in name or len(name) > 200:
        raise DataError(f"Cannot use {place}", f"{text[:60]!r} is no name of a file", _FIX)
    return name
