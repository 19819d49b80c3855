"""Networks side by side in one tensor: small ones learn as fast together as one of them alone.

Every tensor of examples is (members, examples, width). A member's numbers never depend on another member.
"""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch.nn import functional

from cfbench_models.gs.adadelta import TableAdaDelta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from cfbench_models.gs.recipes import Recipe, TextRecipe
    from cfbench_models.gs.words import Bag

MOMENTUM = 0.1  # of the averages that normalise at test


class Ensemble(Protocol):
    """What the training loop asks of networks side by side."""

    def represent(self, inputs: Sequence[Any], *, training: bool) -> Tensor:
        """The examples as the vectors that gradients are taken at."""

    def logits(self, vectors: Tensor) -> Tensor:
        """(members, examples, outputs)."""

    def step(self) -> None:
        """Go down the gradients that a backward pass has left."""

    def state(self) -> dict[str, Tensor]:
        """Copies of every tensor that is kept."""

    def load(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of :meth:`state`."""


class Layers:
    """Linear layers with ReLU between them, a stack for each member, trained with AdaDelta."""

    def __init__(self, recipe: Recipe, inputs: int, outputs: int, random: np.random.Generator) -> None:
        widths = (inputs, *recipe.hidden, outputs)
        self.tensors: dict[str, Tensor] = {}
        for layer, (before, after) in enumerate(pairwise(widths)):
            bound = 1 / sqrt(before)
            for name, shape in (("weight", (before, after)), ("bias", (1, after))):
                drawn = random.uniform(-bound, bound, (recipe.members, *shape)).astype(np.float32)
                self.tensors[f"{layer}.{name}"] = torch.from_numpy(drawn).requires_grad_()
        self._depth = len(widths) - 1
        self._optimizer = torch.optim.Adadelta(list(self.tensors.values()), lr=recipe.rate)

    def __call__(self, vectors: Tensor) -> Tensor:
        """(members, examples, outputs)."""
        for layer in range(self._depth):
            vectors = torch.baddbmm(self.tensors[f"{layer}.bias"], vectors, self.tensors[f"{layer}.weight"])
            vectors = vectors if layer == self._depth - 1 else vectors.relu()
        return vectors

    def step(self) -> None:
        """One step of AdaDelta."""
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)


class FeatureEnsemble:
    """Reads vectors that something else made of images."""

    def __init__(self, recipe: Recipe, width: int, outputs: int, random: np.random.Generator) -> None:
        self._members = recipe.members
        self._layers = Layers(recipe, width, outputs, random)

    def represent(self, inputs: Sequence[Any], *, training: bool) -> Tensor:  # noqa: ARG002
        """The features, once for each member."""
        features = torch.from_numpy(np.stack(inputs).astype(np.float32, copy=False))
        return features.expand(self._members, *features.shape)

    def logits(self, vectors: Tensor) -> Tensor:
        """Of the layers."""
        return self._layers(vectors)

    def step(self) -> None:
        """Of the layers."""
        self._layers.step()

    def state(self) -> dict[str, Tensor]:
        """The layers."""
        return {name: tensor.detach().clone() for name, tensor in self._layers.tensors.items()}

    @torch.no_grad()
    def load(self, state: dict[str, Tensor]) -> None:
        """The layers."""
        for name, tensor in self._layers.tensors.items():
            tensor.copy_(state[name])


class TextEnsemble:
    """Reads one bag of words, or two whose vectors are normalised side by side.

    The vectors of words lie in one table, a row a word, the members' side by side.
    """

    def __init__(
        self, recipe: TextRecipe, words: int, texts: int, outputs: int, random: np.random.Generator
    ) -> None:
        self._members, self._width, self._texts = recipe.members, recipe.width, texts
        drawn = random.normal(0, recipe.spread, (words, recipe.members * recipe.width)).astype(np.float32)
        self._table = torch.from_numpy(drawn)
        self._optimizer = TableAdaDelta(self._table, rate=recipe.rate)
        self._layers = Layers(recipe, texts * recipe.width, outputs, random)
        self._touched: list[tuple[Tensor, Tensor]] = []
        wide = (recipe.members, 1, texts * recipe.width)
        self._mean, self._variance = torch.zeros(wide), torch.ones(wide)

    def represent(self, inputs: Sequence[tuple[Bag, ...]], *, training: bool) -> Tensor:
        """The mean vector of each text's words."""
        together = [bag for bags in zip(*inputs, strict=True) for bag in bags]
        numbers = torch.from_numpy(np.concatenate([bag.words for bag in together]))
        shares = torch.from_numpy(np.concatenate([bag.shares for bag in together]))
        ends = np.cumsum([len(bag.words) for bag in together])
        rows, places = torch.unique(numbers, return_inverse=True)
        vectors = self._table.index_select(0, rows)
        if training:
            vectors.requires_grad_()
            self._touched.append((rows, vectors))
        starts = torch.from_numpy(np.concatenate([[0], ends[:-1]]))
        means = functional.embedding_bag(places, vectors, starts, mode="sum", per_sample_weights=shares)
        # (texts x examples, members x width) -> (members, examples, texts x width)
        split = means.view(self._texts, len(inputs), self._members, self._width).permute(2, 1, 0, 3)
        joined = split.reshape(self._members, len(inputs), self._texts * self._width)
        return joined if self._texts == 1 else self._normalised(joined, training=training)

    def _normalised(self, vectors: Tensor, *, training: bool) -> Tensor:
        mean, variance = self._mean, self._variance
        if training:
            mean = vectors.mean(1, keepdim=True)
            variance = vectors.var(1, keepdim=True, unbiased=False)
            count = vectors.shape[1]
            unbiased = variance.detach() * count / max(1, count - 1)
            self._mean = torch.lerp(self._mean, mean.detach(), MOMENTUM)
            self._variance = torch.lerp(self._variance, unbiased, MOMENTUM)
        return (vectors - mean) / (variance + 1e-5).sqrt()

    def logits(self, vectors: Tensor) -> Tensor:
        """Of the layers."""
        return self._layers(vectors)

    def step(self) -> None:
        """Of the layers, and of the words that were read."""
        self._layers.step()
        for rows, vectors in self._touched:
            if vectors.grad is not None:
                self._optimizer.step(rows, vectors.detach(), vectors.grad)
        self._touched.clear()

    def _tensors(self) -> dict[str, Tensor]:
        own = {"table": self._table, "mean": self._mean, "variance": self._variance}
        return {**self._layers.tensors, **own}

    def state(self) -> dict[str, Tensor]:
        """The layers, the table and what normalises."""
        return {name: tensor.detach().clone() for name, tensor in self._tensors().items()}

    @torch.no_grad()
    def load(self, state: dict[str, Tensor]) -> None:
        """The layers, the table and what normalises."""
        for name, tensor in self._tensors().items():
            tensor.copy_(state[name])
