"""The blocks of Inception v3, of any width. Layers bear the names that they have in published state dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EPSILON = 1e-3  # of the batch norms
POOLED = "branch_pool"  # the name of the units whose `pooled` is used

Kernel = tuple[int, int]
Step = tuple[int, Kernel]  # channels out, and the kernel
_1X1, _3X3, _5X5, _1X7, _7X1, _1X3, _3X1 = (1, 1), (3, 3), (5, 5), (1, 7), (7, 1), (1, 3), (3, 1)


class Unit(nn.Module):
    """A convolution, a batch norm and a rectifier; ``folded``, the first two are one."""

    def __init__(
        self, channels: int, out: int, kernel: Kernel, *, stride: int = 1, padded: bool = True
    ) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2) if padded else (0, 0)
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=EPSILON)
        self.folded = False

    def forward(self, maps: Tensor) -> Tensor:
        """The rectified maps."""
        maps = self.conv(maps)
        return F.relu_(maps if self.folded else self.bn(maps))

    def pooled(self, maps: Tensor) -> Tensor:
        """As ``forward`` of the 3x3 means of the maps, zeros around them counted.

        Mean and convolution are linear and change places: the means are of fewer channels then.
        """
        return F.relu_(self.bn(F.avg_pool2d(self.conv(maps), 3, 1, 1)))

    def fold(self) -> None:
        """Put the batch norm into the convolution, for inference; ``pooled`` is for those not folded."""
        gain = self.bn.weight.double() * torch.rsqrt(_of(self.bn.running_var) + EPSILON)
        shift = self.bn.bias.double() - _of(self.bn.running_mean) * gain
        weight = self.conv.weight.double() * gain[:, None, None, None]
        self.conv.weight = nn.Parameter(weight.to(self.conv.weight.dtype), requires_grad=False)
        self.conv.bias = nn.Parameter(shift.to(self.conv.weight.dtype), requires_grad=False)
        self.folded = True


def _of(statistics: Tensor | None) -> Tensor:
    if statistics is None:
        message = "the batch norm keeps no statistics"
        raise ValueError(message)
    return statistics.double()


class Block(nn.Module):
    """Chains of units over the same maps, side by side, and one that pools.

    The pool is of means with a unit of ``pool`` channels behind it; without ``pool`` it halves by maximum, and
    the last unit of every chain halves, too, at the borders as ``pads`` says. ``forks`` gives a chain two last
    units that are side by side.
    """

    def __init__(
        self,
        channels: int,
        chains: Mapping[str, Sequence[Step]],
        *,
        pool: int | None,
        forks: Mapping[str, int] | None = None,
        pads: bool = False,
    ) -> None:
        super().__init__()
        self._halves, self._pads = pool is None, pads
        self._chains: list[tuple[list[str], list[str]]] = []
        self.channels = channels if pool is None else pool
        for name, steps in chains.items():
            fork = (forks or {}).get(name)
            many = len(steps) > 1 or fork is not None
            labels, width = [], channels
            for number, (out, kernel) in enumerate(steps, 1):
                halves = self._halves and number == len(steps)
                labels.append(f"{name}_{number}" if many else name)
                self.add_module(
                    labels[-1], Unit(width, out, kernel, stride=1 + halves, padded=pads or not halves)
                )
                width = out
            sides = []
            if fork is not None:
                for letter, kernel in (("a", _1X3), ("b", _3X1)):
                    sides.append(f"{name}_{len(steps) + 1}{letter}")
                    self.add_module(sides[-1], Unit(width, fork, kernel))
            self._chains.append((labels, sides))
            self.channels += 2 * fork if fork is not None else width
        if pool is not None:
            self.branch_pool = Unit(channels, pool, _1X1)

    def forward(self, maps: Tensor) -> Tensor:
        """The channels of all chains, in order, the pool's last."""
        seen = []
        for labels, sides in self._chains:
            here = maps
            for label in labels:
                here = self.get_submodule(label)(here)
            seen += [self.get_submodule(side)(here) for side in sides] or [here]
        if self._halves:
            seen.append(F.max_pool2d(maps, 3, 2, int(self._pads)))
        else:
            seen.append(self.branch_pool.pooled(maps))
        return torch.cat(seen, 1)


def block_a(channels: int, width: Callable[[int], int], pool: int) -> Block:
    """The block of 35 x 35 maps."""
    return Block(
        channels,
        {
            "branch1x1": [(width(64), _1X1)],
            "branch5x5": [(width(48), _1X1), (width(64), _5X5)],
            "branch3x3dbl": [(width(64), _1X1), (width(96), _3X3), (width(96), _3X3)],
        },
        pool=width(pool),
    )


def block_b(channels: int, width: Callable[[int], int], *, pads: bool) -> Block:
    """From 35 x 35 to 17 x 17."""
    return Block(
        channels,
        {
            "branch3x3": [(width(384), _3X3)],
            "branch3x3dbl": [(width(64), _1X1), (width(96), _3X3), (width(96), _3X3)],
        },
        pool=None,
        pads=pads,
    )


def block_c(channels: int, width: Callable[[int], int], inner: int) -> Block:
    """The block of 17 x 17 maps."""
    thin, out = width(inner), width(192)
    return Block(
        channels,
        {
            "branch1x1": [(out, _1X1)],
            "branch7x7": [(thin, _1X1), (thin, _1X7), (out, _7X1)],
            "branch7x7dbl": [(thin, _1X1), (thin, _7X1), (thin, _1X7), (thin, _7X1), (out, _1X7)],
        },
        pool=out,
    )


def block_d(channels: int, width: Callable[[int], int], *, pads: bool) -> Block:
    """From 17 x 17 to 8 x 8."""
    thin = width(192)
    return Block(
        channels,
        {
            "branch3x3": [(thin, _1X1), (width(320), _3X3)],
            "branch7x7x3": [(thin, _1X1), (thin, _1X7), (thin, _7X1), (thin, _3X3)],
        },
        pool=None,
        pads=pads,
    )


def block_e(channels: int, width: Callable[[int], int]) -> Block:
    """The block of 8 x 8 maps."""
    return Block(
        channels,
        {
            "branch1x1": [(width(320), _1X1)],
            "branch3x3": [(width(384), _1X1)],
            "branch3x3dbl": [(width(448), _1X1), (width(384), _3X3)],
        },
        pool=width(192),
        forks={"branch3x3": width(384), "branch3x3dbl": width(384)},
    )
