"""AdaDelta for a table of which each step touches a few rows; exactly what the dense form does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


class TableAdaDelta:
    """Zeiler's rule on the rows that a step touches.

    A row without a gradient takes no step, and its two averages only fall by ``decay``: that is made up for when the
    row is touched again.
    """

    def __init__(self, table: Tensor, *, rate: float, decay: float = 0.9, eps: float = 1e-6) -> None:
        """``table`` (rows, width) is changed in place."""
        self.table = table
        self.rate, self.decay, self.eps = rate, decay, eps
        self._squares = torch.zeros_like(table)
        self._steps = torch.zeros_like(table)
        self._touched = torch.zeros(len(table), dtype=torch.long)
        self._now = 0

    @torch.no_grad()
    def step(self, rows: Tensor, gradient: Tensor) -> None:
        """One step; ``rows`` are the distinct numbers of the rows that have a gradient."""
        self._now += 1
        missed = (self._now - 1 - self._touched[rows]).to(self.table.dtype).unsqueeze(-1)
        faded = self.decay**missed
        squares = (
            self._squares[rows]
            .mul_(faded)
            .mul_(self.decay)
            .addcmul_(gradient, gradient, value=1 - self.decay)
        )
        steps = self._steps[rows].mul_(faded)
        step = (steps + self.eps).sqrt_().div_((squares + self.eps).sqrt_()).mul_(gradient)
        self._squares[rows] = squares
        self._steps[rows] = steps.mul_(self.decay).addcmul_(step, step, value=1 - self.decay)
        self._touched[rows] = self._now
        self.table[rows] -= self.rate * step
