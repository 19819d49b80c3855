"""Where an edit goes: noise chooses a cell of the image by what the condition and the image say of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_models.geneva.blocks import SLOPE, ConditionalNorm
from cfbench_models.geneva.recipe import MIDDLE, Size

KEY = 16  # numbers by which a head finds what the condition speaks of


class Placing(nn.Module):
    """Logits of the cells.

    Each head looks for something that the condition names and knows where it is; each cell is told where it lies
    from there, and decides with the condition whether that is the place.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        width, self._heads = size.place, size.heads
        self.conv_1 = nn.Conv2d(size.features[-1] + 2, width, 3, padding=1, bias=False)
        self.norm_1 = ConditionalNorm(width, size.condition)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.keys = nn.Conv2d(width, size.heads * KEY, 1)
        self.wanted = nn.Linear(size.condition, size.heads * KEY)
        self.conv_3 = nn.Conv2d(width + 2 * size.heads, width, 1, bias=False)
        self.norm_3 = ConditionalNorm(width, size.condition)
        self.conv_4 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm_4 = ConditionalNorm(width, size.condition)
        self.logits = nn.Conv2d(width, 1, 1)

    def forward(self, features: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """(turns, cells), and the maps (turns, channels, 16, 16) that they were made of."""
        count = len(features)
        grid = positions(features)
        maps = torch.cat([features, grid.expand(count, -1, -1, -1)], 1)
        maps = self.conv_2(F.leaky_relu(self.norm_1(self.conv_1(maps), condition), SLOPE))
        keys = self.keys(maps).flatten(2).view(count, self._heads, KEY, -1)
        wanted = self.wanted(condition).view(count, self._heads, 1, KEY)
        where = torch.softmax((wanted @ keys).squeeze(2).float() * KEY**-0.5, 2)  # (turns, heads, cells)
        found = where @ grid.flatten(1).t()  # (turns, heads, 2)
        offsets = grid - found[..., None, None]
        maps = torch.cat([maps, offsets.flatten(1, 2)], 1)
        maps = F.leaky_relu(self.norm_3(self.conv_3(maps), condition), SLOPE)
        maps = F.leaky_relu(self.norm_4(self.conv_4(maps), condition), SLOPE)
        return self.logits(maps).flatten(1).float(), maps


def chosen_places(logits: Tensor, noise: Tensor, temperature: float, *, settled: bool) -> Tensor:
    """A map (turns, 1, 16, 16) with 1 shared among the cells nearest to a point that noise (turns, 3) chose.

    Its gradient is that of the probabilities. The point is anywhere in the chosen cell, or, ``settled``, the middle
    of the probabilities of that cell and its neighbours: where true places are alike, it is where they are.
    """
    shares = torch.softmax(logits / max(temperature, 1e-3), 1)
    below = shares.detach().double().cumsum(1)
    cell = (below < noise[:, :1].double() * below[:, -1:]).sum(1).clamp_max(MIDDLE**2 - 1)
    column, row = cell % MIDDLE, cell // MIDDLE
    if settled:
        x, y = _middle(torch.softmax(logits.detach(), 1).view(-1, MIDDLE, MIDDLE), column, row)
    else:
        x, y = (column + noise[:, 1]) / MIDDLE, (row + noise[:, 2]) / MIDDLE
    hard = middle_cells(x.to(logits.dtype), y.to(logits.dtype))[:, None]
    soft = shares.view_as(hard)
    return hard + soft - soft.detach()


def _middle(shares: Tensor, column: Tensor, row: Tensor) -> tuple[Tensor, Tensor]:
    """X and y, from 0 to 1, of the middle of the shares of 3 x 3 cells around one."""
    line = torch.arange(MIDDLE, device=shares.device)
    across, down = ((line - at[:, None]).abs() <= 1 for at in (column, row))
    near = shares * (down[:, :, None] & across[:, None])
    centres = (line.to(shares.dtype) + 0.5) / MIDDLE
    whole = near.sum((1, 2))
    return (near.sum(1) * centres).sum(1) / whole, (near.sum(2) * centres).sum(1) / whole


def middles(side: int, like: Tensor) -> Tensor:
    """The middles of so many cells in a row, from -1 to 1."""
    return (torch.arange(side, device=like.device, dtype=like.dtype) + 0.5) / side * 2 - 1


def positions(like: Tensor, side: int = MIDDLE) -> Tensor:
    """X and y of the cells of a map, from -1 to 1: (2, side, side)."""
    line = middles(side, like)
    return torch.stack([line.expand(side, side), line[:, None].expand(side, side)])


def middle_cells(x: Tensor, y: Tensor) -> Tensor:
    """A map (…, 16, 16) with 1 shared among the four cells nearest to a point of 0 to 1 each way."""
    centres = torch.arange(MIDDLE, device=x.device, dtype=x.dtype)

    def near(at: Tensor) -> Tensor:
        cells = (at * MIDDLE - 0.5).clamp(0, MIDDLE - 1)
        return (1 - (cells[..., None] - centres).abs()).clamp_min(0)

    return near(y)[..., :, None] * near(x)[..., None, :]
