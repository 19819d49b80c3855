"""The true images of a split, drawn once and kept as one array on disk, and what is in each of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from cfbench.errors import CfbenchError, DataError
from cfbench.files import canonical_json, read_json, sha256_hex, write_bytes, writing
from cfbench_detectors.images import check_images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cfbench.datasets.edit import EditSplit
    from cfbench.reporter import Reporter
    from cfbench.tasks.edit import Image

COORDINATES = 3
_FITTING = "box@1"
"""Changes whenever a pixel of a fitted image could."""
_LARGEST_RECORD = 1024 * 1024


def fitted(image: Image, side: int, *, enlarges: bool = False) -> Image:
    """A square of ``side`` pixels, each the mean of the area that it covers, within 1.

    An image of that size comes back as it is. Aspect is not kept. A smaller image is a DataError: what a network
    learned to see at ``side`` pixels is not in it. With ``enlarges`` it is taken, and bilinear between its pixels.
    """
    check_images([image], at_least=1 if enlarges else side)
    if image.shape[:2] == (side, side):
        return image
    smaller = min(image.shape[:2]) < side
    way = Pillow.Resampling.BILINEAR if smaller else Pillow.Resampling.BOX
    return np.asarray(Pillow.fromarray(image).resize((side, side), way))


@dataclass(frozen=True)
class Pictures:
    """Every turn's image of a split, in order, with its objects."""

    images: npt.NDArray[np.uint8]
    """(n, side, side, 3), on disk."""
    present: npt.NDArray[np.bool_]
    """(n, classes)."""
    places: npt.NDArray[np.float32]
    """(n, classes, coordinates): x, y and depth as the data set's placements have them, 0 where absent."""
    final: npt.NDArray[np.bool_]
    """(n,): whether the image is its sample's last."""

    def __len__(self) -> int:
        return len(self.images)


def open_pictures(
    split: EditSplit, side: int, coordinates: int, folder: Path, reporter: Reporter
) -> Pictures:
    """The pictures of a split; drawn and kept below ``folder`` where they are not there yet.

    What is kept is named by all that its pixels depend on, is whole or absent, and is checked by its digest.
    """
    turns = sum(len(record.objects) for record in split.records)
    shape = (turns, side, side, 3)
    key = {
        "kind": "pictures",
        "samples": split.fingerprint(),
        "rendering": split.rendering,
        "side": side,
        "fitting": _FITTING,
    }
    name = sha256_hex(canonical_json(key))
    path = folder / "pictures" / name[:2] / f"{name}.rgb"
    if not _kept(path, key, shape):
        _draw(split, side, path, key, reporter)
    images = np.memmap(path, np.uint8, "c", shape=shape)
    return Pictures(images, *objects_of(split, coordinates))


def _record(path: Path) -> Path:
    return path.with_suffix(".json")


def _kept(path: Path, key: Mapping[str, Any], shape: Sequence[int]) -> bool:
    """Whether an earlier drawing is there and can be trusted."""
    if not path.is_file() or path.stat().st_size != int(np.prod(shape)):
        return False
    try:
        record = read_json(_record(path), max_bytes=_LARGEST_RECORD)
    except CfbenchError:
        return False
    return bool(record == {"key": dict(key), "sha256": sha256_hex(path)})


def _draw(split: EditSplit, side: int, path: Path, key: Mapping[str, Any], reporter: Reporter) -> None:
    digest = hashlib.sha256()
    turns = sum(len(record.objects) for record in split.records)
    with reporter.track(f"pictures of {split.name}", turns) as advance, writing(path) as handle:
        for image in _frames(split):
            data = np.ascontiguousarray(fitted(image, side)).tobytes()
            digest.update(data)
            handle.write(data)
            advance(1)
    write_bytes(_record(path), canonical_json({"key": dict(key), "sha256": digest.hexdigest()}))


def _frames(split: EditSplit) -> Iterator[Image]:
    for index, record in enumerate(split.records):
        frames = split.frames(index)
        if len(frames) != len(record.objects):
            why = f"it has {len(frames)} images and {len(record.objects)} turns"
            raise DataError(f"Sample '{record.id}' cannot be learned from", why)
        yield from frames


def objects_of(
    split: EditSplit, coordinates: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Which classes are in every turn's image, where, and which images are final; as in :class:`Pictures`."""
    lengths = [len(record.objects) for record in split.records]
    present = np.zeros((sum(lengths), len(split.painter.classes)), np.bool_)
    places = np.zeros((*present.shape, COORDINATES), np.float32)
    turns = (objects for record in split.records for objects in record.objects)
    for at, objects in enumerate(turns):
        for place in objects:
            present[at, place.label] = True
            places[at, place.label] = place.x, place.y, place.depth
    final = np.zeros(len(present), np.bool_)
    final[np.cumsum(lengths) - 1] = True
    return present, np.ascontiguousarray(places[..., :coordinates]), final
