"""Mock networks: formulas in the place of learned ones, in numpy.

Each image is looked at by itself, so that no bit of what they say depends on the images beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.detectors import (
    FeatureExtractor,
    ImageFeatures,
    LatentEncoder,
    Latents,
    LayerExtractor,
    LearnedLayers,
)
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.detectors.extractors import Singles
    from cfbench.tasks.base import Image

    Floats = npt.NDArray[np.float64]

GRID = 4  # cells of the features, a side
LATENT_GRID = 2
FEATURES, CLASSES = 8, 4


def cell_means(image: Image, cells: int) -> Floats:
    """The mean colour of each cell of a grid over the image, one after the other, in 0..1."""
    rows, columns = (_parts(side, cells) for side in image.shape[:2])
    means = [image[row, column].mean(axis=(0, 1), dtype=np.float64) for row in rows for column in columns]
    return np.concatenate(means) / 255


def _parts(side: int, cells: int) -> list[slice]:
    """Equal parts of a side, each of one pixel at least."""
    starts = [side * cell // cells for cell in range(cells)]
    return [slice(a, max(b, a + 1)) for a, b in zip(starts, [*starts[1:], side], strict=True)]


def lines(rows: Sequence[Floats], width: int) -> Singles:
    """A line for each image, also where there is none."""
    return np.array(rows, np.float32).reshape(len(rows), width)


class MockFeatures(FeatureExtractor):
    """A fixed random projection of the mean colours of a grid, and logits made from it."""

    version = "1"
    summary: ClassVar[str] = "mock features: mean colours of a 4 x 4 grid, projected"
    resizes: ClassVar[tuple[str, ...]] = ("tf1", "torch", "antialias", "clean")  # a mean needs none of them

    def __init__(self) -> None:
        random = generator(0, "mock-features")
        self._projection = random.standard_normal((FEATURES, GRID * GRID * 3))
        self._head = random.standard_normal((CLASSES, FEATURES))

    def features(self, images: Sequence[Image], resize: str | None = None) -> ImageFeatures:  # noqa: ARG002
        """Eight features and four logits an image."""
        pooled = [(self._projection * cell_means(image, GRID)).sum(axis=1) for image in images]
        logits = [(self._head * row).sum(axis=1) for row in pooled]
        return ImageFeatures(lines(pooled, FEATURES), lines(logits, CLASSES))


class MockLatents(LatentEncoder):
    """The mean colours of a coarse grid as a posterior: the brighter a cell, the surer."""

    version = "1"
    summary: ClassVar[str] = "mock latents: mean colours of a 2 x 2 grid"
    trained_on = "nothing: a formula, for the mock data alone"

    def latents(self, images: Sequence[Image]) -> Latents:
        """Twelve means and log standard deviations an image."""
        means = lines([cell_means(image, LATENT_GRID) for image in images], LATENT_GRID * LATENT_GRID * 3)
        return Latents(means, -2 - means)


class MockLayers(LayerExtractor):
    """Colours, and below them the mean of every 2 x 2 pixels with their changes across and down."""

    version = "1"
    summary: ClassVar[str] = "mock layers: colours, and means and changes over 2 x 2 pixels"

    def layers(self, images: Sequence[Image]) -> list[Singles]:
        """Layers of 3 and of 9 channels, the second at half the size; the images are of one size."""
        return two_layers(images)


class MockLearnedLayers(LearnedLayers):
    """The same layers, with weights for the distances of LPIPS that nobody learned."""

    version = "1"
    summary: ClassVar[str] = "mock layers with fixed weights, in the place of learned ones"
    head = (np.full(3, 0.5, np.float32), np.array([0.5, 0.25, 0.25] * 3, np.float32))

    def layers(self, images: Sequence[Image]) -> list[Singles]:
        """Those of :class:`MockLayers`."""
        return two_layers(images)


def two_layers(images: Sequence[Image]) -> list[Singles]:
    """Colours from -1 to 1, (n, 3, height, width), and (n, 9, height / 2, width / 2)."""
    colours = np.stack([np.moveaxis(image, -1, 0) for image in images]).astype(np.float32) / 127.5 - 1
    height, width = (side - side % 2 for side in colours.shape[2:])
    a, b = colours[:, :, 0:height:2, 0:width:2], colours[:, :, 0:height:2, 1:width:2]
    c, d = colours[:, :, 1:height:2, 0:width:2], colours[:, :, 1:height:2, 1:width:2]
    changes = [(a + b + c + d) / 4, (a - b + c - d) / 4, (a + b - c - d) / 4]
    return [colours, np.stack(changes, axis=2).reshape(len(images), 9, height // 2, width // 2)]
