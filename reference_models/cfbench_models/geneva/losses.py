"""What discriminator and editor learn by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_models.geneva.placing import middle_cells
from cfbench_models.geneva.recipe import COLOURS

if TYPE_CHECKING:
    from cfbench_models.geneva.layout import Laid


CHANGED = 0.16  # of the 2 from black to white: a pixel of which a colour changes by more is changed


def hinge(true: Tensor, wrong: Tensor, made: Tensor) -> Tensor:
    """The discriminator's loss: a made and a wrong edit count half as much as a true one."""
    return F.relu(1 - true).mean() + (F.relu(1 + wrong).mean() + F.relu(1 + made).mean()) / 2


def divergence(mean: Tensor, spread: Tensor) -> Tensor:
    """Of normal distributions, given by means and logarithms of variances, from the standard one; mean over all."""
    return -0.5 * (1 + spread - mean.square() - spread.exp()).mean()


def place_loss(laid: Laid, drawn: Tensor, points: Tensor) -> Tensor:
    """Cross-entropy of where drawn classes are, (turns, classes, 2), mean over all that are drawn."""
    there = drawn[laid.turns, laid.labels]
    at = points[laid.turns, laid.labels]
    wanted = middle_cells(at[:, 0], at[:, 1]).flatten(1)
    losses = -(wanted * F.log_softmax(laid.places, 1)).sum(1)
    return (losses * there).sum() / there.sum().clamp_min(1)


def reconstruction(made: Tensor, before: Tensor, after: Tensor, changed: float) -> Tensor:
    """(turns,): the mean absolute difference of edits from the true ones, all as cells.

    Pixels that differ before and after count 1 + ``changed`` times.
    """
    parted = (len(made), -1, COLOURS, *made.shape[2:])
    differs = (after - before).abs().reshape(parted).amax(2, keepdim=True) > CHANGED
    weighted = (made - after).abs().reshape(parted) * (1 + changed * differs)
    return weighted.mean((1, 2, 3, 4))


def gradient_penalty(judged: Tensor, images: Tensor) -> Tensor:
    """Mean squared norm of the gradient of judgements at the images that were judged."""
    (gradient,) = torch.autograd.grad(judged.sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()
