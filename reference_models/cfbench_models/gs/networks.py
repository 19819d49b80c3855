"""Networks side by side in one tensor: small ones learn as fast together as one of them alone.

Every tensor of examples is (members, examples, width). A member's numbers never depend on another member.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch.nn import functional

from cfbench_models.gs.adadelta import TableAdaDelta, TableAdam
from cfbench_models.gs.loss import gradient_supervision_loss, supervision_behind_a_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from cfbench_models.gs.recipes import Recipe, TextRecipe
    from cfbench_models.gs.words import Bag

MOMENTUM = 0.1  # of the averages that normalise at test


@dataclass(frozen=True)
class Seen:
    """Examples as networks take them."""

    vectors: Tensor
    """(members, examples, width): what gradients are taken at."""
    asked: Tensor | None = None
    """(members, examples, width): the questions about them, where they are asked about."""
    present: Tensor | None = None
    """(examples, regions): which parts of the vectors hold something, where they are in parts."""

    def of(self, examples: slice) -> Seen:
        """Some of the examples."""
        return Seen(
            self.vectors[:, examples],
            None if self.asked is None else self.asked[:, examples],
            None if self.present is None else self.present[examples],
        )

    def beside(self, at: Tensor, towards: Tensor) -> Seen:
        """Examples of pairs, by number, with all parts that they or their counterparts hold.

        So the gradient at an example tells what a part would do that its counterpart alone has.
        """
        return Seen(
            self.vectors[:, at],
            None if self.asked is None else self.asked[:, at],
            None if self.present is None else self.present[at] | self.present[towards],
        )


@dataclass(frozen=True)
class SeenPairs:
    """Which examples' gradients should point to which, each a tensor with a number a pair."""

    at: Tensor
    towards: Tensor
    classes: Tensor
    """The logit that the gradient is of."""
    rises: Tensor
    """Whether it rises there."""

    def for_each(self, members: int) -> tuple[Tensor, Tensor]:
        """``rises`` and ``classes`` of so many members."""
        return self.rises.expand(members, -1), self.classes.expand(members, -1)


