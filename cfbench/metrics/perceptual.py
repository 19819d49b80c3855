"""Distances of two images through the layers of a network: plain features, and LPIPS with its learned weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.metrics._pairs import image_pairs, pair_rows
from cfbench.metrics.base import MeanMetric, Number, Scored
from cfbench.metrics.functional import perceptual_distance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.detectors import LayerExtractor
    from cfbench.tasks.base import ImagePair

TASKS = ("visual-cf", "pair-cf", "edit")
UNASKED = ("visual-cf", "pair-cf")
LPIPS = "Zhang et al. 2018, The unreasonable effectiveness of deep features as a perceptual metric, CVPR"


class Perceptual(MeanMetric):
    """Distance of the features of a network's layers, every channel counting alike."""

    name: ClassVar[str] = "perceptual"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = TASKS
    default_tasks: ClassVar[tuple[str, ...] | None] = UNASKED
    summary: ClassVar[str] = "distance of two images by the features of a network's layers; no LPIPS"
    numbers: ClassVar[Mapping[str, Number]] = {
        "distance": Number(
            "squared difference of the features at unit length, mean over positions, layers added up",
            higher_is_better=False,
            range=(0.0, None),
        )
    }
    protocols: ClassVar[Mapping[str, str]] = {"unweighted": "every channel of every layer counts alike"}
    default_protocol: ClassVar[str] = "unweighted"
    needs: ClassVar[tuple[str, ...]] = ("image-layers",)
    reference: ClassVar[str] = LPIPS
    unit: ClassVar[str] = "group"

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """A row a sample."""
        pairs = image_pairs(scored)
        network = self.detectors["image-layers"].detector
        before, after = _layers(network, pairs)
        return pair_rows(scored, pairs, distance=perceptual_distance(before, after))


class Lpips(MeanMetric):
    """Distance of the features of a network's layers, channels weighted by what people's judgements taught."""

    name: ClassVar[str] = "lpips"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = TASKS
    default_tasks: ClassVar[tuple[str, ...] | None] = UNASKED
    summary: ClassVar[str] = "learned perceptual distance of two images (LPIPS)"
    numbers: ClassVar[Mapping[str, Number]] = {
        "lpips": Number("LPIPS of a pair", higher_is_better=False, range=(0.0, None))
    }
    protocols: ClassVar[Mapping[str, str]] = {
        "lpips": "features divided by ||f|| + 1e-10, as the authors' package and torch-fidelity",
        "torchmetrics": "features divided by sqrt(||f||^2 + 1e-8), as torchmetrics",
    }
    default_protocol: ClassVar[str] = "lpips"
    needs: ClassVar[tuple[str, ...]] = ("lpips-layers",)
    reference: ClassVar[str] = LPIPS
    unit: ClassVar[str] = "group"

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """A row a sample."""
        pairs = image_pairs(scored)
        network = self.detectors["lpips-layers"].detector
        before, after = _layers(network, pairs)
        distances = perceptual_distance(before, after, network.head, epsilon=self.protocol)
        return pair_rows(scored, pairs, lpips=distances)


def _layers(network: LayerExtractor, pairs: Sequence[ImagePair]) -> tuple[list[Any], list[Any]]:
    """The layers of the originals, and of what was made of them."""
    return network.layers([pair.reference for pair in pairs]), network.layers([pair.made for pair in pairs])
