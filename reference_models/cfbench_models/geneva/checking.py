"""How well an editor in training edits: validation sequences, edited freely and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.files import write_bytes
from cfbench.metrics.functional.relsim import edge_accuracy
from cfbench.report.filmstrip import FilmStrip, filmstrip_png
from cfbench.weights.folders import folders
from cfbench_detectors.localizer.detector import Localizer
from cfbench_detectors.pictures import fitted
from cfbench_models.geneva.feeding import canvas_of
from cfbench_models.geneva.running import Wanted, run_freely

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from cfbench.datasets.edit import EditSplit
    from cfbench.tasks.edit import Image
    from cfbench_models.geneva.editor import Editor
    from cfbench_models.geneva.recipe import Recipe
    from cfbench_models.geneva.vocabulary import Vocabulary

STRIPS = 3
_FRAME = 128


def judge_of(dataset: str) -> Path | None:
    """The weights of the detector of a data set's objects, where this machine has them."""
    name = f"{dataset}-inception.safetensors"
    return next((path for folder in folders() if (path := folder.path / name).is_file()), None)


class Check:
    """Validation: the same sequences with the same noise each time."""

    def __init__(
        self, split: EditSplit, vocabulary: Vocabulary, recipe: Recipe, seed: int, judge: Path | None
    ) -> None:
        """``judge`` is a detector's file of weights; without one, images are compared pixel by pixel."""
        side, painter = recipe.size.side, split.painter
        self._recipe, self._seed = recipe, seed
        self._start = canvas_of(painter.empty(), side, bgr=recipe.kept("bgr-canvas"))
        self._records = split.records[: recipe.checked]
        self._wanted = [
            Wanted(record.id, [vocabulary.encode(text) for text in record.instructions], self._start)
            for record in self._records
        ]
        self._true = [
            [fitted(frame, side) for frame in split.frames(index)] for index in range(len(self._records))
        ]
        self._detector = None if judge is None else Localizer(judge)
        self._classes = len(painter.classes)

    def __call__(self, editor: Editor, device: str) -> tuple[dict[str, Any], list[list[Image]]]:
        """What was measured, ``score`` among it (higher is better), and the images.

        ``f1``, ``precision`` and ``recall`` compare what the detector sees in final images with the true labels;
        ``edges`` is the share of true relations between the objects that it sees and that should be there.
        """
        made = run_freely(
            editor,
            self._wanted,
            seed=self._seed,
            temperature=self._recipe.temperature,
            device=device,
            batch_statistics=self._recipe.kept("train-mode-batchnorm"),
        )
        finals = [images[-1] for images in made]
        pairs = zip(finals, (frames[-1] for frames in self._true), strict=True)
        difference = float(np.mean([np.abs(a.astype(float) - b).mean() / 255 for a, b in pairs]))
        if self._detector is None:
            return {"score": -difference, "difference": difference}, made
        return {**self._judged(self._detector, finals), "difference": difference}, made

    def _judged(self, detector: Localizer, finals: list[Image]) -> dict[str, Any]:
        logits, places, _ = detector.seen(finals)
        found = logits > 0
        true, at = self._labels(places.shape[2])
        both, seen = (found & true).sum(1), found.sum(1)
        f1 = float((2 * both / np.maximum(seen + true.sum(1), 1)).mean())
        edges = edge_accuracy(found, true, places, at)
        return {
            "score": f1,
            "f1": f1,
            "precision": float((both / np.maximum(seen, 1)).mean()),
            "recall": float((both / np.maximum(true.sum(1), 1)).mean()),
            "edges": None if np.isnan(edges).all() else float(np.nanmean(edges)),
        }

    def _labels(self, coordinates: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        true = np.zeros((len(self._records), self._classes), np.bool_)
        at = np.zeros((*true.shape, coordinates), np.float32)
        for row, record in enumerate(self._records):
            for place in record.objects[-1]:
                true[row, place.label] = True
                at[row, place.label] = (place.x, place.y, place.depth)[:coordinates]
        return true, at

    def show(self, made: list[list[Image]], folder: Path, name: str) -> None:
        """Keep filmstrips of the first sequences beside the truth."""
        for number, (record, images) in enumerate(zip(self._records[:STRIPS], made, strict=False)):
            strip = FilmStrip(
                record.id, self._start, record.instructions, tuple(images), tuple(self._true[number]), name
            )
            write_bytes(folder / f"{name}-{number}.png", filmstrip_png(strip, frame=_FRAME))
