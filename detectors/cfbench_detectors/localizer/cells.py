"""A way of reading maps that stands beside the published one: cell by cell, each class from where it is.

The published network reads presence from the mean of its last maps, where a thing of a few pixels drowns. Here
the maps of all three groups of blocks are fused at the first group's resolution, and for each class every cell
has a logit. They are those of one choice among "in this cell" and "nowhere", whose logit is 0, so that presence
has the logarithm of the sum of their exponentials as logit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_detectors.localizer.blocks import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence


class CellReader(nn.Module):
    """Reads classes and places from the maps of groups of blocks, the finest first."""

    def __init__(self, groups: Sequence[int], channels: int, classes: int, coordinates: int) -> None:
        """``groups``: the channels of their maps."""
        super().__init__()
        self.laterals = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in groups)
        self.fused = Unit(channels, channels, (3, 3))
        self.logits = nn.Conv2d(channels, classes, 1)
        self.offsets = nn.Parameter(torch.zeros(classes, channels, coordinates))
        self.bases = nn.Parameter(torch.zeros(classes, coordinates))

    def begin_at(self, logits: Tensor, places: Tensor, cells: int) -> None:
        """Let the biases give these logits, spread evenly over so many cells, and these places but for x and y."""
        with torch.no_grad():
            self.logits.get_parameter("bias").copy_(logits - math.log(cells))
            self.bases[:, 2:].copy_(places[:, 2:])

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (n, classes), places (n, classes, coordinates), and cells' logits (n, classes, rows, columns)."""
        first, *others = (lateral(part) for lateral, part in zip(self.laterals, maps, strict=True))
        for other in others:
            first = first + F.interpolate(other, first.shape[2:])
        fused = self.fused(F.relu(first))
        cells = self.logits(fused)
        with torch.autocast(fused.device.type, enabled=False):  # places need more bits
            logits = cells.float().flatten(2)
            shares = logits.softmax(2)
            seen = shares @ fused.float().flatten(2).transpose(1, 2)
            places = torch.einsum("ncf,cfd->ncd", seen, self.offsets) + self.bases
            centres = shares @ centres_of(fused)
            places = torch.cat([places[..., :2] + centres, places[..., 2:]], 2)
            return logits.logsumexp(2), places, cells


def centres_of(maps: Tensor) -> Tensor:
    """(rows x columns, 2): x and y of the centres of the cells, in units of the image."""
    rows, columns = maps.shape[2:]
    y = (torch.arange(rows, device=maps.device) + 0.5) / rows
    x = (torch.arange(columns, device=maps.device) + 0.5) / columns
    return torch.stack([x.repeat(rows), y.repeat_interleave(columns)], 1)
