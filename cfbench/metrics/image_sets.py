"""What the metrics of whole sets of images share: features as evidence, ways of resizing, and weights.

The reference set counts the reference of every sample, as the seeds do: an original that five counterfactuals
share counts five times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import DataError, UsageError
from cfbench.files import sha256_hex
from cfbench.metrics.base import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.detectors.extractors import FeatureExtractor, ImageFeatures
    from cfbench.metrics.base import Evidence, Scored
    from cfbench.tasks.base import Image, ImagePair

    Lines = npt.NDArray[np.intp]

RESIZES = {
    "native": "images resized as the extractor does by itself",
    "tf1": "bilinear as TensorFlow 1 does, no antialias (torch-fidelity; torchmetrics before 1.8)",
    "torch": "bilinear by half-pixel centres, no antialias (pytorch-fid)",
    "antialias": "bilinear with antialias (torchmetrics from 1.8)",
    "clean": "bicubic with antialias in floats (clean-fid)",
}


def resized(suffix: str, meaning: str) -> dict[str, str]:
    """A protocol for each way of resizing: ``native``, or the suffix by itself; ``tf1``, or ``tf1-suffix``."""
    return {
        (f"{resize}-{suffix}" if suffix and resize != "native" else suffix or resize): f"{meaning}; {words}"
        for resize, words in RESIZES.items()
    }


class ImageSetMetric(Metric):
    """A metric of the images made, or of them against the references, all together.

    Resampling samples with repetition makes sets less varied, so intervals would not hold the value: there are none.
    """

    tasks: ClassVar[tuple[str, ...]] = ("visual-cf", "pair-cf", "edit")
    default_tasks: ClassVar[tuple[str, ...] | None] = ("visual-cf", "pair-cf")
    needs: ClassVar[tuple[str, ...]] = ("image-features",)
    default_protocol: ClassVar[str] = "native"
    unit: ClassVar[str] = "group"
    with_intervals: bool = False

    def features(self, images: Sequence[Image]) -> ImageFeatures:
        """The extractor's features under this protocol's way of resizing, equal images looked at once."""
        from cfbench.detectors.extractors import ImageFeatures

        extractor: FeatureExtractor = self.detectors["image-features"].detector
        distinct: dict[str, int] = {}
        chosen: list[Image] = []
        places = []
        for image in images:
            key = image_key(image)
            if key not in distinct:
                distinct[key] = len(chosen)
                chosen.append(image)
            places.append(distinct[key])
        found = extractor.features(chosen, resize=self._resize(extractor))
        logits = None if found.logits is None else found.logits[places]
        return ImageFeatures(found.pooled[places], logits)

    def _resize(self, extractor: FeatureExtractor) -> str | None:
        resize = self.protocol.split("-", 1)[0]
        if resize == "native" or resize not in RESIZES:
            return None
        if resize not in extractor.resizes:
            name = self.detectors["image-features"].name
            raise UsageError(
                f"Extractor '{name}' does not resize by '{resize}'",
                f"beside its own way ('native') it has {', '.join(extractor.resizes) or 'none'}",
                f"Choose another protocol of metric {self.name}; see 'cfbench describe {self.name}'",
            )
        return resize


class TwoSetMetric(ImageSetMetric):
    """A distance between the images made and the references."""

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """A row a sample: the pooled features of both images, the group, and which reference it is."""
        pairs = [compared(one) for one in scored]
        # Two batches, each of which is remembered: other models have the same references, other metrics the same made.
        references = self.features([pair.reference for pair in pairs]).pooled
        images = self.features([pair.made for pair in pairs]).pooled
        return [
            {
                "sample": one.id,
                "reference": vector(reference),
                "made": vector(made),
                "group": pair.group,
                "reference_key": image_key(pair.reference),
            }
            for one, pair, reference, made in zip(scored, pairs, references, images, strict=True)
        ]

    def remarks(self, rows: Evidence) -> list[str]:
        """How many references there are, where they are fewer than samples; and when there is no distance."""
        chosen = lines_of(rows)
        if len(chosen) < 2:
            return [too_few(len(chosen))]
        distinct = len(set(rows.columns["reference_key"][chosen].tolist()))
        if distinct == len(chosen):
            return []
        return [
            f"{len(chosen)} samples have {distinct} different reference images; "
            "the reference set counts one for each sample, so a shared one counts several times"
        ]


def compared(one: Scored[Any, Any, Any]) -> ImagePair:
    """The two images of a sample."""
    pair: ImagePair = one.prediction.compared(one.inputs, one.target)
    return pair


def image_key(image: Image) -> str:
    """What two images have in common exactly when they are equal."""
    return sha256_hex(f"{image.dtype}{image.shape}".encode() + np.ascontiguousarray(image).tobytes())[:32]


def vector(features: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """Features as evidence keeps them; DataError where they are not finite."""
    narrow = features.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise DataError(
            "An extractor gave features that are not finite",
            "NaN, infinity, or beyond float32",
            "Run it at another precision",
        )
    return narrow


def lines_of(rows: Evidence) -> Lines:
    """Which rows count, in the order of sample ids, each as often as its weight says (a whole number)."""
    order = np.argsort(rows.columns["sample"].astype(str), kind="stable")
    weights = rows.weight[order]
    times = np.rint(weights).astype(np.intp)
    if (times < 0).any() or (times != weights).any():
        raise DataError(
            "A sample cannot be a part of a set by halves", "weights of a set of images are whole numbers"
        )
    lines: Lines = np.repeat(order, times)
    return lines


def too_few(count: int) -> str:
    """Why there is no number."""
    return f"{count} sample(s): a set needs at least two"
