"""Editing data sets made of records: a scene and its instructions as JSON, drawn when asked for.

An editing data set gives :class:`EditDataset` its painter and its records; splits, caching of both
generated specifications and slow pictures, and fingerprints are done here.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np

from cfbench.datasets.base import Dataset, Split
from cfbench.files import canonical_json, decode_png, encode_png, parse_json, sha256_hex
from cfbench.options import Option
from cfbench.tasks.edit import EditInputs, EditTarget, Image, Placement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.cache import ContentCache

BLOCK = 250  # records that are generated and cached together
ZERO_SHOT = "train-zero-shot"
SPLITS = ("train", "train-50", "train-80", ZERO_SHOT, "val", "test")
"""``train-50`` and ``train-80`` are the first 50 and 80 % of the training ids, as SSCR takes its shares;
``train-zero-shot`` holds no record with an object of a class that is held out."""


def base_of(split: str) -> str:
    """The split that a named subset is taken from: ``train`` of ``train-50``."""
    return split.partition("-")[0]


def share_of(split: str, total: int) -> int:
    """How many of the first ``total`` records of its base a split is taken from."""
    share = split.partition("-")[2]
    return total * int(share) // 100 if share.isdecimal() else total


def size_option(default: int, largest: int) -> Option:
    """The option ``size`` of a data set that draws or resizes its images."""
    return Option(str(default), "width and height of the images in pixels", whole_numbers=(16, largest))


@dataclass(frozen=True)
class EditRecord:
    """A sample before it is drawn. ``scene`` is JSON that only the painter understands."""

    id: str
    instructions: tuple[str, ...]
    scene: Any
    objects: tuple[tuple[Placement, ...], ...]  # a turn's objects, in the order of their labels

    def to_json(self) -> list[Any]:
        """The record as a JSON value."""
        objects = [[[p.label, p.x, p.y, p.depth] for p in turn] for turn in self.objects]
        return [self.id, list(self.instructions), self.scene, objects]

    @classmethod
    def from_json(cls, value: Any) -> EditRecord:
        """The inverse of :meth:`to_json`."""
        name, instructions, scene, objects = value
        placements = tuple(tuple(Placement(*place) for place in turn) for turn in objects)
        return cls(name, tuple(instructions), scene, placements)


class Painter(Protocol):
    """Draws the scenes of one world. Picklable; every method is a pure function."""

    @property
    def size(self) -> int:
        """Width and height of the images."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the object classes, by label."""

    @property
    def identity(self) -> str:
        """Changes whenever a pixel of an image of ``size`` could: part of the keys of what depends on pixels."""

    @property
    def cache_pictures(self) -> bool:
        """Whether drawing is slow enough to keep the pictures."""

    def empty(self) -> Image:
        """The empty canvas that editing starts from."""

    def frames(self, scene: Any) -> Sequence[Image]:
        """The image after each turn of a record's scene."""

    def final(self, scene: Any) -> Image:
        """The image after the last turn."""

    def compose(self, placements: Sequence[Placement]) -> Image:
        """A picture of these objects, plain in everything that a placement leaves open."""


class EditSplit(Split[EditInputs, EditTarget]):
    """Samples drawn from records."""

    def __init__(
        self, name: str, records: Sequence[EditRecord], painter: Painter, cache: ContentCache | None
    ) -> None:
        """``cache`` keeps pictures where the painter wishes it."""
        self.name = name
        self.records = records
        self.ids = [record.id for record in records]
        self.painter = painter
        self.rendering = f"{painter.identity}|{painter.size}px"
        self._cache = cache if painter.cache_pictures else None

    def inputs(self, index: int, *, teacher_forced: bool = False) -> EditInputs:
        """The empty canvas and the instructions; nothing of the target unless teacher-forced."""
        record = self.records[index]
        start = self.painter.empty()
        previous = (start, *self.frames(index)[:-1]) if teacher_forced else None
        return EditInputs(record.id, start, record.instructions, previous)

    def target(self, index: int) -> EditTarget:
        """The true image and objects after each turn."""
        return EditTarget(tuple(self.frames(index)), self.records[index].objects)

    def final_image(self, index: int) -> Image:
        """The true image after the last turn."""
        return self.painter.final(self.records[index].scene)

    def specification(self, index: int) -> Any:
        """Instructions and scene."""
        record = self.records[index]
        return [list(record.instructions), record.scene]

    def frames(self, index: int) -> Sequence[Image]:
        """The true images, drawn once and kept where drawing is slow."""
        scene = self.records[index].scene
        if self._cache is None:
            return self.painter.frames(scene)
        key = {
            "kind": "frames",
            "painter": self.painter.identity,
            "size": self.painter.size,
            "scene": sha256_hex(canonical_json(scene)),
        }
        kept = self._cache.get(key)
        if kept is not None:
            strip = decode_png(kept)
            return list(strip.reshape(-1, self.painter.size, *strip.shape[1:]))
        frames = self.painter.frames(scene)
        self._cache.put(key, encode_png(np.concatenate(frames)))
        return frames


