"""From the table of bottom-up features, as Anderson et al. (2018) released it, to the files that ``vqa-cp`` reads."""

from __future__ import annotations

import base64
import binascii
import io
import re
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from cfbench.datasets.vqa_cp.layout import INDEX, MAX_DIMENSION
from cfbench.datasets.vqa_cp.regions import MAX_REGIONS
from cfbench.errors import DataError
from cfbench.files import canonical_json, open_regular, write_bytes
from cfbench.files.reading import human_size

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import numpy.typing as npt

MAX_LINE_BYTES = 64 * 1024 * 1024
COLUMNS = ("image_id", "image_w", "image_h", "num_boxes", "boxes", "features")
_NUMBER = re.compile(rb"\d{1,12}")


def unpack_bottom_up(table: Path, home: Path, images: Collection[str] | None = None) -> int:
    """Write ``features/<image id>.npz`` and their index below ``home``; how many images were written.

    ``table`` is a tab-separated file such as ``trainval_resnet101_faster_rcnn_genome_36.tsv``: a line an image with its
    id, width, height, number of boxes, and boxes and features as base64 of little-endian float32. It is read line by
    line. ``images``: write only these. Features are finite, and of one width.
    """
    written: dict[str, None] = {}
    width = 0
    with open_regular(table, what="feature table") as handle:
        number = 0
        while line := handle.readline(MAX_LINE_BYTES + 1):
            number += 1
            place = f"{table}, line {number}"
            if len(line) > MAX_LINE_BYTES:
                _refuse(place, f"it is longer than {human_size(MAX_LINE_BYTES)}")
            image, arrays = _row(place, line.rstrip(b"\r\n").split(b"\t"))
            width = width or arrays["features"].shape[1]
            if arrays["features"].shape[1] != width:
                _refuse(place, f"its features are {arrays['features'].shape[1]} wide, those before {width}")
            if images is not None and image not in images:
                continue
            if image in written:
                _refuse(place, f"the image {image} was there before")
            sink = io.BytesIO()
            np.savez(sink, allow_pickle=False, **arrays)
            write_bytes(home / "features" / f"{image}.npz", sink.getvalue())
            written[image] = None
    if not written:
        _refuse(str(table), "it holds none of the images")
    write_bytes(home / INDEX, canonical_json({"dimension": width, "images": list(written)}))
    return len(written)


def _row(place: str, fields: list[bytes]) -> tuple[str, dict[str, npt.NDArray[Any]]]:
    if len(fields) != len(COLUMNS):
        _refuse(place, f"it has {len(fields)} columns, not {len(COLUMNS)} ({', '.join(COLUMNS)})")
    image, width, height, count = (
        _number(place, name, field) for name, field in zip(COLUMNS[:4], fields[:4], strict=True)
    )
    if not 0 < count <= MAX_REGIONS:
        _refuse(place, f"it has {count:,} boxes, not 1 to {MAX_REGIONS:,}")
    if not width or not height:
        _refuse(place, "its image has no width or no height")
    boxes, features = (
        _floats(place, name, field, count) for name, field in zip(COLUMNS[4:], fields[4:], strict=True)
    )
    if boxes.shape[1] != 4:
        _refuse(place, f"its boxes have {boxes.shape[1]} numbers, not 4")
    return str(image), {"features": features, "boxes": boxes, "size": np.array([width, height], np.int64)}


def _number(place: str, name: str, field: bytes) -> int:
    if not _NUMBER.fullmatch(field):
        _refuse(place, f"its {name} is no whole number")
    return int(field)


def _floats(place: str, name: str, field: bytes, rows: int) -> npt.NDArray[np.float32]:
    try:
        data = base64.b64decode(field, validate=True)
    except binascii.Error:
        _refuse(place, f"its {name} are no base64")
    if not data or len(data) % (4 * rows) or len(data) > 4 * rows * MAX_DIMENSION:
        _refuse(place, f"its {name} are {len(data):,} bytes, no float32 for {rows} boxes")
    values = np.frombuffer(data, "<f4").reshape(rows, -1)
    if not np.isfinite(values).all():
        row = int(np.argwhere(~np.isfinite(values))[0][0])
        _refuse(place, f"its {name} hold a number that is not finite (box {row}, from 0)")
    return values


def _refuse(place: str, why: str) -> NoReturn:
    raise DataError(f"Cannot use {place}", why, "Get the table again")
