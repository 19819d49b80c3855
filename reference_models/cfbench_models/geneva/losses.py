"""What discriminator and editor learn by."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name


def hinge(true: Tensor, wrong: Tensor, made: Tensor) -> Tensor:
    """The discriminator's loss: a made and a wrong edit count half as much as a true one."""
    return F.relu(1 - true).mean() + (F.relu(1 + wrong).mean() + F.relu(1 + made).mean()) / 2


def divergence(mean: Tensor, spread: Tensor) -> Tensor:
    """Of normal distributions, given by means and logarithms of variances, from the standard one; mean over all."""
    return -0.5 * (1 + spread - mean.square() - spread.exp()).mean()


def place_loss(logits: Tensor, place: Tensor) -> Tensor:
    """Cross-entropy of a map of places (turns, 1, 16, 16), 1 in sum, mean over turns where something was added."""
    wanted = place.flatten(1)
    losses = -(wanted * F.log_softmax(logits, 1)).sum(1)
    return losses.sum() / (wanted.sum(1) > 0).sum().clamp_min(1)


def gradient_penalty(judged: Tensor, images: Tensor) -> Tensor:
    """Mean squared norm of the gradient of judgements at the images that were judged."""
    (gradient,) = torch.autograd.grad(judged.sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()