class Ensemble(Protocol):
    """What the training loop asks of networks side by side."""

    def represent(self, inputs: Sequence[Any], *, training: bool) -> Seen:
        """The examples as the networks take them."""

    def logits(self, seen: Seen) -> Tensor:
        """(members, examples, outputs)."""

    def supervision(self, seen: Seen, pairs: SeenPairs, detach: str) -> Tensor:
        """The loss of gradient supervision, the mean over pairs and members; ``detach`` names what is taken as given."""

    def step(self) -> None:
        """Go down the gradients that a backward pass has left."""

    def state(self) -> dict[str, Tensor]:
        """Copies of every tensor that is kept."""

    def load(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of :meth:`state`."""


class Networks(ABC):
    """What follows from tensors by name and from logits."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """All that is learned, by name."""

    @abstractmethod
    def logits(self, seen: Seen) -> Tensor:
        """(members, examples, outputs)."""

    def supervision(self, seen: Seen, pairs: SeenPairs, detach: str) -> Tensor:
        """Of the gradient at each number that the networks see."""
        examples = seen.beside(pairs.at, pairs.towards)
        inputs = examples.vectors
        if not inputs.requires_grad:  # what nothing learns
            inputs.requires_grad_()
        rises, classes = pairs.for_each(len(inputs))
        return gradient_supervision_loss(
            self.logits(examples),
            inputs,
            seen.vectors[:, pairs.towards],
            rises,
            classes=classes,
            detach_difference=detach == "difference",
            detach_gradient=detach == "gradient",
        )

    def state(self) -> dict[str, Tensor]:
        """Copies of them."""
        return {name: tensor.detach().clone() for name, tensor in self.tensors().items()}

    @torch.no_grad()
    def load(self, state: dict[str, Tensor]) -> None:
        """Take the values of such copies."""
        for name, tensor in self.tensors().items():
            tensor.copy_(state[name])


class Layers:
    """Linear layers with ReLU between them, a stack for each member."""

    def __init__(self, recipe: Recipe, inputs: int, outputs: int, random: np.random.Generator) -> None:
        widths = (inputs, *recipe.hidden, outputs)
        self.tensors: dict[str, Tensor] = {}
        for layer, (before, after) in enumerate(pairwise(widths)):
            bound = 1 / sqrt(before)
            for name, shape in (("weight", (before, after)), ("bias", (1, after))):
                drawn = random.uniform(-bound, bound, (recipe.members, *shape)).astype(np.float32)
                self.tensors[f"{layer}.{name}"] = torch.from_numpy(drawn).requires_grad_()
        self._depth = len(widths) - 1
        maker = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.Adadelta
        self._optimizer = maker(list(self.tensors.values()), lr=recipe.rate)

    def __call__(self, vectors: Tensor) -> Tensor:
        """(members, examples, outputs)."""
        first = torch.baddbmm(self.tensors["0.bias"], vectors, self.tensors["0.weight"])
        return self.behind_the_first(first)

    def first(self, shared: Tensor) -> Tensor:
        """What the first layer makes of examples (examples, width) that all members see: (members, examples, …)."""
        return self.tensors["0.bias"] + torch.einsum("ei,niw->new", shared, self.tensors["0.weight"])

    def behind_the_first(self, vectors: Tensor) -> Tensor:
        """The logits, of what the first layer made."""
        for layer in range(1, self._depth):
            weight, bias = self.tensors[f"{layer}.weight"], self.tensors[f"{layer}.bias"]
            vectors = torch.baddbmm(bias, vectors.relu(), weight)
        return vectors

    def step(self) -> None:
        """One step of the optimizer."""
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)


class FeatureEnsemble(Networks):
    """Reads vectors that something else made of images."""

    def __init__(self, recipe: Recipe, width: int, outputs: int, random: np.random.Generator) -> None:
        self._members = recipe.members
        self._layers = Layers(recipe, width, outputs, random)

    def represent(self, inputs: Sequence[Any], *, training: bool) -> Seen:  # noqa: ARG002
        """The features, once for each member."""
        features = torch.from_numpy(np.stack(inputs).astype(np.float32, copy=False))
        return Seen(features.expand(self._members, *features.shape))

    def logits(self, seen: Seen) -> Tensor:
        """Of the layers."""
        return self._layers(seen.vectors)

    def supervision(self, seen: Seen, pairs: SeenPairs, detach: str) -> Tensor:
        """Of the same gradients, told by those behind the first layer; differences of features are always given."""
        if detach == "gradient":  # nothing else is learned
            return super().supervision(seen, pairs, detach)
        features = seen.vectors[0]
        heard = self._layers.first(features[pairs.at])
        differences = features[pairs.towards] - features[pairs.at]
        rises, classes = pairs.for_each(self._members)
        weight = self._layers.tensors["0.weight"]
        logits = self._layers.behind_the_first(heard)
        return supervision_behind_a_layer(
            logits, heard, weight=weight, differences=differences, labels=rises, classes=classes
        )

    def step(self) -> None:
        """Of the layers."""
        self._layers.step()

    def tensors(self) -> dict[str, Tensor]:
        """The layers."""
        return self._layers.tensors


class Words:
    """Vectors of words in one table, a row a word, the members' side by side."""

    def __init__(self, recipe: TextRecipe, words: int, random: np.random.Generator) -> None:
        drawn = random.normal(0, recipe.spread, (words, recipe.members * recipe.width)).astype(np.float32)
        self.table = torch.from_numpy(drawn)
        self._members, self._width = recipe.members, recipe.width
        maker = TableAdam if recipe.optimizer == "adam" else TableAdaDelta
        self._optimizer = maker(self.table, rate=recipe.rate)
        self._touched: list[tuple[Tensor, Tensor]] = []
        self._drop = recipe.drop
        self._random = torch.Generator()
        if recipe.drop:
            self._random.manual_seed(int(random.integers(2**31)))

    def vectors(self, numbers: Tensor, *, training: bool) -> tuple[Tensor, Tensor]:
        """The vectors of the distinct words among some, (words, members x width), and which is each one's."""
        rows, places = torch.unique(numbers, return_inverse=True)
        vectors = self.table.index_select(0, rows)
        if training:
            vectors.requires_grad_()
            self._touched.append((rows, vectors))
        return vectors, places

    def means(self, bags: Sequence[Bag], *, training: bool) -> Tensor:
        """The mean vector of each bag's words: (bags, members, width)."""
        numbers = torch.from_numpy(np.concatenate([bag.words for bag in bags]))
        shares = torch.from_numpy(np.concatenate([bag.shares for bag in bags]))
        ends = np.cumsum([len(bag.words) for bag in bags])
        if training:
            shares = self._shown(shares)
        vectors, places = self.vectors(numbers, training=training)
        starts = torch.from_numpy(np.concatenate([[0], ends[:-1]]))
        means = functional.embedding_bag(places, vectors, starts, mode="sum", per_sample_weights=shares)
        return means.view(len(bags), self._members, self._width)

    def _shown(self, shares: Tensor) -> Tensor:
        """The shares of the words that are not hidden in this step, so much larger that means stay as they were."""
        if not self._drop:
            return shares
        return shares * (torch.rand(len(shares), generator=self._random) >= self._drop) / (1 - self._drop)

    def step(self) -> None:
        """One step of the words that were read since the last."""
        for rows, vectors in self._touched:
            if vectors.grad is not None:
                self._optimizer.step(rows, vectors.detach(), vectors.grad)
        self._touched.clear()


class TextEnsemble(Networks):
    """Reads one bag of words, or two whose vectors are normalised side by side."""

    def __init__(
        self, recipe: TextRecipe, words: int, texts: int, outputs: int, random: np.random.Generator
    ) -> None:
        self._members, self._width, self._texts = recipe.members, recipe.width, texts
        self._words = Words(recipe, words, random)
        self._layers = Layers(recipe, texts * recipe.width, outputs, random)
        wide = (recipe.members, 1, texts * recipe.width)
        self._mean, self._variance = torch.zeros(wide), torch.ones(wide)

    def represent(self, inputs: Sequence[tuple[Bag, ...]], *, training: bool) -> Seen:
        """The mean vector of each text's words."""
        together = [bag for bags in zip(*inputs, strict=True) for bag in bags]
        means = self._words.means(together, training=training)
        # (texts x examples, members, width) -> (members, examples, texts x width)
        split = means.view(self._texts, len(inputs), self._members, self._width).permute(2, 1, 0, 3)
        joined = split.reshape(self._members, len(inputs), self._texts * self._width)
        return Seen(joined if self._texts == 1 else self._normalised(joined, training=training))

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

    def logits(self, seen: Seen) -> Tensor:
        """Of the layers."""
        return self._layers(seen.vectors)

    def step(self) -> None:
        """Of the layers, and of the words that were read."""
        self._layers.step()
        self._words.step()

    def tensors(self) -> dict[str, Tensor]:
        """The layers, the table and what normalises."""
        own = {"table": self._words.table, "mean": self._mean, "variance": self._variance}
        return {**self._layers.tensors, **own}
