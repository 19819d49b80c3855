"""The detectors that look through a localizer: of objects, of features, of layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.datasets.edit import EditDataset
from cfbench.detectors import Detection, FeatureExtractor, ImageFeatures, LayerExtractor, ObjectDetector
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.weights import checkout_folder, weights_folder
from cfbench.worlds.blocks import CLASS_NAMES as BLOCKS
from cfbench.worlds.park.classes import CLASS_NAMES as CLIP_ART
from cfbench_detectors.arithmetic import computing
from cfbench_detectors.cards import card_of
from cfbench_detectors.localizer.weights import read_network
from cfbench_detectors.pictures import fitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from cfbench.detectors.extractors import Singles
    from cfbench.models import ModelContext
    from cfbench.tasks.base import Image
    from cfbench.training import TrainingJob
    from cfbench_detectors.localizer.network import ObjectLocalizer

BATCH = 16  # always: the last one is filled up, so that no bit depends on how many are asked for
BUNDLED = Path(__file__).resolve().parent.parent / "bundled"


class Localizer:
    """A network with its weights, and images to look at.

    Images larger than the network's input are reduced to it, each pixel to the mean of its area; smaller ones are
    refused by a narrow network and enlarged for the full one, as published.
    """

    def __init__(self, path: Path, *, dataset: str | None = None, device: str = "cpu") -> None:
        """Load a file of weights with its card; DataError where it is not what it should be."""
        try:
            import torch  # noqa: F401
        except ImportError as error:
            raise EnvironmentLackError(
                "The object localizer needs the package torch",
                str(error),
                "Run: pip install 'cfbench[torch]'",
            ) from error
        self.card, network = read_network(path, dataset)
        self.digest = self.card.sha256
        self._network: ObjectLocalizer = network.fold().to(device)
        self._device = device

    def seen(self, images: Sequence[Image]) -> tuple[Singles, Singles, Singles]:
        """Logits (n, classes), places (n, classes, coordinates) and pooled features (n, channels)."""
        card, channels = self.card, self._network.inception3.channels
        classes = len(card.classes)
        shapes = ((classes,), (classes, card.coordinates), (channels,))
        parts: tuple[list[Any], ...] = ([], [], [])
        for pixels, count in self._batches(images):
            with computing(self._device, "fp32"):
                for part, column in zip(parts, self._network(pixels), strict=True):
                    part.append(column[:count].float().cpu().numpy())
        empty = [np.empty((0, *shape), np.float32) for shape in shapes]
        logits, places, pooled = (
            np.concatenate([none, *part]) for none, part in zip(empty, parts, strict=True)
        )
        return logits, places, pooled

    def maps(self, images: Sequence[Image]) -> list[Singles]:
        """The maps behind the stem and each group of blocks, (n, channels, height, width)."""
        parts: list[list[Singles]] = []
        for pixels, count in self._batches(images):
            with computing(self._device, "fp32"):
                maps = self._network.maps(pixels)
            parts.append([layer[:count].cpu().numpy() for layer in maps])
        return [np.concatenate(layer) for layer in zip(*parts, strict=True)]

    def _batches(self, images: Sequence[Image]) -> Iterator[tuple[torch.Tensor, int]]:
        import torch

        side = self.card.side
        for start in range(0, len(images), BATCH):
            chosen = [
                fitted(image, side, enlarges=self.card.size == "full")
                for image in images[start : start + BATCH]
            ]
            pixels = np.zeros((BATCH, side, side, 3), np.uint8)
            pixels[: len(chosen)] = chosen
            yield torch.from_numpy(pixels).to(self._device).permute(0, 3, 1, 2), len(chosen)


class _Looking:
    """What the detectors here have alike: which weights, and where they are."""

    weights: ClassVar[str]
    trained_on: ClassVar[str]
    weights_digest: str | None = None
    _through: Localizer | None = None

    def setup(self, context: ModelContext) -> None:
        """Load the weights, checked by the digest in their card."""
        self.look_through(Localizer(self.find(), dataset=self.trained_on, device=context.device))

    @classmethod
    def find(cls) -> Path:
        """The weights' file, in the package."""
        return BUNDLED / f"{cls.weights}.safetensors"

    @classmethod
    def train(cls, job: TrainingJob) -> Path:
        """Train on the data set that it is for; the file of weights, its card beside it. For ``cfbench train``."""
        from cfbench_detectors.localizer.export import export_localizer
        from cfbench_detectors.localizer.training import train_localizer

        if job.dataset.name != cls.trained_on or not isinstance(job.dataset, EditDataset):
            raise UsageError(
                f"'{cls.weights}' is not trained on {job.dataset.name}", f"it is for {cls.trained_on}"
            )
        trained = train_localizer(job)
        target = job.folder / f"{cls.weights}.safetensors"
        export_localizer(trained, job.dataset, target, licence=job.dataset.licence)
        return target

    def look_through(self, localizer: Localizer) -> None:
        """Use this network; ``setup`` does it."""
        self._through = localizer
        self.weights_digest = localizer.digest

    @property
    def localizer(self) -> Localizer:
        """The network; UsageError before ``setup``."""
        if self._through is None:
            raise UsageError(f"{type(self).__name__} has no weights yet", "setup was not called")
        return self._through


