"""The object localizer of GeNeVA: Inception v3 with an auxiliary head, and two heads of two linear layers each.

One definition, two sizes: ``FULL`` is the published network (299 pixels, 26 million weights), ``NARROW`` is for
images of 64 to 128 pixels. Kept of the published network: colours from 0 to 1 go through ImageNet's
re-normalisation though they were never normalised; nothing stands between the two linear layers of a head;
places are not bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_detectors.localizer.blocks import (
    POOLED,
    Block,
    Unit,
    block_a,
    block_b,
    block_c,
    block_d,
    block_e,
)
from cfbench_detectors.localizer.cells import CellReader

SPREAD = 0.1  # of the first weights inside Inception, cut at twice that
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
AUXILIARY_GRID = 5
CELL = 4  # pixels of a side of the cells that the first group of a small network sees
BLOCKS_A, BLOCKS_C, BLOCKS_E = "bcd", "bcde", "bc"  # the last letters of their published names


@dataclass(frozen=True)
class Size:
    """How large the network is. A narrow one leaves out later blocks of a kind, never a kind."""

    name: str
    side: int
    """Pixels of a side of its input; the weights see other sides as well, but were not trained for them."""
    stem: tuple[int, int, int, int, int]
    """Channels of the first five convolutions."""
    pads: bool
    """Whether borders are kept and the stem leaves out its second pool, as small images need."""
    width: float
    """Factor on the channels of all blocks."""
    pools: tuple[int, ...]
    """Channels behind the pool of each block A, before the factor."""
    inner: tuple[int, ...]
    """Channels inside each block C, before the factor."""
    last: int
    """How many blocks E."""
    auxiliary: tuple[int, int]
    """Channels of the two convolutions of the auxiliary head."""
    features: int
    """Length of what either head of Inception gives."""
    cells: int = 0
    """Channels of the maps that classes and places are read from, cell by cell (see ``cells.py``); 0 reads
    means and the auxiliary head, as published."""

    def of(self, channels: int) -> int:
        """The channels at this width: a multiple of 4, at least 8."""
        return channels if self.width == 1 else max(8, 4 * round(channels * self.width / 4))


FULL = Size(
    name="full",
    side=299,
    stem=(32, 32, 64, 80, 192),
    pads=False,
    width=1,
    pools=(32, 64, 64),
    inner=(128, 160, 160, 192),
    last=2,
    auxiliary=(128, 768),
    features=512,
)
NARROW = Size(
    name="narrow",
    side=64,
    stem=(16, 16, 32, 32, 64),
    pads=True,
    width=1 / 4,
    pools=(32, 64),
    inner=(128, 160),
    last=1,
    auxiliary=(64, 128),
    features=128,
)
CELLS = replace(NARROW, name="cells", cells=64)
SIZES = {size.name: size for size in (FULL, NARROW, CELLS)}


class Seen(NamedTuple):
    """A line for each image."""

    logits: Tensor
    """(n, classes): present where above 0."""
    places: Tensor
    """(n, classes, coordinates)."""
    pooled: Tensor
    """(n, channels): the means of the last maps."""


class Auxiliary(nn.Module):
    """The auxiliary head: means of a 5 x 5 grid of cells, so that it knows where things are."""

    def __init__(self, channels: int, inner: int, out: int, features: int) -> None:
        super().__init__()
        self.conv0 = Unit(channels, inner, (1, 1))
        self.conv1 = Unit(inner, out, (AUXILIARY_GRID, AUXILIARY_GRID), padded=False)
        self.fc = nn.Linear(out, features)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, features)."""
        grid = maps.shape[-1]
        stride = max(1, round((grid - AUXILIARY_GRID) / (AUXILIARY_GRID - 1)))
        cells = F.avg_pool2d(maps, grid - (AUXILIARY_GRID - 1) * stride, stride)
        out: Tensor = self.fc(self.conv1(self.conv0(cells)).flatten(1))
        return out


