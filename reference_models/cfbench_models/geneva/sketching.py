"""How a named object looks: a small picture of it, drawn by what it is, how noise turns it and where it stands.

It is drawn the same wherever it stands and laid down to a part of a pixel, so that a cube need not be learned anew
for each of its places. The generator's maps add to it what it cannot know: what stands before it, and its shadow.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_models.geneva.blocks import SLOPE
from cfbench_models.geneva.placing import middles, positions
from cfbench_models.geneva.recipe import COLOURS, MIDDLE, Size

_SURE = 4.0  # how far below 0 the logarithm of the posterior's variance begins: else noise is not listened to
_WIDE = 3.0  # its mean's first values are multiplied by it


class Sketch(nn.Module):
    """Small pictures: half the image's side, colours before their ``tanh`` and a mask's logits."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.sketch
        self._side, self._first = size.side, size.side // 8
        self.linear_1 = nn.Linear(size.named + size.noise + 2, 2 * width)
        self.linear_2 = nn.Linear(2 * width, width * self._first**2)
        self.conv_1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv_3 = nn.Conv2d(width, 4 * (COLOURS + 1), 3, padding=1)

    def forward(self, kind: Tensor, looks: Tensor, there: Tensor) -> Tensor:
        """(n, 4, side, side) of kinds (n, named), noise (n, noise) and places (n, 1, 16, 16)."""
        centre = (there * positions(there)).sum((2, 3)).float()
        told = _even(self.linear_1(torch.cat([kind, looks, centre], 1)))
        maps = _even(self.linear_2(told)).view(len(kind), -1, self._first, self._first)
        maps = F.interpolate(_even(self.conv_1(maps)), scale_factor=2.0)
        pictures = F.pixel_shuffle(self.conv_3(_even(self.conv_2(maps))), 2).float()
        return _seen(pictures * self._faded(pictures), 2.0, -2 * centre, self._side)

    def _faded(self, pictures: Tensor) -> Tensor:
        """1, and less and less in the outermost eighth: else a picture's edge is seen as a frame."""
        line = middles(self._side // 2, pictures)
        edge = (8 * (1 - line.abs())).clamp_max(1)
        return edge * edge[:, None]


class NearPosterior(nn.Module):
    """What noise a true edit speaks for, by what changed around each place. For training only."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.sketch
        self._squeeze = size.squeeze
        self.conv_1 = nn.Conv2d(COLOURS, width, 4, 2, padding=1)
        self.conv_2 = nn.Conv2d(width, width, 4, 2, padding=1)
        self.linear_1 = nn.Linear(width * (size.side // 8) ** 2, 2 * width)
        self.linear_2 = nn.Linear(2 * width, 2 * size.noise)

    def forward(self, changes: Tensor, drawn: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of the noise, (turns, noise) each.

        Args:
            changes: As cells: the images after less those before.
            drawn: (turns, classes), 0 or 1.
            points: (turns, classes, 2), from 0 to 1.
        """
        turn, label = drawn.nonzero(as_tuple=True)
        edge = 1 - 1 / MIDDLE  # no place is nearer to the border than the middle of a cell
        centre = (points[turn, label] * 2 - 1).clamp(-edge, edge)
        pixels = pixels_of(changes, self._squeeze)
        near = _seen(pixels[turn], 0.5, centre, pixels.shape[-1] // 2)
        maps = F.leaky_relu(self.conv_2(F.leaky_relu(self.conv_1(near), SLOPE)), SLOPE)
        found = self.linear_1(maps.flatten(1)).float()
        seen = found.new_zeros(len(changes), found.shape[1]).index_add(0, turn, found)
        mean, spread = self.linear_2(F.leaky_relu(seen, SLOPE)).float().chunk(2, 1)
        return _WIDE * mean, (spread - _SURE).clamp(-10, 2)


def directions(noise: Tensor) -> Tensor:
    """Noise whose pairs of numbers are directions: no place on a circle is rarer than another, and none empty."""
    return F.normalize(noise.view(len(noise), -1, 2), dim=2).flatten(1)


def cells_of(pixels: Tensor, squeeze: int) -> Tensor:
    """Maps (n, channels, side, side) as cells, (n, squeeze² · channels, grid, grid)."""
    count, channels, side, _ = pixels.shape
    grid = side // squeeze
    cells = pixels.reshape(count, channels, grid, squeeze, grid, squeeze)
    return cells.permute(0, 3, 5, 1, 2, 4).flatten(1, 3)


def pixels_of(cells: Tensor, squeeze: int) -> Tensor:
    """The inverse."""
    count, _, grid, _ = cells.shape
    pixels = cells.reshape(count, squeeze, squeeze, -1, grid, grid)
    return pixels.permute(0, 3, 4, 1, 5, 2).flatten(4, 5).flatten(2, 3)


def _even(maps: Tensor) -> Tensor:
    return F.leaky_relu(F.layer_norm(maps, maps.shape[1:]), SLOPE)


def _seen(images: Tensor, scale: float, shift: Tensor, side: int) -> Tensor:
    """What lies, for each of ``side`` x ``side`` pixels from -1 to 1, at ``scale`` times it plus ``shift`` (n, 2)."""
    grid = scale * positions(shift, side).permute(1, 2, 0) + shift[:, None, None]
    return F.grid_sample(images, grid, align_corners=False)
