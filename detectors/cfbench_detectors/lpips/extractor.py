"""The detectors that ``lpips`` looks through.

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018, version 0.1: the
ImageNet networks of torchvision, five layers each behind their rectifiers, at the images' own size. What is
made of the layers is `cfbench.metrics.functional.perceptual_distance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.detectors import LearnedLayers
from cfbench.errors import DataError, EnvironmentLackError
from cfbench.files import canonical_json, sha256_hex
from cfbench_detectors.arithmetic import computing
from cfbench_detectors.images import check_images
from cfbench_detectors.lpips.head import head_file, read_head
from cfbench_detectors.weights import find_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from cfbench.detectors.extractors import Singles
    from cfbench.models import ModelContext
    from cfbench.tasks.base import Image

BATCH_PIXELS = 2**20  # at a time, whatever is asked for at once: VGG's first layers take 512 bytes for each
SHIFT = (-0.030, -0.088, -0.188)  # of ImageNet's colours, for inputs of -1 to 1
SCALE = (0.458, 0.448, 0.450)
_PART = "features."


@dataclass(frozen=True)
class Backbone:
    """A published network, and where in its ``features`` the layers are."""

    name: str
    """What torchvision calls it."""
    file: str
    sha256_prefix: str
    after: tuple[int, ...]
    """The last step of each layer."""
    smallest: int
    """The fewest pixels of a side with which every layer has a position."""
    head: str
    head_sha256: str


class _Lpips(LearnedLayers):
    """The layers and the head of one backbone."""

    version = "0.1"
    backbone: ClassVar[Backbone]

    def setup(self, context: ModelContext) -> None:
        """Find the weights, check them, and load them."""
        found = self.backbone
        try:
            import torchvision  # noqa: F401
        except ImportError as error:
            raise EnvironmentLackError(
                "LPIPS needs the package torchvision", str(error), "Run: pip install 'cfbench[torch]'"
            ) from error
        head = head_file(found.head, found.head_sha256)
        weights = find_weights(
            found.file,
            [f"https://download.pytorch.org/models/{found.file}"],
            found.sha256_prefix,
            part=_PART,
            offline=context.offline,
            reporter=context.reporter,
        )
        self.head = read_head(head, len(found.after))
        self.weights_digest = sha256_hex(canonical_json([weights.digest, found.head_sha256]))
        network = _network(found.name, weights.tensors())
        self._steps = network[: found.after[-1] + 1].to(context.device)
        self._device, self._precision = context.device, context.precision
        self.version = type(self).version + ("+bf16" if context.precision == "bf16" else "")

    def layers(self, images: Sequence[Image]) -> list[Singles]:
        """For each of the five layers (n, channels, height, width). The images must be of one size."""
        check_images(images, at_least=self.backbone.smallest)
        sizes = {image.shape[:2] for image in images}
        if len(sizes) != 1:
            why = f"they have {len(sizes)} sizes" if sizes else "there are none"
            raise DataError(
                "The layers of these images cannot be given", f"{why}; one size at a time is needed"
            )
        batch = max(1, BATCH_PIXELS // images[0][..., 0].size)
        parts = [self._layers(images[start : start + batch]) for start in range(0, len(images), batch)]
        return [np.concatenate(of_layer) for of_layer in zip(*parts, strict=True)]

    def _layers(self, images: Sequence[Image]) -> list[Singles]:
        import torch

        shift, scale = (torch.tensor(of)[:, None, None].to(self._device) for of in (SHIFT, SCALE))
        pixels = torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2)).to(self._device)
        seen = []
        with computing(self._device, self._precision):
            maps = (pixels / 127.5 - 1 - shift) / scale
            for at, step in enumerate(self._steps):
                maps = step(maps)
                if at in self.backbone.after:
                    seen.append(maps.float().cpu().numpy())
        return seen


class LpipsAlex(_Lpips):
    """LPIPS by AlexNet: the default of the authors and of torchmetrics."""

    summary: ClassVar[str] = "LPIPS 0.1 by AlexNet"
    backbone: ClassVar[Backbone] = Backbone(
        "alexnet",
        "alexnet-owt-7be5be79.pth",
        "7be5be79",
        (1, 4, 7, 9, 11),
        31,
        "alex.pth",
        "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    )


class LpipsVgg(_Lpips):
    """LPIPS by VGG16: of the counterfactual benchmark of Melistas et al., 2024."""

    summary: ClassVar[str] = "LPIPS 0.1 by VGG16"
    backbone: ClassVar[Backbone] = Backbone(
        "vgg16",
        "vgg16-397923af.pth",
        "397923af",
        (3, 8, 15, 22, 29),
        16,
        "vgg.pth",
        "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
    )


def _network(name: str, tensors: dict[str, torch.Tensor]) -> torch.nn.Sequential:
    """The ``features`` of a torchvision network with these weights; DataError where they are not its."""
    import torch
    from torchvision import models

    with torch.device("meta"):  # no time and no random numbers for weights that are replaced
        steps: torch.nn.Sequential = getattr(models, name)(weights=None).features
    try:
        steps.load_state_dict({key.removeprefix(_PART): value for key, value in tensors.items()}, assign=True)
    except RuntimeError as error:
        raise DataError(
            f"These are not the weights of {name}", str(error).splitlines()[-1].strip()
        ) from error
    return steps.eval().requires_grad_(False)  # noqa: FBT003 - torch's signature
