"""Detectors: the networks that metrics look through. Each is found through an entry point of ``cfbench.detectors``."""

from __future__ import annotations

from cfbench.detectors.base import CHECKED_SAMPLES, Detector, checked
from cfbench.detectors.extractors import (
    Extractor,
    FeatureExtractor,
    ImageFeatures,
    ImageTextEmbedder,
    LatentEncoder,
    Latents,
    LayerExtractor,
    LearnedLayers,
    TextEmbeddings,
    VqaReader,
)
from cfbench.detectors.objects import Detection, ObjectDetector, label_f1

__all__ = [
    "CHECKED_SAMPLES",
    "Detection",
    "Detector",
    "Extractor",
    "FeatureExtractor",
    "ImageFeatures",
    "ImageTextEmbedder",
    "LatentEncoder",
    "Latents",
    "LayerExtractor",
    "LearnedLayers",
    "ObjectDetector",
    "TextEmbeddings",
    "VqaReader",
    "checked",
    "label_f1",
]
