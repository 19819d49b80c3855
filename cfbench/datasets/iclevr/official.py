"""i-CLEVR as Microsoft released it, read from its raw layout."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cfbench.datasets.edit import SPLITS, EditDataset, EditRecord, base_of, share_of, size_option
from cfbench.datasets.iclevr import layout
from cfbench.datasets.iclevr.painting import PicturePainter
from cfbench.datasets.iclevr.sequences import CITATION, HELD_OUT, TURNS, cumulative
from cfbench.errors import DataError
from cfbench.files import read_bytes, read_json
from cfbench.worlds.blocks import COLORS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cfbench.options import Option

_MAX_FILE_BYTES = 1024 * 1024
_MEND = "Unpack i-CLEVR.rar again"


class IClevr(EditDataset):
    """Five turns a sequence; pictures squeezed to a square, as GeNeVA prepares them."""

    name: ClassVar[str] = "iclevr"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "i-CLEVR (GeNeVA): 6,000/2,000/2,000 five-turn sequences of rendered blocks"
    licence: ClassVar[str] = "terms of the GeNeVA download at Microsoft Research; not redistributed here"
    citation: ClassVar[str] = CITATION
    homepage: ClassVar[str] = "https://github.com/Maluuba/GeNeVA_datasets"
    splits: ClassVar[tuple[str, ...]] = SPLITS
    options: ClassVar[Mapping[str, Option]] = {"size": size_option(128, largest=512)}
    held_out: ClassVar[frozenset[int]] = HELD_OUT
    related_by: ClassVar[tuple[Literal["x"], Literal["y", "depth"]]] = ("x", "y")  # as published
    views: ClassVar[Mapping[str, str]] = {"explain": "iclevr-explain"}
    twin: ClassVar[str | None] = "iclevr-mini"
    manual: ClassVar[str] = (
        "Download GeNeVA-v1.zip from the page that https://github.com/Maluuba/GeNeVA_datasets names, unpack it and"
        " the i-CLEVR.rar in it, and put background.png, scenes/, images/ and text/ into <data root>/iclevr/"
        " (or leave them in <data root>/iclevr/GeNeVA-v1/raw-data/i-CLEVR/)."
    )
    counts: ClassVar[Mapping[str, int]] = {"train": 6000, "val": 2000, "test": 2000}

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """Every absent folder, scene count, text and picture."""
        return layout.missing(root, cls.counts)

    def painter(self) -> PicturePainter:
        """Reads the pictures at the chosen size."""
        return PicturePainter(int(self.chosen["size"]), layout.find_folder(self.context.root))

    def records(self, split: str, limit: int | None) -> Sequence[EditRecord]:
        """The first ``limit`` sequences by id, reading no more files than those need."""
        folder = layout.find_folder(self.context.root)
        names = layout.sequences(folder, base_of(split))
        if not names:
            why = f"{folder / 'scenes'} holds no CLEVR_{base_of(split)}_*.json"
            raise DataError(f"There is no split {split} of iclevr", why, _MEND)
        names = names[: share_of(split, len(names))]
        wanted = len(names) if limit is None else min(limit, len(names))
        kept: list[EditRecord] = []
        with self.context.reporter.track(f"{self.name} {split}", wanted) as advance:
            for name in names:
                if len(kept) == wanted:
                    break
                record = read_sequence(folder, name)
                if self.keep_record(split, record):
                    kept.append(record)
                    advance(1)
        return kept


def read_sequence(folder: Path, name: str) -> EditRecord:
    """The sequence called ``name``; every fault of its files is a ``DataError`` that names the file."""
    objects = _objects(folder / "scenes" / f"{name}.json")
    instructions = _instructions(folder / "text" / f"{name}.txt")
    scene = {"name": name, "objects": objects}
    return EditRecord(name.removeprefix("CLEVR_"), instructions, scene, cumulative(objects))


def _instructions(path: Path) -> tuple[str, ...]:
    data = read_bytes(path, max_bytes=_MAX_FILE_BYTES, what="i-CLEVR text")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"Cannot read {path}", f"it is not UTF-8 text (byte {error.start})", _MEND) from error
    lines = tuple(" ".join(line.split()) for line in text.rstrip().split("\n"))
    if len(lines) != TURNS or not all(lines):
        count = sum(1 for line in lines if line)
        raise DataError(f"Cannot use {path}", f"it holds {count} instructions, not {TURNS}", _MEND)
    return lines


def _objects(path: Path) -> list[dict[str, Any]]:
    scene = read_json(path, max_bytes=_MAX_FILE_BYTES)
    objects = scene.get("objects") if isinstance(scene, dict) else None
    if not isinstance(objects, list) or len(objects) != TURNS:
        raise DataError(f"Cannot use {path}", f"it is no scene with a list of {TURNS} objects", _MEND)
    return [_object(entry, f"{path}, object {number}") for number, entry in enumerate(objects, 1)]


def _object(entry: Any, place: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise DataError(f"Cannot use {place}", "it is not a JSON object", _MEND)
    checked: dict[str, Any] = {}
    for key, known in (("shape", SHAPES), ("color", COLORS)):
        value = entry.get(key)
        if value not in known:
            raise DataError(f"Cannot use {place}", f"{key} {value!r} is none of {', '.join(known)}", _MEND)
        checked[key] = value
    coordinates = entry.get("pixel_coords")
    if not (isinstance(coordinates, list) and len(coordinates) == 3 and all(map(_is_number, coordinates))):
        raise DataError(f"Cannot use {place}", "pixel_coords is not a list of three numbers", _MEND)
    return {**checked, "pixel_coords": coordinates}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
