"""The rules for tables are the dense rules."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from cfbench_models.gs.adadelta import TableAdaDelta, TableAdam  # noqa: E402


def test_touching_rows_now_and_then_is_the_dense_rule_with_zeros():
    random = torch.Generator().manual_seed(0)
    start = torch.randn(7, 3, generator=random, dtype=torch.float64)
    dense = start.clone().requires_grad_()
    optimizer = torch.optim.Adadelta([dense], lr=3.0, rho=0.9, eps=1e-6)
    table = start.clone()
    lazy = TableAdaDelta(table, rate=3.0)
    for step in range(60):
        rows = torch.randperm(7, generator=random)[: 1 + step % 4]
        gradient = torch.randn(len(rows), 3, generator=random, dtype=torch.float64)
        dense.grad = torch.zeros_like(dense)
        dense.grad[rows] = gradient
        optimizer.step()
        lazy.step(rows, table[rows], gradient)
    torch.testing.assert_close(table, dense.detach(), rtol=1e-9, atol=1e-12)


def test_adam_moves_the_rows_that_are_touched_as_adam_alone_would():
    random = torch.Generator().manual_seed(0)
    table = torch.randn(7, 3, generator=random, dtype=torch.float64)
    start, dense = table.clone(), table[2:5].clone().requires_grad_()
    lazy = TableAdam(table, rate=0.1)
    optimizer = torch.optim.Adam([dense], lr=0.1)
    rows = torch.arange(2, 5)
    for _ in range(20):
        gradient = torch.randn(3, 3, generator=random, dtype=torch.float64)
        dense.grad = gradient.clone()
        optimizer.step()
        lazy.step(rows, table[rows], gradient)
    torch.testing.assert_close(table[2:5], dense.detach(), rtol=1e-6, atol=1e-7)
    assert torch.equal(table[[0, 1, 5, 6]], start[[0, 1, 5, 6]])
