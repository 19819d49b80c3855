"""A data set for iterative editing: a painter, and the records of each split. cfbench does the rest.

Records are pure functions of (split, position), so the data set needs no file, is the same on every
machine, and ``--limit`` makes only what it asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from cfbench.datasets import Option
from cfbench.datasets.edit import EditDataset, EditRecord
from cfbench.randomness import generator
from cfbench.tasks.edit import Image, Placement
from cfbench_example.colours import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROWS: Final = ("top", "middle", "bottom")
COLUMNS: Final = ("left", "centre", "right")
TURNS: Final = 4


class CirclePainter:
    """Draws filled circles. A scene is a list of (label, x, y), one a turn, x and y from 0 to 1."""

    classes = tuple(f"{colour} circle" for colour in COLOURS)
    cache_pictures = False  # drawing is quicker than reading a file

    def __init__(self, size: int) -> None:
        """``size`` is the width and height in pixels."""
        self.size = size
        self.identity = f"circle-painter-1-{size}"

    def empty(self) -> Image:
        """A white canvas."""
        return np.full((self.size, self.size, 3), 255, np.uint8)

    def frames(self, scene: Any) -> list[Image]:
        """One more circle each turn."""
        canvas, frames = self.empty(), []
        for label, x, y in scene:
            canvas = self._with_circle(canvas, label, x, y)
            frames.append(canvas)
        return frames

    def final(self, scene: Any) -> Image:
        """All circles."""
        return self.frames(scene)[-1]

    def compose(self, placements: Sequence[Placement]) -> Image:
        """A circle for each placement; later ones cover earlier ones."""
        canvas = self.empty()
        for placement in placements:
            canvas = self._with_circle(canvas, placement.label, placement.x, placement.y)
        return canvas

    def _with_circle(self, canvas: Image, label: int, x: float, y: float) -> Image:
        centres = (np.arange(self.size) + 0.5) / self.size
        inside = np.hypot(centres[None, :] - x, centres[:, None] - y) < 1 / 7
        canvas = canvas.copy()
        canvas[inside] = list(COLOURS.values())[label]
        return canvas


class Circles(EditDataset):
    """Coloured circles on a grid of nine places."""

    name: ClassVar[str] = "circles"
    version: ClassVar[str] = "1"  # a change of any sample is a new version
    summary: ClassVar[str] = "coloured circles on a grid of nine places"
    licence: ClassVar[str] = "CC0-1.0"
    citation: ClassVar[str] = "the example plugin of cfbench"
    splits: ClassVar[tuple[str, ...]] = ("train", "val", "test")
    options: ClassVar[Mapping[str, Option]] = {
        "size": Option("32", "width and height in pixels", whole_numbers=(16, 256))
    }
    counts: ClassVar[Mapping[str, int]] = {"train": 400, "val": 40, "test": 40}

    def painter(self) -> CirclePainter:
        """The painter at the chosen size."""
        return CirclePainter(int(self.chosen["size"]))

    def records(self, split: str, limit: int | None) -> list[EditRecord]:
        """The first records of a split."""
        count = self.counts[split]
        return [_record(split, index) for index in range(count if limit is None else min(limit, count))]


def _record(split: str, index: int) -> EditRecord:
    random = generator(0, "circles", split, index)  # never a global generator
    turns = int(random.integers(1, TURNS + 1))
    scene, texts = [], []
    for place in random.permutation(len(ROWS) * len(COLUMNS))[:turns].tolist():
        row, column = divmod(place, len(COLUMNS))
        label = int(random.integers(len(COLOURS)))
        scene.append([label, (column + 0.5) / len(COLUMNS), (row + 0.5) / len(ROWS)])
        texts.append(f"add a {CirclePainter.classes[label]} at the {ROWS[row]} {COLUMNS[column]}")
    placed = [Placement(label, x, y, 0.0) for label, x, y in scene]
    objects = tuple(
        tuple(sorted(placed[: turn + 1], key=lambda placement: placement.label)) for turn in range(turns)
    )
    return EditRecord(f"{split}_{index:05d}", tuple(texts), scene, objects)
