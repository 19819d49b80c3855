"""Edits, placebos and features of COCO's images, one image a unit of work: made once, kept whole, gone on with.

An image's own random generator hangs on the seed and its id alone, so that neither order nor interruption changes it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pictures

from cfbench.datasets.coco_cf.editing import packing
from cfbench.datasets.coco_cf.editing.inpainting import fill
from cfbench.datasets.coco_cf.editing.planning import Edit, edit_of, edits_of, placebo_of, scaled
from cfbench.errors import DataError, UsageError
from cfbench.files import (
    canonical_json,
    encode_png,
    read_image,
    read_json,
    sha256_hex,
    write_bytes,
    write_text,
)
from cfbench.files.npz import ArraySpec, npz_bytes, read_npz
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from cfbench.datasets.coco_cf.editing.annotations import Annotations, BoxedImage
    from cfbench.datasets.coco_cf.editing.backbones import Backbone
    from cfbench.datasets.coco_cf.editing.inpainting import Inpainter
    from cfbench.reporter import Reporter
    from cfbench.tasks.base import Image

SEED = 20200427
MAX_PIXELS = 8192 * 8192
FORMATS = (".png", ".jpg", ".jpeg")
_RULES = 1  # changes whenever an answer of planning or the handling of pixels could

_ONE = {
    "features": ArraySpec("f", ("n", "width")),
    "labels": ArraySpec("u", ("n", "classes")),
    "weak": ArraySpec("u", ("n", "classes")),
    "removed_class": ArraySpec("i", ("n",)),
    "is_placebo": ArraySpec("b", ("n",)),
    "area_removed": ArraySpec("f", ("n",)),
    "n_boxes_removed": ArraySpec("i", ("n",)),
}


@dataclass(frozen=True)
class Choices:
    """What a set is made by, beside its images. ``size`` is the longest side in pixels after making smaller."""

    per_image: int = 3
    placebo: bool = True
    size: int = 320
    seed: int = SEED
    pictures: bool = True  # whether edited pictures are kept, too


@dataclass(frozen=True)
class Maker:
    """Makes one image's rows. ``edited`` is a folder of pictures that others have edited, used instead of filling."""

    images: Path
    annotations: Annotations
    out: Path
    choices: Choices
    backbone: Backbone
    inpainter: Inpainter | None
    edited: Path | None = None

    def make(self, reporter: Reporter, limit: int | None = None) -> dict[str, Any]:
        """All rows and then the set's files; what it came to. DataError where no image is there."""
        there = [one for one in self.annotations.images if (self.images / one.file).is_file()]
        if not there:
            why = f"none of the {len(self.annotations.images):,} annotated images lies in it"
            raise DataError(f"Cannot use {self.images}", why, "Name the folder that holds COCO's images")
        absent = len(self.annotations.images) - len(there)
        if absent:
            reporter.line(
                f"{absent:,} of {len(self.annotations.images):,} annotated images are not in {self.images}."
            )
        there = there[:limit]
        self._settle()
        rows = []
        with reporter.track("edit-coco", len(there)) as advance:
            for one in there:
                rows.append((one.id, self._rows(one)))
                advance(1)
        return packing.pack(self.out, rows, self.annotations.classes, self.choices.seed, self._made_by())

    def _made_by(self) -> dict[str, Any]:
        boxes = [
            [one.id, one.file, [list(asdict(box).values()) for box in one.boxes]]
            for one in self.annotations.images
        ]
        return {
            "rules": _RULES,
            "backbone": self.backbone.identity,
            "inpainter": None if self.inpainter is None else self.inpainter.identity,
            "edited_by_others": self.edited is not None,
            "annotations": sha256_hex(canonical_json([boxes, list(self.annotations.classes)])),
            **asdict(self.choices),
        }

    def _settle(self) -> None:
        """Write down what the rows are made by, or hold it against what those that are there were made by."""
        plan, wanted = self.out / "work" / "plan.json", self._made_by()
        if not plan.is_file():
            write_text(plan, canonical_json(wanted).decode())
            return
        found = read_json(plan, max_bytes=1024 * 1024)
        if found != wanted:
            known = found if isinstance(found, dict) else {}
            other = [name for name, value in wanted.items() if known.get(name) != value]
            why = f"what lies there was begun with another {', '.join(other) or 'plan'}"
            raise UsageError(
                f"Cannot go on in {self.out}", why, "Choose another --out, or delete that folder"
            )

    def _rows(self, one: BoxedImage) -> dict[str, npt.NDArray[Any]]:
        path = self.out / "work" / f"{one.id:012d}.npz"
        if path.is_file():
            return read_npz(path, _ONE, what="file of edit-coco")
        rows = self._made(one)
        write_bytes(path, npz_bytes(rows))
        return rows

    def _made(self, one: BoxedImage) -> dict[str, npt.NDArray[Any]]:
        image, across, down = self._read(self.images / one.file)
        height, width = image.shape[:2]
        boxes = scaled(one.boxes, across, down)
        random = generator(self.choices.seed, "edit-coco", one.id)
        labels = np.zeros(len(self.annotations.classes), np.uint8)
        labels[[box.label for box in boxes]] = 1
        pictures: list[Image] = [image]
        rows: list[Mapping[str, Any]] = [_row(labels)]
        if self.edited is None:
            edits = edits_of(boxes, height, width, self.choices.per_image, random)
            pictures += [self._filled(image, edit) for edit in edits]
        else:
            edits, given = self._given(one, boxes, image)
            pictures += given
        rows += [_row(labels, edit) for edit in edits]
        if self.choices.placebo and self.inpainter is not None and edits:
            hole = placebo_of(boxes, height, width, edits[0].area, random)
            if hole is not None:
                pictures.append(fill(self.inpainter, image, hole))
                rows.append({**_row(labels), "is_placebo": True, "area_removed": hole.mean()})
        if self.choices.pictures:
            self._keep(one, [edit.removed for edit in edits], pictures[1:])
        features = np.stack([self.backbone.features(picture) for picture in pictures])
        return {"features": features} | {
            name: np.array([row[name] for row in rows], kind)
            for name, kind in (
                ("labels", np.uint8),
                ("weak", np.uint8),
                ("removed_class", np.int16),
                ("is_placebo", np.bool_),
                ("area_removed", np.float32),
                ("n_boxes_removed", np.int32),
            )
        }

    def _read(self, path: Path) -> tuple[Image, float, float]:
        """The picture made smaller, by averaging areas, and how much so across and down."""
        picture = Pictures.fromarray(read_image(path, max_pixels=MAX_PIXELS))
        factor = min(1.0, self.choices.size / max(picture.size))
        size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
        small = np.asarray(picture.resize(size, Pictures.Resampling.BOX))
        return small, size[0] / picture.width, size[1] / picture.height

    def _filled(self, image: Image, edit: Edit) -> Image:
        if self.inpainter is None:
            raise UsageError("Edits need an inpainter, or a folder of edited images")
        return fill(self.inpainter, image, edit.mask)

    def _given(self, one: BoxedImage, boxes: list[Any], image: Image) -> tuple[list[Edit], list[Image]]:
        """The edits of others, named ``<image>_<category, 12 digits>`` as Agarwal et al. do, at the image's size."""
        edits, pictures = [], []
        height, width = image.shape[:2]
        for label in sorted({box.label for box in boxes}):
            path = self._other(one, label)
            if path is not None:
                picture = Pictures.fromarray(read_image(path, max_pixels=MAX_PIXELS))
                pictures.append(np.asarray(picture.resize((width, height), Pictures.Resampling.BOX)))
                edits.append(edit_of(boxes, label, height, width))
        return edits[: self.choices.per_image], pictures[: self.choices.per_image]

    def _other(self, one: BoxedImage, label: int) -> Path | None:
        if self.edited is None:
            return None
        name = self._name(one, label)
        return next((path for kind in FORMATS if (path := self.edited / f"{name}{kind}").is_file()), None)

    def _name(self, one: BoxedImage, label: int) -> str:
        return f"{one.file.rpartition('.')[0]}_{self.annotations.categories[label]:012d}"

    def _keep(self, one: BoxedImage, removed: list[int], pictures: list[Image]) -> None:
        names = [f"edited/{self._name(one, label)}" for label in removed]
        names += [f"placebo/{one.file.rpartition('.')[0]}"] if len(pictures) > len(names) else []
        for name, picture in zip(names, pictures, strict=True):
            write_bytes(self.out / f"{name}.png", encode_png(picture))


def _row(labels: npt.NDArray[np.uint8], edit: Edit | None = None) -> dict[str, Any]:
    left, weak = labels.copy(), np.zeros_like(labels)
    if edit is not None:
        left[list(edit.gone)] = 0
        weak[list(edit.weak)] = 1
    return {
        "labels": left,
        "weak": weak,
        "removed_class": -1 if edit is None else edit.removed,
        "is_placebo": False,
        "area_removed": 0.0 if edit is None else edit.area,
        "n_boxes_removed": 0 if edit is None else edit.boxes,
    }
