"""Editing samples of random pixels, and a detector that reads objects out of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cfbench.detectors import Detection, ObjectDetector
from cfbench.execution.evidence import as_evidence, complete_rows, sorted_rows
from cfbench.metrics import NamedDetector, Scored
from cfbench.plugins import load_plugin
from cfbench.randomness import generator
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget, Placement


class FixedEyes(ObjectDetector):
    """Sees six classes, each where the first pixels of an image say."""

    version, summary, floor = "1", "for tests", 0.0
    classes = tuple("abcdef")

    def detect(self, images: Any) -> list[Detection]:
        return [
            Detection(image[0, :6, 0] / 255, image[1:3, :6, 1].T.astype(np.float32) / 255) for image in images
        ]


def editing_samples(count: int, seed: int = 0) -> list[Scored[Any, Any, Any]]:
    """Samples of one to three turns with images of 12 pixels."""
    samples = []
    for index in range(count):
        random = generator(seed, "seen-shapes", index)
        turns = 1 + index % 3
        images = random.integers(0, 256, size=(2, turns, 12, 12, 3)).astype(np.uint8)
        name = f"test_{index:05d}"
        objects = (Placement(index % 6, 0.25, 0.5, 0.0),)
        samples.append(
            Scored(
                name,
                EditInputs(name, images[0, 0] * 0, ("draw",) * turns),
                EditTarget(tuple(images[0]), (objects,) * turns),
                EditPrediction(tuple(images[1])),
            )
        )
    return samples


def reference_values(name: str, samples: list[Scored[Any, Any, Any]]) -> dict[str, float]:
    """What a run would compute of these samples."""
    cls = load_plugin("metrics", name)
    metric = cls(None, {kind: NamedDetector("eyes", FixedEyes(), None, None) for kind in cls.needs})
    rows = complete_rows(metric, samples, metric.evidence(samples), {one.id: () for one in samples})
    return metric.score(as_evidence(sorted_rows(rows)))
