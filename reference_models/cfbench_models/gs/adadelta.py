"""Optimizers for a table of which each step touches a few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


class TableAdaDelta:
    """Zeiler's rule on the rows that a step touches; exactly what the dense form does.

    A row without a gradient takes no step, and its two averages only fall by ``decay``: that is made up for when the
    row is touched again.
    """

    def __init__(self, table: Tensor, *, rate: float, decay: float = 0.9, eps: float = 1e-6) -> None:
        """``table`` (rows, width) is changed in place."""
        self.table = table
        self.rate, self.decay, self.eps = rate, decay, eps
        self._averages = table.new_zeros(len(table), 2 * table.shape[1])
        self._touched = torch.zeros(len(table), dtype=torch.long)
        self._now = 0

    @torch.no_grad()
    def step(self, rows: Tensor, values: Tensor, gradient: Tensor) -> None:
        """One step.

        Args:
            rows: The distinct numbers of the rows that have a gradient.
            values: What the table holds there; it is used up.
            gradient: At those values.
        """
        self._now += 1
        missed = (self._now - 1 - self._touched.index_select(0, rows)).to(values.dtype).unsqueeze(-1)
        averages = self._averages.index_select(0, rows).mul_(self.decay**missed)
        squares, steps = averages.chunk(2, 1)
        squares.mul_(self.decay).addcmul_(gradient, gradient, value=1 - self.decay)
        step = (steps + self.eps).div_(squares + self.eps).sqrt_().mul_(gradient)
        steps.mul_(self.decay).addcmul_(step, step, value=1 - self.decay)
        self._averages.index_copy_(0, rows, averages)
        self._touched[rows] = self._now
        self.table.index_copy_(0, rows, values.add_(step, alpha=-self.rate))


class TableAdam:
    """Adam on the rows that a step touches; those of the others stand still, with their averages."""

    def __init__(self, table: Tensor, *, rate: float) -> None:
        """``table`` (rows, width) is changed in place."""
        self._table = torch.nn.Parameter(table)
        self._optimizer = torch.optim.SparseAdam([self._table], lr=rate)

    def step(self, rows: Tensor, values: Tensor, gradient: Tensor) -> None:  # noqa: ARG002
        """One step, of what the table holds at the distinct numbers of the rows."""
        self._table.grad = torch.sparse_coo_tensor(
            rows[None], gradient, self._table.shape, is_coalesced=True, check_invariants=False
        )
        self._optimizer.step()  # type: ignore[no-untyped-call]
        self._table.grad = None
