"""Samples and an extractor for the metrics of sets of images: features that can be had by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from judged import evidence_of

from cfbench.detectors.extractors import FeatureExtractor, ImageFeatures
from cfbench.metrics import Evidence, Scored
from cfbench.metrics.base import NamedDetector
from cfbench.randomness import generator
from cfbench.tasks.pair_cf import PairInputs, PairPrediction, PairTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.metrics import Metric
    from cfbench.tasks.edit import Image


class PixelFeatures(FeatureExtractor):
    """The pixels are the features; ``torch`` doubles them. Counts the images that it has looked at."""

    version: str = "1"
    summary: ClassVar[str] = "pixels"
    resizes: ClassVar[tuple[str, ...]] = ("torch",)

    def __init__(self, *, classifies: bool = True, kind: Any = np.float32) -> None:
        self.classifies, self.type, self.looked = classifies, kind, 0

    def features(self, images: Sequence[Image], resize: str | None = None) -> ImageFeatures:
        self.looked += len(images)
        flat = np.array([image.ravel() for image in images]) / 255 * (2 if resize == "torch" else 1)
        pooled = flat.astype(self.type)
        return ImageFeatures(pooled, 5 * pooled[:, :4] if self.classifies else None)


class BlindFeatures(PixelFeatures):
    """Gives NaN."""

    def features(self, images: Sequence[Image], resize: str | None = None) -> ImageFeatures:
        found = super().features(images, resize)
        return ImageFeatures(found.pooled * np.nan, None)


def seen(metric: type[Metric], protocol: str | None = None, extractor: Any = None) -> Metric:
    """The metric, looking through an extractor."""
    named = NamedDetector("pixels", extractor or PixelFeatures(), None, None)
    return metric(protocol, {"image-features": named})


def image(name: str, side: int = 2) -> Image:
    return generator(0, "image-sets", name).integers(0, 256, (side, side, 3), dtype=np.uint8)


def pair(name: str, original: Image, made: Image, group: str | None = None) -> Scored[Any, Any, Any]:
    inputs = PairInputs(name, "a dog", group or name)
    return Scored(name, inputs, PairTarget(), PairPrediction("a cat", original, made))


def pairs(count: int, groups_of: int = 1, *, shared: bool = False) -> list[Scored[Any, Any, Any]]:
    """Random pairs; ``shared``: all of a group have one original."""
    found = []
    for index in range(count):
        group = f"g{index // groups_of}"
        original = image(group if shared else f"o{index}")
        found.append(pair(f"s{index:04d}", original, image(f"m{index}"), group))
    return found


def pixels(scored: Sequence[Scored[Any, Any, Any]]) -> tuple[Any, Any]:
    """The features that the extractor gives, as float32."""
    sets = ([s.prediction.original for s in scored], [s.prediction.image for s in scored])
    return tuple(np.array([one.ravel() / 255 for one in images], np.float32) for images in sets)


def in_shards(metric: Metric, scored: Sequence[Scored[Any, Any, Any]], cuts: Sequence[int]) -> Evidence:
    """The evidence of a run that was cut, its columns put together."""
    parts = [list(part) for part in np.split(np.array(scored, dtype=object), cuts)]
    found = [evidence_of(metric, part) for part in parts if part]
    return Evidence.of(
        {name: np.concatenate([one.columns[name] for one in found]) for name in found[0].columns}
    )