class Inception3(nn.Module):
    """Inception v3 up to its two heads; without them where cells are read."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        a, b, c, d, e = size.stem
        pads = size.pads
        self.Conv2d_1a_3x3 = Unit(3, a, (3, 3), stride=2, padded=pads)
        self.Conv2d_2a_3x3 = Unit(a, b, (3, 3), padded=pads)
        self.Conv2d_2b_3x3 = Unit(b, c, (3, 3))
        self.Conv2d_3b_1x1 = Unit(c, d, (1, 1))
        self.Conv2d_4a_3x3 = Unit(d, e, (3, 3), padded=pads)
        self._pads = pads
        self._at = e
        self._first = [
            self._put(f"Mixed_5{letter}", block_a(self._at, size.of, pool))
            for letter, pool in zip(BLOCKS_A, size.pools, strict=False)
        ]
        self.first = self._at
        self._middle = [self._put("Mixed_6a", block_b(self._at, size.of, pads=pads))] + [
            self._put(f"Mixed_6{letter}", block_c(self._at, size.of, inner))
            for letter, inner in zip(BLOCKS_C, size.inner, strict=False)
        ]
        self.middle = self._at
        if not size.cells:
            self.AuxLogits = Auxiliary(self._at, *size.auxiliary, size.features)
        self._last = [self._put("Mixed_7a", block_d(self._at, size.of, pads=pads))] + [
            self._put(f"Mixed_7{letter}", block_e(self._at, size.of)) for letter in BLOCKS_E[: size.last]
        ]
        self.channels = self._at
        if not size.cells:
            self.fc = nn.Linear(self.channels, size.features)

    def _put(self, name: str, block: Block) -> str:
        self.add_module(name, block)
        self._at = block.channels
        return name

    def maps(self, pixels: Tensor) -> list[Tensor]:
        """The maps behind the stem and behind each of the three groups of blocks."""
        maps = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(pixels)))
        maps = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(maps, 3, 2, 1 if self._pads else 0)))
        found = [maps]
        maps = maps if self._pads else F.max_pool2d(maps, 3, 2)
        for group in (self._first, self._middle, self._last):
            for name in group:
                maps = self.get_submodule(name)(maps)
            found.append(maps)
        return found


class ObjectLocalizer(nn.Module):
    """Says which classes are in an image, and where each of them is."""

    def __init__(self, size: Size, classes: int, coordinates: int) -> None:
        """The weights are torch's own first ones; see :func:`fresh` for those of training."""
        super().__init__()
        half = size.features // 2
        self.size, self.classes, self.coordinates = size, classes, coordinates
        self.inception3 = inception = Inception3(size)
        if size.cells:
            groups = (inception.first, inception.middle, inception.channels)
            self.cells = CellReader(groups, size.cells, classes, coordinates)
            return
        self.detector = nn.Sequential(nn.Linear(size.features, half), nn.Linear(half, classes))
        self.localizer = nn.Sequential(
            nn.Linear(2 * size.features, size.features), nn.Linear(size.features, classes * coordinates)
        )

    def forward(self, pixels: Tensor, keep: Tensor | None = None) -> Seen:
        """What is in ``pixels`` (n, 3, side, side), bytes or floats of 0 to 255; smaller ones are enlarged.

        ``keep`` (n, channels) multiplies the pooled features: the dropout of a training step.
        """
        return self.read(self.maps(pixels), keep)

    def maps(self, pixels: Tensor) -> list[Tensor]:
        """The maps behind the stem and behind each of the three groups of blocks."""
        side = self.size.side
        if pixels.shape[-1] < side:
            pixels = F.interpolate(pixels.float(), (side, side), mode="bilinear")
        return self.inception3.maps(renormalised(pixels))

    def read(self, maps: list[Tensor], keep: Tensor | None = None) -> Seen:
        """What the heads make of the maps."""
        *_, middle, last = maps
        pooled = last.mean((2, 3))
        if self.size.cells:
            logits, places, _ = self.cells(maps[1:])
            return Seen(logits, places, pooled)
        main = self.inception3.fc(pooled if keep is None else pooled * keep)
        both = torch.cat([main, self.inception3.AuxLogits(middle)], 1)
        places = self.localizer(both).view(-1, self.classes, self.coordinates)
        return Seen(self.detector(main), places, pooled)

    def begin_at(self, logits: Tensor, places: Tensor) -> None:
        """Let the biases of the heads be what all images alike would give: (classes,), (classes, coordinates)."""
        if self.size.cells:
            self.cells.begin_at(logits, places, (self.size.side // CELL) ** 2)
            return
        with torch.no_grad():
            self.detector.get_parameter("1.bias").copy_(logits)
            self.localizer.get_parameter("1.bias").copy_(places.flatten())

    def fold(self) -> ObjectLocalizer:
        """Itself, for inference only: batch norms put into the convolutions where that changes nothing."""
        for name, module in self.named_modules():
            if isinstance(module, Unit) and not name.endswith(POOLED):
                module.fold()
        return self.eval().requires_grad_(False)  # noqa: FBT003 - torch's signature


def renormalised(pixels: Tensor) -> Tensor:
    """Colours of 0 to 255 as the published network takes them: ImageNet's re-normalisation of 0 to 1."""
    scale = torch.tensor(DEVIATIONS, device=pixels.device) / 0.5
    shift = (torch.tensor(MEANS, device=pixels.device) - 0.5) / 0.5
    return pixels.float() * (scale / 255)[:, None, None] + shift[:, None, None]


def fresh(size: Size, classes: int, coordinates: int, generator: torch.Generator) -> ObjectLocalizer:
    """A network with the first weights of the recipe, drawn from ``generator`` alone."""
    with torch.device("meta"):
        network = ObjectLocalizer(size, classes, coordinates)
    network.to_empty(device="cpu")
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
        elif isinstance(module, nn.Conv2d):
            nn.init.trunc_normal_(module.weight, 0, SPREAD, -2 * SPREAD, 2 * SPREAD, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            _first_of_torch(module, generator)
        elif isinstance(module, CellReader):
            nn.init.zeros_(module.offsets)
            nn.init.zeros_(module.bases)
    return network.to(memory_format=torch.channels_last)


def _first_of_torch(linear: nn.Linear, generator: torch.Generator) -> None:
    """What torch gives a linear layer, from a generator of one's own."""
    bound = linear.in_features**-0.5
    for tensor in (linear.weight, linear.bias):
        nn.init.uniform_(tensor, -bound, bound, generator=generator)
