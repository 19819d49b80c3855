"""Inception with random weights, ours and the published packages' own, and pictures for them.

Weights are drawn after He (variance 2 / fan-in) and batch norms have gains about 1, so that activations neither
vanish nor explode over 94 layers: the largest pooled feature is about 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from cfbench.randomness import generator

if TYPE_CHECKING:
    import torch

STAGES = ["64", "192", "768", "2048", "logits_unbiased"]


def fidelity(stages: list[str], state: dict[str, torch.Tensor] | None = None) -> Any:
    """torch-fidelity's extractor, with this state or with whatever torch draws."""
    from torch_fidelity import feature_extractor_inceptionv3 as module

    return _without_download(module, lambda: module.FeatureExtractorInceptionV3("net", stages), state)


def torchmetrics_net(stage: str, state: dict[str, torch.Tensor], *, antialias: bool = True) -> Any:
    """The network inside torchmetrics' FID, KID and Inception Score."""
    from torch_fidelity import feature_extractor_inceptionv3 as module
    from torchmetrics.image.fid import NoTrainInceptionV3

    return _without_download(module, lambda: NoTrainInceptionV3("net", [stage], antialias=antialias), state)


def pytorch_fid_net(state: dict[str, torch.Tensor]) -> Any:
    """pytorch-fid's network up to the pooled features."""
    from pytorch_fid import inception as module

    return _without_download(module, lambda: module.InceptionV3().eval(), state)


def random_state(seed: int = 0) -> dict[str, torch.Tensor]:
    """A state dict in torch-fidelity's layout."""
    import torch

    random = torch.Generator().manual_seed(seed)
    state: dict[str, torch.Tensor] = fidelity(STAGES).state_dict()
    for key, value in state.items():
        if key.endswith("conv.weight"):
            value.normal_(0, (2 / value[0].numel()) ** 0.5, generator=random)
        elif key.endswith(("bn.weight", "running_var")):
            value.uniform_(0.8, 1.2, generator=random)
        elif key.endswith(("bn.bias", "running_mean")):
            value.normal_(0, 0.1, generator=random)
        elif key.startswith("fc."):
            value.normal_(0, 0.02, generator=random)
    return state


def pictures(count: int, height: int, width: int, seed: int = 0) -> list[np.ndarray]:
    """Smooth coloured clouds with a little noise on them: each differs from the next, as photographs do."""
    from PIL import Image

    random = generator(seed, "pictures")
    made = []
    for _ in range(count):
        small = Image.fromarray(random.integers(0, 256, (5, 5, 3), np.uint8))
        cloud = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.float64)
        made.append((cloud + random.normal(0, 12, cloud.shape)).clip(0, 255).astype(np.uint8))
    return made


def batch(images: list[np.ndarray]) -> torch.Tensor:
    """(n, 3, height, width) uint8, as the packages take it."""
    import torch

    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()


def furthest(found: Any, wanted: Any) -> float:
    """The largest difference, relative to the largest wanted value."""
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def _without_download(module: Any, make: Any, state: dict[str, torch.Tensor] | None) -> Any:
    """Build a network whose constructor would download its weights, with ``state`` in their place."""
    import torch

    load = torch.nn.Module.load_state_dict

    def take(network: Any, given: Any, *args: Any, **options: Any) -> Any:
        return load(network, given) if given is not None else None

    with (
        patch.object(module, "load_state_dict_from_url", lambda *args, **options: state),
        patch.object(torch.nn.Module, "load_state_dict", take),
    ):
        return make()
