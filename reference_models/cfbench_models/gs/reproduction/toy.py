"""Points of two classes that a cue tells apart in training, and only a cause tells apart everywhere.

The first number of a point is the cause: its sign is the label. The second is a cue, which has the label's sign, too, in
every original, and is easier to see. An edit turns the cause around and leaves the cue where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from cfbench.randomness import generator
from cfbench_models.gs.loss import gradient_supervision_loss

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import Tensor

CLEAR = 0.1
"""The least distance of a point from the true boundary."""
CAUSE, CUE, NOISE, STILL = 0.8, 1.6, 0.4, 0.1
"""The spread of the cause beyond that, the cue's distance and noise, and the noise that an edit adds to the cue."""
TRAINED, PAIRED, TESTED = 60, 4, 1000
"""Points: of training, those of them that are edited, and of a test."""
STEPS, RATE = 400, 0.02


@dataclass(frozen=True)
class Points:
    """Originals with their labels, and the edits of the first of them, whose labels are the other ones."""

    originals: npt.NDArray[np.float32]  # (points, 2)
    labels: npt.NDArray[np.int64]
    edits: npt.NDArray[np.float32]  # (pairs, 2)

    @property
    def labels_of_edits(self) -> npt.NDArray[np.int64]:
        """One a pair."""
        turned: npt.NDArray[np.int64] = 1 - self.labels[: len(self.edits)]
        return turned


@dataclass(frozen=True)
class Way:
    """A way of learning: which points, and how strongly gradients are supervised; negative: the wrong way around."""

    label: str
    edited: bool = True
    strength: float = 0.0


@dataclass(frozen=True)
class Judged:
    """What one network makes of points that it has not seen."""

    originals: float
    """Accuracy."""
    edits: float
    cosine: float
    """The mean over originals and edits, between the gradient and the way to what has the class."""
    loss: float
    """Mean cross-entropy of originals and edits."""


def points(seed: int, name: str, count: int, pairs: int) -> Points:
    """Drawn anew for every name."""
    random = generator(seed, "gs", "toy", name)
    labels = np.arange(count) % 2
    signs = 2 * labels - 1
    cue = signs * CUE + random.normal(0, NOISE, count)
    cause = signs * (CLEAR + np.abs(random.normal(0, CAUSE, count)))
    originals = np.column_stack([cause, cue])
    edits = originals[:pairs] * [-1, 1] + random.normal(0, STILL, (pairs, 2)) * [0, 1]
    return Points(originals.astype(np.float32), labels, edits.astype(np.float32))


class Network:
    """Layers with tanh between them; without hidden ones, a linear model. The same seed begins the same."""

    def __init__(self, hidden: Sequence[int], seed: int) -> None:
        random = generator(seed, "gs", "toy", "weights")
        self._weights = [
            torch.from_numpy(random.normal(0, 1 / sqrt(before), (before, after)).astype(np.float32))
            for before, after in pairwise((2, *hidden, 1))
        ]
        self._biases = [torch.zeros(weight.shape[1]) for weight in self._weights]
        self.parameters = [each.requires_grad_() for each in (*self._weights, *self._biases)]

    def __call__(self, inputs: Tensor) -> Tensor:
        """A logit of the second class for each point."""
        for weight, bias in zip(self._weights[:-1], self._biases[:-1], strict=True):
            inputs = torch.tanh(inputs @ weight + bias)
        return (inputs @ self._weights[-1] + self._biases[-1]).squeeze(-1)

    @torch.no_grad()
    def probabilities(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Of the second class."""
        return torch.sigmoid(self(torch.from_numpy(places).float())).double().numpy()


def learned(way: Way, hidden: Sequence[int], seed: int, train: Points) -> Network:
    """Taught all points together in every step, by Adam."""
    network = Network(hidden, seed)
    here, there, labels_there = ends(train)
    seen, labels = train.originals, train.labels
    if way.edited:
        seen, labels = np.concatenate([seen, train.edits]), np.concatenate([labels, train.labels_of_edits])
    inputs, told = torch.from_numpy(seen), torch.from_numpy(labels).float()
    optimizer = torch.optim.Adam(network.parameters, lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(network(inputs), told)
        if way.strength:
            loss = loss + abs(way.strength) * supervision(network, here, there, labels_there, way.strength)
        torch.autograd.backward(loss)
        optimizer.step()
    return network


def supervision(
    network: Network, here: Tensor, there: Tensor, labels_there: Tensor, strength: float = 1.0
) -> Tensor:
    """The loss of gradient supervision; of a negative strength, with every label turned."""
    inputs = here.clone().requires_grad_()
    labels = labels_there if strength > 0 else 1 - labels_there
    return gradient_supervision_loss(network(inputs), inputs, there, labels)


def ends(data: Points) -> tuple[Tensor, Tensor, Tensor]:
    """Both ends of every pair, the other end of each, and the other end's label."""
    originals, edits = torch.from_numpy(data.originals[: len(data.edits)]), torch.from_numpy(data.edits)
    labels = torch.from_numpy(np.concatenate([data.labels_of_edits, data.labels[: len(data.edits)]]))
    return torch.cat([originals, edits]), torch.cat([edits, originals]), labels


def judged(network: Network, test: Points) -> Judged:
    """On points of which all are edited."""
    right, losses = [], []
    for places, labels in ((test.originals, test.labels), (test.edits, test.labels_of_edits)):
        said = network.probabilities(places.astype(np.float64))
        right.append(float(((said > 0.5) == (labels == 1)).mean()))
        true = np.where(labels == 1, said, 1 - said)
        losses.append(float(-np.log(np.maximum(true, 1e-12)).mean()))
    cosine = 1 - float(supervision(network, *ends(test)).detach())
    return Judged(right[0], right[1], cosine, float(np.mean(losses)))
