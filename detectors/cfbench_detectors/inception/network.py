"""Inception v3 as FID looks through it: the TensorFlow network of 2015-12-05, 1008 classes, made to run fast.

It differs from torchvision's: average pools leave padding out of the mean, and the last block pools by maximum.
Three things make it fast on a CPU, none of which changes a result by more than rounding:

- Batch norms are folded into the convolutions, in float64, when the network is built.
- Everything lies in memory channels last, which oneDNN multiplies without reordering, and the wide first layers
  run over few images at a time, so that their maps stay small enough to be reused by the allocator and the cache.
- A 1x1 convolution behind an average pool runs before it, on the way to far fewer channels: both are linear and
  every mean is over true pixels, so their order does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIDE = 299
POOLED, CLASSES = 2048, 1008
STEM_IMAGES = 4  # at a time, on a CPU
_EPSILON = 1e-3  # of the batch norms
_UNREAD = ("num_batches_tracked",)  # counted in training only

Kernel = tuple[int, int]
_1X1, _3X3, _5X5, _1X7, _7X1, _1X3, _3X1 = (1, 1), (3, 3), (5, 5), (1, 7), (7, 1), (1, 3), (3, 1)


class Output(NamedTuple):
    """A line for each image, float32."""

    pooled: Tensor  # (n, 2048), the layer that FID and KID compare
    logits: Tensor  # (n, 1008), without the bias, as the Inception Score takes them


class Weights:
    """A state dict in the layout of torch-fidelity and pytorch-fid, every tensor of it checked and used once."""

    def __init__(self, state: Mapping[str, Tensor], dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._state = {key: value for key, value in state.items() if not key.endswith(_UNREAD)}

    def take(self, key: str, shape: tuple[int, ...]) -> Tensor:
        """The tensor of this name, which must have this shape and finite values."""
        tensor = self._state.pop(key, None)
        if tensor is None:
            raise _foreign(f"'{key}' is missing")
        if not isinstance(tensor, Tensor) or tensor.shape != shape or not tensor.is_floating_point():
            raise _foreign(f"'{key}' is not a floating-point tensor of shape {shape}")
        if not torch.isfinite(tensor).all():
            raise _foreign(f"'{key}' has values that are not finite")
        return tensor

    def convolution(self, name: str, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Weight and bias of a convolution with the batch norm behind it folded in."""
        kernel = self.take(f"{name}.conv.weight", shape).double()
        gain, shift, mean, variance = (
            self.take(f"{name}.bn.{part}", shape[:1]).double()
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        if (variance < 0).any():
            raise _foreign(f"'{name}.bn.running_var' has negative values")
        scale = gain * torch.rsqrt(variance + _EPSILON)
        weight = (kernel * scale[:, None, None, None]).to(self.dtype)
        return weight.contiguous(memory_format=torch.channels_last), (shift - mean * scale).to(self.dtype)

    def finish(self) -> None:
        """Refuse what no part of the network asked for."""
        if self._state:
            raise _foreign(f"'{min(self._state)}' is no part of this network")


class Convolution(nn.Module):
    """A convolution with its batch norm folded in and, unless told otherwise, ReLU behind it."""

    weight: Tensor
    bias: Tensor

    def __init__(
        self,
        weights: Weights,
        name: str,
        channels: tuple[int, int],
        kernel: Kernel,
        *,
        stride: int = 1,
        padded: bool = True,
        rectified: bool = True,
    ) -> None:
        super().__init__()
        weight, bias = weights.convolution(name, (channels[1], channels[0], *kernel))
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self._stride = (stride, stride)
        self._padding = (kernel[0] // 2, kernel[1] // 2) if padded else (0, 0)
        self._rectified = rectified

    def forward(self, images: Tensor) -> Tensor:
        """The maps that it makes."""
        out = F.conv2d(images, self.weight, self.bias, self._stride, self._padding)
        return out.relu_() if self._rectified else out


class AveragePooled(nn.Module):
    """A 1x1 convolution of 3x3 means."""

    def __init__(self, weights: Weights, name: str, channels: tuple[int, int]) -> None:
        super().__init__()
        self.convolution = Convolution(weights, name, channels, _1X1, rectified=False)

    def forward(self, images: Tensor) -> Tensor:
        """The convolution of the means, computed the other way round."""
        return F.avg_pool2d(self.convolution(images), 3, 1, 1, count_include_pad=False).relu_()


class Branches(nn.Module):
    """Branches that look at the same maps, side by side."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, images: Tensor) -> Tensor:
        """The channels of all of them, in order."""
        return torch.cat([branch(images) for branch in self.branches], 1)


def _chain(
    weights: Weights,
    name: str,
    channels: int,
    steps: Sequence[tuple[int, Kernel]],
    *,
    halved: bool = False,
    fork: nn.Module | None = None,
) -> nn.Sequential:
    """Convolutions one behind another; ``halved`` gives the last a stride of 2 and no padding."""
    parts: list[nn.Module] = []
    for number, (out, kernel) in enumerate(steps, 1):
        label = f"{name}_{number}" if len(steps) > 1 or fork else name
        last = halved and number == len(steps)
        parts.append(Convolution(weights, label, (channels, out), kernel, stride=1 + last, padded=not last))
        channels = out
    return nn.Sequential(*parts, *([fork] if fork else []))


def _block_35(weights: Weights, name: str, channels: int, pooled: int) -> Branches:
    return Branches(
        _chain(weights, f"{name}.branch1x1", channels, [(64, _1X1)]),
        _chain(weights, f"{name}.branch5x5", channels, [(48, _1X1), (64, _5X5)]),
        _chain(weights, f"{name}.branch3x3dbl", channels, [(64, _1X1), (96, _3X3), (96, _3X3)]),
        AveragePooled(weights, f"{name}.branch_pool", (channels, pooled)),
    )


def _block_35_to_17(weights: Weights, name: str) -> Branches:
    steps = [(64, _1X1), (96, _3X3), (96, _3X3)]
    return Branches(
        _chain(weights, f"{name}.branch3x3", 288, [(384, _3X3)], halved=True),
        _chain(weights, f"{name}.branch3x3dbl", 288, steps, halved=True),
        nn.MaxPool2d(3, 2),
    )


def _block_17(weights: Weights, name: str, inner: int) -> Branches:
    once = [(inner, _1X1), (inner, _1X7), (192, _7X1)]
    twice = [(inner, _1X1), (inner, _7X1), (inner, _1X7), (inner, _7X1), (192, _1X7)]
    return Branches(
        _chain(weights, f"{name}.branch1x1", 768, [(192, _1X1)]),
        _chain(weights, f"{name}.branch7x7", 768, once),
        _chain(weights, f"{name}.branch7x7dbl", 768, twice),
        AveragePooled(weights, f"{name}.branch_pool", (768, 192)),
    )


def _block_17_to_8(weights: Weights, name: str) -> Branches:
    steps = [(192, _1X1), (192, _1X7), (192, _7X1), (192, _3X3)]
    return Branches(
        _chain(weights, f"{name}.branch3x3", 768, [(192, _1X1), (320, _3X3)], halved=True),
        _chain(weights, f"{name}.branch7x7x3", 768, steps, halved=True),
        nn.MaxPool2d(3, 2),
    )


def _block_8(weights: Weights, name: str, channels: int, *, by_maximum: bool) -> Branches:
    def fork(label: str) -> Branches:
        return Branches(
            Convolution(weights, f"{name}.{label}a", (384, 384), _1X3),
            Convolution(weights, f"{name}.{label}b", (384, 384), _3X1),
        )

    twice = [(448, _1X1), (384, _3X3)]
    pool = (channels, 192)
    return Branches(
        _chain(weights, f"{name}.branch1x1", channels, [(320, _1X1)]),
        _chain(weights, f"{name}.branch3x3", channels, [(384, _1X1)], fork=fork("branch3x3_2")),
        _chain(weights, f"{name}.branch3x3dbl", channels, twice, fork=fork("branch3x3dbl_3")),
        nn.Sequential(nn.MaxPool2d(3, 1, 1), Convolution(weights, f"{name}.branch_pool", pool, _1X1))
        if by_maximum
        else AveragePooled(weights, f"{name}.branch_pool", pool),
    )


class Inception(nn.Module):
    """The network, for inference only. Its layers bear the names that they have in the state dict."""

    head: Tensor

    def __init__(self, state: Mapping[str, Tensor], dtype: torch.dtype = torch.float32) -> None:
        """``dtype`` is that of weights and maps; the mean over the last maps and the head are always float32."""
        super().__init__()
        weights = Weights(state, dtype)
        self.dtype = dtype
        self.stem = nn.Sequential()
        self.stem.Conv2d_1a_3x3 = Convolution(weights, "Conv2d_1a_3x3", (3, 32), _3X3, stride=2, padded=False)
        self.stem.Conv2d_2a_3x3 = Convolution(weights, "Conv2d_2a_3x3", (32, 32), _3X3, padded=False)
        self.stem.Conv2d_2b_3x3 = Convolution(weights, "Conv2d_2b_3x3", (32, 64), _3X3)
        self.stem.MaxPool_1 = nn.MaxPool2d(3, 2)
        self.stem.Conv2d_3b_1x1 = Convolution(weights, "Conv2d_3b_1x1", (64, 80), _1X1)
        self.stem.Conv2d_4a_3x3 = Convolution(weights, "Conv2d_4a_3x3", (80, 192), _3X3, padded=False)
        self.stem.MaxPool_2 = nn.MaxPool2d(3, 2)
        self.blocks = nn.Sequential()
        self.blocks.Mixed_5b = _block_35(weights, "Mixed_5b", 192, 32)
        self.blocks.Mixed_5c = _block_35(weights, "Mixed_5c", 256, 64)
        self.blocks.Mixed_5d = _block_35(weights, "Mixed_5d", 288, 64)
        self.blocks.Mixed_6a = _block_35_to_17(weights, "Mixed_6a")
        self.blocks.Mixed_6b = _block_17(weights, "Mixed_6b", 128)
        self.blocks.Mixed_6c = _block_17(weights, "Mixed_6c", 160)
        self.blocks.Mixed_6d = _block_17(weights, "Mixed_6d", 160)
        self.blocks.Mixed_6e = _block_17(weights, "Mixed_6e", 192)
        self.blocks.Mixed_7a = _block_17_to_8(weights, "Mixed_7a")
        self.blocks.Mixed_7b = _block_8(weights, "Mixed_7b", 1280, by_maximum=False)
        self.blocks.Mixed_7c = _block_8(weights, "Mixed_7c", 2048, by_maximum=True)
        self.register_buffer("head", weights.take("fc.weight", (CLASSES, POOLED)).float())
        weights.take("fc.bias", (CLASSES,))  # the Inception Score is defined without it
        weights.finish()

    def forward(self, images: Tensor) -> Output:
        """``images`` (n, 3, 299, 299), scaled to about -1..1."""
        images = images.to(self.dtype, memory_format=torch.channels_last)
        at_a_time = STEM_IMAGES if images.device.type == "cpu" else len(images)
        maps = torch.cat([self.stem(few) for few in torch.split(images, at_a_time)])
        pooled = self.blocks(maps).float().mean((2, 3))
        return Output(pooled, pooled @ self.head.T)


def _foreign(why: str) -> DataError:
    return DataError(
        "These are not the weights of Inception 2015-12-05", why, "Use the file that torch-fidelity publishes"
    )
