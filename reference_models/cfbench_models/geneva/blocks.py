"""What generator and discriminator are made of: conditional norms, residual blocks, spectral norms."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

SLOPE = 0.01  # of the leaky rectifiers


class ConditionalNorm(nn.Module):
    """A batch norm whose gain and shift are told by a condition."""

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.told = nn.Linear(condition, 2 * channels)

    def forward(self, maps: Tensor, condition: Tensor) -> Tensor:
        """The maps, normalised, with the condition's gain and shift for each channel."""
        gain, shift = self.told(condition)[:, :, None, None].chunk(2, 1)
        return torch.addcmul(shift, self.norm(maps), gain)


class GeneratorBlock(nn.Module):
    """Two convolutions with conditional norms before them, and a short cut; ``doubles`` makes maps twice as large."""

    def __init__(self, channels: int, out: int, condition: int, *, doubles: bool) -> None:
        super().__init__()
        self.doubles = doubles
        self.norm_1 = ConditionalNorm(channels, condition)
        self.conv_1 = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.norm_2 = ConditionalNorm(out, condition)
        self.conv_2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.short = nn.Conv2d(channels, out, 1, bias=False)

    def forward(self, maps: Tensor, condition: Tensor) -> Tensor:
        """The next maps."""
        inner = F.leaky_relu(self.norm_1(maps, condition), SLOPE)
        inner = self.conv_1(self._doubled(inner))
        inner = self.conv_2(F.leaky_relu(self.norm_2(inner, condition), SLOPE))
        short = self._doubled(self.short(maps))  # a convolution of one cell and doubling change places
        out: Tensor = inner + short
        return out

    def _doubled(self, maps: Tensor) -> Tensor:
        if not self.doubles:
            return maps
        larger: Tensor = F.interpolate(maps, scale_factor=2.0, mode="nearest")
        return larger


class _Spectral(nn.Module):
    """A weight divided by its largest singular value, which is followed by one power iteration a use in training."""

    left: Tensor

    def __init__(self, weight: nn.Parameter) -> None:
        super().__init__()
        self.weight = weight
        self.register_buffer("left", torch.empty(weight.shape[0]))

    def normalised(self) -> Tensor:
        """The weight to compute with."""
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            left = self.left.clone()
            right = F.normalize(matrix.t() @ left, dim=0, eps=1e-12)
            if self.training:
                left = F.normalize(matrix @ right, dim=0, eps=1e-12)
                self.left.copy_(left)
        largest = matrix @ right
        weight: Tensor = self.weight / torch.dot(left.to(largest.dtype), largest)
        return weight


class SpectralConv(_Spectral):
    """A convolution without bias."""

    def __init__(self, channels: int, out: int, kernel: int) -> None:
        super().__init__(nn.Parameter(torch.empty(out, channels, kernel, kernel)))
        self._padding = kernel // 2

    def forward(self, maps: Tensor) -> Tensor:
        """The convolved maps."""
        return F.conv2d(maps, self.normalised(), padding=self._padding)


class SpectralLinear(_Spectral):
    """A linear layer with a bias, which is left as it is."""

    def __init__(self, features: int, out: int) -> None:
        super().__init__(nn.Parameter(torch.empty(out, features)))
        self.bias = nn.Parameter(torch.empty(out))

    def forward(self, features: Tensor) -> Tensor:
        """The outputs."""
        return F.linear(features, self.normalised(), self.bias)


class DiscriminatorBlock(nn.Module):
    """Two convolutions with rectifiers before them, but for the first block of a network, and a short cut.

    The short cut is the maps themselves where neither channels nor size change.
    """

    def __init__(self, channels: int, out: int, *, halves: bool, first: bool = False) -> None:
        super().__init__()
        self.halves, self.first = halves, first
        self.conv_1 = SpectralConv(channels, out, 3)
        self.conv_2 = SpectralConv(out, out, 3)
        self.short = SpectralConv(channels, out, 1) if halves or channels != out else None

    def forward(self, maps: Tensor) -> Tensor:
        """The next maps."""
        inner = self.conv_1(maps if self.first else F.relu(maps))
        inner = self._halved(self.conv_2(F.relu(inner)))
        maps = self._halved(maps)  # a convolution of one cell and averaging change places
        return inner + (maps if self.short is None else self.short(maps))

    def _halved(self, maps: Tensor) -> Tensor:
        return F.avg_pool2d(maps, 2) if self.halves else maps


def begin(network: nn.Module, generator: torch.Generator, *, first_columns: bool = False) -> None:
    """Give every parameter and buffer its first value, drawn from ``generator`` alone.

    Linear layers, convolutions and recurrent layers begin as torch's do, norms as ones. A conditional norm begins
    with a gain of 1 and a shift of 0, a little of the condition beside them; ``first_columns``: as published.
    """
    for module in network.modules():
        for name, tensor in module.named_parameters(recurse=False):
            if isinstance(module, (nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d)):
                nn.init.constant_(tensor, float(name == "weight"))
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(tensor, 0, 0.5, generator=generator)
                if module.padding_idx is not None:
                    with torch.no_grad():
                        tensor[module.padding_idx] = 0
            else:
                _uniform(tensor, module, generator)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.reset_running_stats()
        elif isinstance(module, _Spectral):
            left = torch.randn(module.left.shape, generator=generator)
            module.left.copy_(F.normalize(left, dim=0))
    for module in network.modules():
        if isinstance(module, ConditionalNorm):
            _begin_told(module.told, first_columns=first_columns)


def _uniform(tensor: nn.Parameter, module: nn.Module, generator: torch.Generator) -> None:
    fan_in = module.hidden_size if isinstance(module, nn.GRU) else int(module.weight[0].numel())  # type: ignore[index]
    bound = float(fan_in) ** -0.5
    nn.init.uniform_(tensor, -bound, bound, generator=generator)


def _begin_told(told: nn.Linear, *, first_columns: bool) -> None:
    half = told.out_features // 2
    with torch.no_grad():
        if first_columns:
            told.weight.zero_()
            told.weight[:, :half] = 1
            told.bias.zero_()
        else:
            told.weight.mul_(0.5)
            told.bias[:half] = 1
            told.bias[half:] = 0
