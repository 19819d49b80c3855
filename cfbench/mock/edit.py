"""The mocks of editing: a row of coloured squares, one more each turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.datasets.edit import EditDataset, EditRecord
from cfbench.detectors import Detection, ObjectDetector, label_f1
from cfbench.metrics import MeanMetric, Number, Scored
from cfbench.mock.base import IMAGE_NETWORKS
from cfbench.mock.squares import COLOURS, NAMES, PLACES, SIZE, draw, instruction, random_scene
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget, Image, Placement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class MockPainter:
    """Draws squares. A scene is a list of (colour, place), one a turn."""

    size = SIZE
    classes = NAMES
    identity = "mock-painter-1"
    cache_pictures = False

    def empty(self) -> Image:
        """A grey canvas."""
        return draw(())

    def frames(self, scene: Any) -> list[Image]:
        """One more square each turn."""
        return [draw(scene[:turn]) for turn in range(1, len(scene) + 1)]

    def final(self, scene: Any) -> Image:
        """All squares."""
        return draw(scene)

    def compose(self, placements: Sequence[Placement]) -> Image:
        """A square for each placement, at the nearest place."""
        return self.final([(p.label, round(min(max(p.x, 0.0), 1.0) * 2)) for p in placements])


class MockDataset(EditDataset):
    """Coloured squares."""

    name: ClassVar[str] = "mock"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "coloured squares, to try a pipeline in a second"
    licence: ClassVar[str] = "CC0-1.0"
    citation: ClassVar[str] = "cfbench"
    splits: ClassVar[tuple[str, ...]] = ("train", "val", "test")
    detectors: ClassVar[Mapping[str, str]] = {"objects": "mock", **IMAGE_NETWORKS}
    counts: ClassVar[Mapping[str, int]] = {"train": 24, "val": 8, "test": 8}

    def painter(self) -> MockPainter:
        """The painter of squares."""
        return MockPainter()

    def records(self, split: str, limit: int | None) -> list[EditRecord]:
        """The first records of a split."""
        count = self.counts[split]
        return [self._record(split, index) for index in range(count if limit is None else min(limit, count))]

    def _record(self, split: str, index: int) -> EditRecord:
        turns = 1 + index % len(PLACES)
        scene = random_scene("mock", split, index, squares=turns)
        texts = tuple(instruction(colour, place) for colour, place in scene)
        objects = [Placement(colour, (3 + 5 * place) / SIZE, 0.5, 0.0) for colour, place in scene]
        cumulative = tuple(tuple(sorted(objects[:turn], key=_label)) for turn in range(1, turns + 1))
        return EditRecord(f"{split}_{index:05d}", texts, scene, cumulative)


def _label(placement: Placement) -> int:
    return placement.label


class MockMetric(MeanMetric):
    """The share of pixels that are exactly right."""

    name: ClassVar[str] = "mock"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "share of pixels that are exactly right after the last turn"
    numbers: ClassVar[Mapping[str, Number]] = {"exact": Number("share of exact pixels", True, (0.0, 1.0))}  # noqa: FBT003
    reference: ClassVar[str] = "cfbench"
    default_tasks: ClassVar[tuple[str, ...] | None] = ()

    def evidence(
        self, scored: Sequence[Scored[EditInputs, EditTarget, EditPrediction]]
    ) -> list[dict[str, Any]]:
        """A row a sample."""
        return [
            {
                "sample": one.id,
                "exact": float((one.prediction.images[-1] == one.target.images[-1]).all(-1).mean()),
            }
            for one in scored
        ]


class MockSeen(MeanMetric):
    """F1 of the colours that a detector sees."""

    name: ClassVar[str] = "mock-seen"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "F1 of what a detector sees after the last turn"
    numbers: ClassVar[Mapping[str, Number]] = {"f1": Number("F1 of the labels", True, (0.0, 1.0))}  # noqa: FBT003
    needs: ClassVar[tuple[str, ...]] = ("objects",)
    reference: ClassVar[str] = "cfbench"
    default_tasks: ClassVar[tuple[str, ...] | None] = ()

    def evidence(
        self, scored: Sequence[Scored[EditInputs, EditTarget, EditPrediction]]
    ) -> list[dict[str, Any]]:
        """A row a sample."""
        detector = self.detectors["objects"].detector
        seen = detector.detect([one.prediction.images[-1] for one in scored])
        return [
            {"sample": one.id, "f1": label_f1(found.labels(), one.target.objects[-1])}
            for one, found in zip(scored, seen, strict=True)
        ]


class MockDetector(ObjectDetector):
    """Sees the three colours of the mock data set."""

    summary: ClassVar[str] = "finds the squares of the mock data set"
    version: str = "1"
    classes: ClassVar[tuple[str, ...]] = NAMES
    floor: ClassVar[float] = 1.0

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        """For each image and colour, whether it is there and the centre of its pixels."""
        return [self._look(image) for image in images]

    def _look(self, image: Image) -> Detection:
        found, places = np.zeros(len(COLOURS)), np.zeros((len(COLOURS), 2))
        for label, colour in enumerate(COLOURS.values()):
            rows, columns = np.nonzero((image == colour).all(-1))
            if len(rows):
                found[label] = 1.0
                places[label] = (columns.mean() + 0.5) / SIZE, (rows.mean() + 0.5) / SIZE
        return Detection(found, places)