class _Objects(_Looking, ObjectDetector):
    def detect(self, images: Sequence[Image]) -> list[Detection]:
        """The objects in each image: probabilities from 0 to 1, places in the data set's units, not bounded."""
        logits, places, _ = self.localizer.seen(images)
        with np.errstate(over="ignore"):
            probabilities = 1 / (1 + np.exp(-logits.astype(np.float64)))
        return [Detection(*one) for one in zip(probabilities, places.astype(np.float64), strict=True)]


class _Features(_Looking, FeatureExtractor):
    version: str = "1"

    def features(self, images: Sequence[Image], resize: str | None = None) -> ImageFeatures:
        """The means of the last maps, and the logit of each class."""
        if resize is not None:
            raise UsageError(f"{self.weights} has no way of resizing '{resize}'", "it has its own alone")
        logits, _, pooled = self.localizer.seen(images)
        return ImageFeatures(pooled, logits)


class _Layers(_Looking, LayerExtractor):
    version: str = "1"

    def layers(self, images: Sequence[Image]) -> list[Singles]:
        """Behind the stem and each of the three groups of blocks."""
        return self.localizer.maps(images)


class IClevrMiniInception(_Objects):
    """The 24 classes of ``iclevr-mini``, x and y."""

    summary: ClassVar[str] = "narrow Inception trained on iclevr-mini: 24 classes, x and y"
    version: str = "1"
    weights: ClassVar[str] = "iclevr-mini-inception"
    trained_on: ClassVar[str] = "iclevr-mini"
    classes: ClassVar[tuple[str, ...]] = BLOCKS
    floor: ClassVar[float] = 0.97


class CoDrawMiniInception(_Objects):
    """The 58 classes of ``codraw-mini``, x, y and depth.

    Of what shows 64 pixels or more in a final scene, 97 in 100 are seen; of what shows fewer than 16, one in seven.
    """

    summary: ClassVar[str] = "narrow Inception trained on codraw-mini: 58 classes, x, y and depth"
    version: str = "1"
    weights: ClassVar[str] = "codraw-mini-inception"
    trained_on: ClassVar[str] = "codraw-mini"
    classes: ClassVar[tuple[str, ...]] = CLIP_ART
    floor: ClassVar[float] = 0.84


class CoDrawInception(_Objects):
    """The 58 classes of CoDraw itself. Its weights are not for commercial use and not in the package."""

    summary: ClassVar[str] = "narrow Inception trained on CoDraw (CC BY-NC weights, installed apart)"
    version: str = "1"
    weights: ClassVar[str] = "codraw-inception"
    trained_on: ClassVar[str] = "codraw"
    classes: ClassVar[tuple[str, ...]] = CLIP_ART
    floor: ClassVar[float] = 0.9

    @classmethod
    def find(cls) -> Path:
        """Installed, or in the checkout that this is; EnvironmentLackError with what to type where they are not."""
        name = f"{cls.weights}.safetensors"
        for folder in (weights_folder(), checkout_folder()):
            if folder and (folder / name).is_file() and card_of(folder / name).is_file():
                return folder / name
        raise EnvironmentLackError(
            f"The weights {name} are not on this machine",
            "trained on CoDraw, they are CC BY-NC and not part of the package",
            f"Type 'cfbench models install reference_models/weights-nc/{name}' in cfbench's repository",
        )


class BlocksInception(_Features):
    """Features of the blocks of ``iclevr-mini``."""

    summary: ClassVar[str] = "pooled features of the detector of iclevr-mini: the twin's Inception"
    weights: ClassVar[str] = IClevrMiniInception.weights
    trained_on: ClassVar[str] = IClevrMiniInception.trained_on


class ParkInception(_Features):
    """Features of the clip art of ``codraw-mini``."""

    summary: ClassVar[str] = "pooled features of the detector of codraw-mini: the twin's Inception"
    weights: ClassVar[str] = CoDrawMiniInception.weights
    trained_on: ClassVar[str] = CoDrawMiniInception.trained_on


class BlocksInceptionLayers(_Layers):
    """Layers for the blocks of ``iclevr-mini``."""

    summary: ClassVar[str] = "layers of the detector of iclevr-mini: the twin's stand-in for LPIPS"
    weights: ClassVar[str] = IClevrMiniInception.weights
    trained_on: ClassVar[str] = IClevrMiniInception.trained_on


class ParkInceptionLayers(_Layers):
    """Layers for the clip art of ``codraw-mini``."""

    summary: ClassVar[str] = "layers of the detector of codraw-mini: the twin's stand-in for LPIPS"
    weights: ClassVar[str] = CoDrawMiniInception.weights
    trained_on: ClassVar[str] = CoDrawMiniInception.trained_on
