"""The optimizer against values by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from cfbench_detectors.localizer.muon import MOMENTUM, Muon, alike  # noqa: E402


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (8, 8)])
def test_singular_values_become_alike_and_directions_stay(shape):
    left, _, right = torch.linalg.svd(noise(*shape), full_matrices=False)
    values = torch.logspace(0, -1, min(shape))
    matrix = left @ values.diag() @ right
    turned = alike(matrix)
    found = left.T @ turned @ right.T
    assert found.diag().min() > 0.6
    assert found.diag().max() < 1.3
    assert (found - found.diag().diag()).abs().max() < 1e-4
    torch.testing.assert_close(alike(1000 * matrix), turned, rtol=1e-3, atol=1e-4)


def test_nothing_to_learn_is_no_step():
    assert alike(torch.zeros(4, 9)).abs().max() == 0


def test_kernels_step_by_muon_and_the_rest_by_adam():
    kernel, bias = (noise(8, 3, 3, 3).requires_grad_(), noise(8, seed=1).requires_grad_())
    other = bias.detach().clone().requires_grad_()
    adam = torch.optim.Adam([other], lr=0.01, betas=(0.9, 0.99), fused=True)
    both = Muon([kernel, bias], kernel_rate=5, lr=0.01, betas=(0.9, 0.99), fused=True)
    mean = torch.zeros(8, 27)
    for number in range(3):
        before = kernel.detach().clone()
        slope, beside = noise(8, 3, 3, 3, seed=2 + number), noise(8, seed=9 + number)
        kernel.grad, bias.grad, other.grad = slope.clone(), beside.clone(), beside.clone()
        both.step()
        adam.step()
        mean = MOMENTUM * mean + slope.flatten(1)
        expected = before.flatten(1) - 0.05 * alike(slope.flatten(1) + MOMENTUM * mean)
        torch.testing.assert_close(kernel.detach().flatten(1), expected)
        assert torch.equal(bias, other)
    with pytest.raises(ValueError, match="no closure"):
        both.step(lambda: 0)


def test_tall_kernels_step_further():
    kernel = torch.zeros(32, 2, 2, 2).requires_grad_()
    kernel.grad = noise(32, 2, 2, 2)
    Muon([kernel], kernel_rate=1, lr=1.0).step()
    values = torch.linalg.svdvals(kernel.detach().flatten(1))
    assert 0.6 * 2 < values.min() <= values.max() < 1.3 * 2
