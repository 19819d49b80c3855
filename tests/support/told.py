"""A detector that is told what it sees in numbered images, and editing samples made of such images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.detectors import Detection, ObjectDetector
from cfbench.execution.evidence import as_evidence, complete_rows, sorted_rows
from cfbench.metrics import Evidence, Metric, NamedDetector, Scored
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget, Image, Placement

if TYPE_CHECKING:
    from collections.abc import Sequence

NEVER_LOOKED_AT = 60_000
GREY = 128 + 256 * 128  # what a grey image has as its number


def numbered(number: int) -> Image:
    """An image that says its number."""
    image = np.zeros((2, 2, 3), np.uint8)
    image[0, :, 0] = number % 256, number // 256
    return image


class Told(ObjectDetector):
    """Sees what a table says of the number of an image; asks no twice."""

    summary: ClassVar[str] = "for tests"
    version: str = "1"
    floor: ClassVar[float] = 0.0

    def __init__(self, table: dict[int, tuple[Any, Any]]) -> None:
        self.table = table
        self.calls: list[int] = []

    def detect(self, images: Sequence[Image]) -> list[Detection]:
        self.calls.append(len(images))
        numbers = [int(image[0, 0, 0]) + 256 * int(image[0, 1, 0]) for image in images]
        return [Detection(*(np.array(values, dtype=np.float64) for values in self.table[n])) for n in numbers]


def sample(
    name: str,
    own: int,
    true: int,
    *,
    turns: int = 1,
    objects: tuple[Placement, ...] = (),
    instruction: str = "draw",
) -> Scored[Any, Any, Any]:
    """A sample whose last images have these numbers; the earlier ones must not be looked at."""
    before = (numbered(NEVER_LOOKED_AT),) * (turns - 1)
    return Scored(
        name,
        EditInputs(name, numbered(NEVER_LOOKED_AT), (instruction, *("go on",) * (turns - 1))),
        EditTarget((*before, numbered(true)), ((),) * (turns - 1) + (objects,)),
        EditPrediction((*before, numbered(own))),
    )


def metric_of(cls: type[Metric], detector: ObjectDetector, protocol: str | None = None) -> Metric:
    """A metric that looks through a detector."""
    return cls(protocol, {"objects": NamedDetector("told", detector, None, None)})


def rows_of(metric: Metric, samples: Sequence[Scored[Any, Any, Any]], batch: int = 1000) -> Evidence:
    """The evidence of samples as a run keeps it and reads it back, looked at in batches."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(samples), batch):
        part = samples[start : start + batch]
        rows += complete_rows(metric, part, metric.evidence(part), {one.id: () for one in part})
    return as_evidence(sorted_rows(rows))


def shuffled(rows: Evidence, seed: int = 0) -> Evidence:
    """The rows in another order."""
    order = np.random.default_rng(seed).permutation(len(rows))
    return Evidence({name: values[order] for name, values in rows.columns.items()}, rows.weight[order])
