"""How networks side by side read a question: as the mean of its words' vectors, or word after word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch.nn import functional

from cfbench.errors import UsageError
from cfbench_models.gs.networks import Layers, Networks, Seen, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import Tensor

    from cfbench_models.gs.recipes import TextRecipe
    from cfbench_models.gs.words import Bag

    Numbers = npt.NDArray[np.int64]


KEPT = 2.5
"""Added, before anything is learned, to what keeps a unit's state: at first the state is a mean over the words."""


class QuestionReader(Protocol):
    """Makes vectors of questions. What a question gives never depends on the others."""

    def __call__(self, questions: Sequence[Any], *, training: bool) -> Tensor:
        """(members, questions, width)."""

    def step(self) -> None:
        """Go down the gradients that a backward pass has left."""

    def tensors(self) -> dict[str, Tensor]:
        """All that is learned, by name."""


def reader_of(recipe: TextRecipe, words: int, random: np.random.Generator) -> QuestionReader:
    """The reader that a recipe asks for; in order, its questions are what :meth:`Vocabulary.numbers` gives."""
    return InOrder(recipe, words, random) if recipe.ordered else InNoOrder(recipe, words, random)


class InNoOrder:
    """The mean of the words' vectors, squashed."""

    def __init__(self, recipe: TextRecipe, words: int, random: np.random.Generator) -> None:
        self._words = Words(recipe, words, random)

    def __call__(self, questions: Sequence[Bag], *, training: bool) -> Tensor:
        """Of bags."""
        return self._words.means(questions, training=training).permute(1, 0, 2).tanh()

    def step(self) -> None:
        """Of the words that were read."""
        self._words.step()

    def tensors(self) -> dict[str, Tensor]:
        """The table of words."""
        return {"table": self._words.table}


class InOrder:
    """The mean of the words' vectors, squashed, and with it what gated recurrent units say after the last word.

    The units (Cho et al. 2014) are as wide as a word's vector. Each distinct question is read once and exactly as far
    as it goes, so nothing is padded; one without words is zero.
    """

    def __init__(self, recipe: TextRecipe, words: int, random: np.random.Generator) -> None:
        if recipe.drop:
            raise UsageError(f"drop={recipe.drop} changes nothing here", "these questions are read in order")
        self._members, self._width = recipe.members, recipe.width
        self._words = Words(recipe, words, random)
        one, gates = replace(recipe, hidden=()), 3 * recipe.width
        self._parts = {
            "hear": Layers(one, recipe.width, gates, random),
            "recall": Layers(one, recipe.width, gates, random),
        }
        with torch.no_grad():
            self._parts["hear"].tensors["0.bias"][..., recipe.width : 2 * recipe.width] += KEPT

    def __call__(self, questions: Sequence[Numbers], *, training: bool) -> Tensor:
        """Of words by number, in order."""
        distinct = {each.tobytes(): each for each in questions}
        longest_first = sorted(distinct, key=lambda key: -len(distinct[key]))
        with torch.set_grad_enabled(training):
            read = self._read([distinct[key] for key in longest_first], training=training)
        places = {key: place for place, key in enumerate(longest_first)}
        return read.index_select(1, torch.tensor([places[each.tobytes()] for each in questions]))

    def _read(self, texts: Sequence[Numbers], *, training: bool) -> Tensor:
        """Of texts, the longest first."""
        vectors, words = self._words.vectors(torch.from_numpy(np.concatenate(texts)), training=training)
        lengths = torch.tensor([len(text) for text in texts])
        starts = lengths.cumsum(0) - lengths
        means = functional.embedding_bag(words, vectors, starts, mode="mean")
        gates = self._parts["hear"](self._by_member(vectors))
        state = torch.zeros(self._members, len(texts), self._width)
        ended: list[Tensor] = []
        for place in range(len(texts[0])):
            going = int((lengths > place).sum())
            if going < state.shape[1]:
                ended.append(state[:, going:])
                state = state[:, :going]
            state = self._next(state, gates.index_select(1, words[starts[:going] + place]))
        return self._by_member(means).tanh() + torch.cat([state, *reversed(ended)], 1)

    def _by_member(self, rows: Tensor) -> Tensor:
        return rows.view(len(rows), self._members, self._width).permute(1, 0, 2)

    def _next(self, state: Tensor, heard: Tensor) -> Tensor:
        recalled = self._parts["recall"](state)
        opens = 2 * self._width
        mix, keep = (heard[..., :opens] + recalled[..., :opens]).sigmoid().chunk(2, -1)
        new = (heard[..., opens:] + mix * recalled[..., opens:]).tanh()
        return torch.lerp(new, state, keep)

    def step(self) -> None:
        """Of both layers, and of the words that were read."""
        for layers in self._parts.values():
            layers.step()
        self._words.step()

    def tensors(self) -> dict[str, Tensor]:
        """The table of words, and both layers."""
        found = {"table": self._words.table}
        for part, layers in self._parts.items():
            found |= {f"{part}.{name}": tensor for name, tensor in layers.tensors.items()}
        return found


class QuestionEnsemble(Networks):
    """Answers are read from the question alone, whose words are read in order."""

    def __init__(self, recipe: TextRecipe, words: int, outputs: int, random: np.random.Generator) -> None:
        self._reader = InOrder(recipe, words, random)
        self._layers = Layers(recipe, recipe.width, outputs, random)

    def represent(self, inputs: Sequence[Numbers], *, training: bool) -> Seen:
        """What the reader makes of the words."""
        return Seen(self._reader(inputs, training=training))

    def logits(self, seen: Seen) -> Tensor:
        """Of the layers."""
        return self._layers(seen.vectors)

    def step(self) -> None:
        """Of the layers, and of what reads."""
        self._layers.step()
        self._reader.step()

    def tensors(self) -> dict[str, Tensor]:
        """The layers, and what reads."""
        return {**self._layers.tensors, **self._reader.tensors()}
