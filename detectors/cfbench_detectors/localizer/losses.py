"""What the localizer learns by, and how well it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

if TYPE_CHECKING:
    import numpy.typing as npt

    Booleans = npt.NDArray[np.bool_]
    Singles = npt.NDArray[np.float32]

PUBLISHED_EPSILON = 2.2e-16  # added to probabilities before their logarithm


def class_weights(present: Booleans, balance: float = 1.0) -> Tensor:
    """A weight for each class, 1 in sum, that falls with this power of how often the class occurs.

    A class that never occurs counts as one that occurred once.
    """
    rarity = np.maximum(present.sum(axis=0), 1.0) ** -balance
    return torch.from_numpy((rarity / rarity.sum()).astype(np.float32))


def detection_loss(
    logits: Tensor,
    present: Tensor,
    weights: Tensor,
    *,
    smoothing: float = 0.9,
    positive_weight: float = 2.0,
    saturates: bool = False,
) -> Tensor:
    """Cross-entropy of presence, mean over images, weighted sum over classes.

    Args:
        logits: (n, classes).
        present: (n, classes), 0 or 1.
        weights: (classes,).
        smoothing: What stands for 1 in ``present``; 0 is not smoothed.
        positive_weight: How often the logarithm of the probability of what is there counts.
        saturates: Take logarithms of probabilities, as published: where one rounds to 0 or 1 the loss is 36 at most
            and teaches nothing, however wrong the output.
    """
    target = smoothing * present
    if saturates:
        probabilities = logits.sigmoid()
        yes = torch.log(probabilities + PUBLISHED_EPSILON)
        no = torch.log(1 - probabilities + PUBLISHED_EPSILON)
    else:
        yes, no = F.logsigmoid(logits), F.logsigmoid(-logits)
    losses = -(positive_weight * target * yes + (1 - target) * no)
    return (losses.mean(0) * weights).sum()


def location_loss(places: Tensor, true: Tensor, present: Tensor, *, reduction: str = "sum") -> Tensor:
    """Squared error, summed over coordinates, of the places of classes that are there.

    Args:
        places: (n, classes, coordinates).
        true: Likewise.
        present: (n, classes), 0 or 1.
        reduction: ``sum`` over batch and classes, as published, or their ``mean``, which no batch size changes.
    """
    total = ((places - true).square().sum(2) * present).sum()
    return total / present.sum().clamp_min(1) if reduction == "mean" else total


def grid_loss(logits: Tensor, places: Tensor, present: Tensor) -> Tensor:
    """Cross-entropy of which cell of a grid holds the centre of which class, summed, for each object there is.

    Args:
        logits: (n, classes, rows, columns).
        places: (n, classes, coordinates), x and y first, in units of the image; outside counts to the border.
        present: (n, classes), 0 or 1.
    """
    target = torch.zeros_like(logits).flatten(2)
    target.scatter_(2, _cells(logits, places), present[..., None].to(target.dtype))
    total = F.binary_cross_entropy_with_logits(logits.flatten(2), target, reduction="sum")
    return total / present.sum().clamp_min(1)


def choice_loss(logits: Tensor, places: Tensor, present: Tensor) -> Tensor:
    """Cross-entropy of which cell holds the centre of a class, among all cells, mean over the objects there are.

    Arguments as of :func:`grid_loss`. With the logarithm of the sum of exponentials as a class's logit of presence,
    this and the cross-entropy of presence are, summed, that of one choice among all cells and "nowhere".
    """
    true = logits.flatten(2).log_softmax(2).gather(2, _cells(logits, places))[..., 0]
    return -(true * present).sum() / present.sum().clamp_min(1)


def _cells(logits: Tensor, places: Tensor) -> Tensor:
    """(n, classes, 1): the number of the cell that holds each place."""
    rows, columns = logits.shape[2:]
    x = (places[..., 0] * columns).long().clamp(0, columns - 1)
    y = (places[..., 1] * rows).long().clamp(0, rows - 1)
    return (y * columns + x)[..., None]


@dataclass(frozen=True)
class Sight:
    """How well true images are seen."""

    f1: float
    """Mean over images of the F1 of their labels; 1 for an empty image seen as empty."""
    f1_final: float
    """The same over the last image of each sample alone."""
    position_error: float
    """Mean distance between where a class is and where it is seen, in units of the image, over all that is there."""
    depth_error: float | None
    """Mean absolute error of the depth, in the data set's unit."""


def sight(found: Booleans, places: Singles, present: Booleans, true: Singles, final: Booleans) -> Sight:
    """Compare what was found (n, classes) and where (n, classes, coordinates) with the truth."""
    both = (found & present).sum(1)
    sizes = found.sum(1) + present.sum(1)
    scores = np.where(sizes > 0, 2 * both / np.maximum(sizes, 1), 1.0)
    errors = (places - true)[present].astype(np.float64)
    if not len(errors):
        errors = np.full((1, places.shape[2]), np.nan)
    distances = np.hypot(errors[:, 0], errors[:, 1])
    depth = float(np.abs(errors[:, 2]).mean()) if errors.shape[1] > 2 else None
    return Sight(float(scores.mean()), float(scores[final].mean()), float(distances.mean()), depth)