class EditDataset(Dataset):
    """An editing data set. Subclasses give the painter and the records of a split."""

    task: ClassVar[str] = "edit"
    held_out: ClassVar[frozenset[int]] = frozenset()  # labels that no record of ``train-zero-shot`` holds
    related_by: ClassVar[tuple[Literal["x"], Literal["y", "depth"]]] = ("x", "depth")
    """The coordinates of placements by which objects are left, right, behind or above of each other."""

    @abstractmethod
    def painter(self) -> Painter:
        """The painter under the chosen options."""

    @abstractmethod
    def records(self, split: str, limit: int | None) -> Sequence[EditRecord]:
        """The first ``limit`` records of a split."""

    def keep_record(self, split: str, record: EditRecord) -> bool:
        """Whether a split holds a record of its base; all but ``train-zero-shot`` hold every one."""
        return split != ZERO_SHOT or not any(
            place.label in self.held_out for turn in record.objects for place in turn
        )

    def open_split(self, name: str, limit: int | None) -> EditSplit:
        """The samples of a known split."""
        return EditSplit(name, self.records(name, limit), self.painter(), self.context.cache)


class EditTwin(EditDataset):
    """An embedded editing data set: records are pure functions of (seed, split, position).

    Generated in blocks with a progress bar, each block kept; a limit that ends inside a block makes
    only what it needs.
    """

    generated: ClassVar[dict[str, int]]  # split -> records; the splits that are generated
    generator_version: ClassVar[str]  # changes whenever any record could

    @abstractmethod
    def make_record(self, split: str, index: int) -> EditRecord:
        """One record of a generated split."""

    def parent(self, split: str) -> tuple[str, int]:
        """The generated split that a split is taken from, and how many of its first records."""
        if split in self.generated:
            return split, self.generated[split]
        base = base_of(split)
        return base, share_of(split, self.generated[base])

    def records(self, split: str, limit: int | None) -> Sequence[EditRecord]:
        """The first ``limit`` records of a generated or derived split."""
        base, total = self.parent(split)
        kept: list[EditRecord] = []
        wanted = total if limit is None else limit
        with self.context.reporter.track(f"{self.name} {split}", min(wanted, total)) as advance:
            start = 0
            while start < total and len(kept) < wanted:
                end = min(start + BLOCK, total)
                partial = base == split and wanted < end
                block = self._block(base, start, wanted if partial else end, keep=not partial)
                chosen = [record for record in block if self.keep_record(split, record)]
                advance(len(chosen))
                kept += chosen
                start = end
        return kept[:wanted]

    def _block(self, split: str, start: int, end: int, *, keep: bool) -> list[EditRecord]:
        key = {
            "kind": "records",
            "dataset": f"{self.name}@{self.version}",
            "generator": self.generator_version,
            "split": split,
            "start": start,
            "end": end if keep else min(start + BLOCK, self.generated[split]),
        }
        cached = self.context.cache.get(key)
        if cached is not None:
            return [EditRecord.from_json(value) for value in parse_json(cached, source="cached records")][
                : end - start
            ]
        records = [self.make_record(split, index) for index in range(start, end)]
        if keep:
            self.context.cache.put(key, canonical_json([record.to_json() for record in records]))
        return records
