"""The pictures of data sets of images in pairs, as far as they are here.

Of ``coco-cf`` only features are there, and a folder ``pairs`` with some photographs before and after an edit, whose
licences and pages ``pairs.csv`` has.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from cfbench.datasets import open_dataset
from cfbench.datasets.coco_cf import CocoCf, layout
from cfbench.datasets.paired_images import spelled
from cfbench.errors import DataError
from cfbench.files import encode_png, read_bytes, read_image
from cfbench.reporter import silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.datasets import Split
    from cfbench.reproduction import Workshop

SIDE = 352  # of generated pictures, in pixels
MOST_BYTES = 4 * 1024 * 1024
CREDITS = ("image_id", "license_name", "flickr_photo_page")


@dataclass(frozen=True)
class Pictures:
    """Pictures by the position of their samples: files, or a split that has them all."""

    split: Split[Any, Any]
    files: dict[int, Path] | None = None

    def __contains__(self, index: int) -> bool:
        return self.split.inputs(index).image is not None if self.files is None else index in self.files

    def data(self, index: int) -> bytes:
        """A PNG or a JPEG."""
        if self.files is None:
            return encode_png(self.split.inputs(index).image)
        data = read_bytes(self.files[index], max_bytes=MOST_BYTES, what="picture")
        read_image(data, what=str(self.files[index]))  # refuses what is no picture
        return data


def pictures_of(work: Workshop, split: Split[Any, Any]) -> Pictures:
    """Those of a test split; drawn larger than models see them, where the data set draws them itself."""
    data = work.dataset
    if isinstance(data, CocoCf):
        return Pictures(split, _pairs(data.context.root / layout.FOLDER / "pairs", split))
    if "size" not in data.options:
        return Pictures(split)
    larger = open_dataset(
        data.name,
        root=data.context.root,
        options={"size": str(SIDE)},
        reporter=silent,
        cache=data.context.cache,
    )
    return Pictures(larger.split(split.name, work.settings.limit))


def credits_of(work: Workshop, shown: Sequence[str]) -> list[str]:
    """Whose photographs are shown; nothing of pictures that were drawn."""
    data = work.dataset
    file = data.context.root / layout.FOLDER / "pairs.csv"
    if not isinstance(data, CocoCf) or not file.is_file():
        return []
    try:
        text = read_bytes(file, max_bytes=MOST_BYTES, what="table of photographs").decode("utf-8")
        rows = {
            int(row["image_id"]): f"{row['license_name']}, {row['flickr_photo_page']}"
            for row in csv.DictReader(StringIO(text, newline=""), strict=True)
        }
    except (UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        why = f"it is no table with the columns {', '.join(CREDITS)} ({error})"
        raise DataError(f"Cannot read {file}", why, "Get the file again, whole and unchanged") from error
    images = dict.fromkeys(int(sample.split("_")[1]) for sample in shown)
    return [
        f"photograph {image}: {rows[image]}, made smaller; edits of it fill the boxes of a class"
        for image in images
        if image in rows
    ]


def _pairs(folder: Path, split: Split[Any, Any]) -> dict[int, Path]:
    """``<image>_rm_<class>_before.jpg`` is an original, ``…_after.jpg`` its edit."""
    positions = {sample: index for index, sample in enumerate(split.ids)}
    found = {}
    for path in sorted(folder.glob("*_rm_*.jpg")) if folder.is_dir() else []:
        image, _, rest = path.stem.partition("_rm_")
        removed, _, which = rest.rpartition("_")
        role = {"before": "original", "after": f"without-{spelled(removed)}"}.get(which)
        index = positions.get(f"{split.name}_{image}_{role}")
        if index is not None:
            found[index] = path
    return found
