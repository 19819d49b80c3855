"""The text path: words, sentences, the condition, and the history of a dialogue."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.nn.utils.rnn import pack_padded_sequence

from cfbench_models.geneva.vocabulary import PADDING


class Dialogues(NamedTuple):
    """The turns of some dialogues, in order, one below the other."""

    words: Tensor
    """(turns, longest text), padded with zeros."""
    lengths: Tensor
    """(turns,), on the CPU; 0 for a text without words."""
    dialogue: Tensor
    """(turns,): the number of a turn's dialogue, from 0."""
    turn: Tensor
    """(turns,): its place in the dialogue, from 0."""


class Read(NamedTuple):
    """What a text path makes of dialogues."""

    condition: Tensor
    """(turns, condition)."""
    earlier: Tensor
    """(turns, condition): the history before each turn, as it is carried on; zeros before the first."""
    padding: Tensor
    """Conditions of the steps behind the ends of dialogues that are not the longest. Nothing is said in those
    steps, and the history goes on all the same."""


class SentenceEncoder(nn.Module):
    """A recurrent network in both directions; the two last states are the sentence."""

    def __init__(self, word: int, sentence: int) -> None:
        super().__init__()
        self.gru = nn.GRU(word, sentence // 2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(sentence)

    def forward(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """(turns, sentence). A text without words is read as one word of padding."""
        packed = pack_padded_sequence(vectors, lengths.clamp_min(1), batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed)
        out: Tensor = self.norm(last.transpose(0, 1).flatten(1))
        return out


class ConditionEncoder(nn.Module):
    """What a sentence means to the history; the image is not looked at."""

    def __init__(self, sentence: int, condition: int) -> None:
        super().__init__()
        self.linear = nn.Linear(sentence, condition)
        self.norm = nn.BatchNorm1d(condition)

    def forward(self, sentences: Tensor) -> Tensor:
        """(turns, condition)."""
        out: Tensor = self.norm(self.linear(sentences))
        return out


class TextPath(nn.Module):
    """From words to the condition of each turn, which knows of the turns before it."""

    def __init__(self, words: int, word: int, sentence: int, condition: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words, word, padding_idx=PADDING)
        self.sentence = SentenceEncoder(word, sentence)
        self.condition = ConditionEncoder(sentence, condition)
        self.history = nn.GRU(condition, condition, batch_first=True)
        self.norm = nn.LayerNorm(condition)

    def forward(self, dialogues: Dialogues) -> Tensor:
        """(turns, condition). The history that is carried on is not normalised."""
        return self.read(dialogues).condition

    def read(self, dialogues: Dialogues) -> Read:
        """The conditions of turns, and the history before them."""
        told = self._told(dialogues.words, dialogues.lengths)
        count, longest = int(dialogues.dialogue.max()) + 1, int(dialogues.turn.max()) + 1
        at = (dialogues.dialogue, dialogues.turn)
        carried, _ = self.history(told.new_zeros(count, longest, told.shape[1]).index_put(at, told))
        earlier = F.pad(carried, (0, 0, 1, 0))[at]
        there = torch.zeros(count, longest, dtype=torch.bool, device=told.device).index_put(
            at, torch.ones((), dtype=torch.bool, device=told.device)
        )
        return Read(self.norm(carried[at]), earlier, self.norm(carried[~there]))

    def turn(self, words: Tensor, lengths: Tensor, earlier: Tensor) -> Tensor:
        """The conditions of single turns, (turns, condition), after a history that is known.

        ``words`` and ``lengths`` are as in :class:`Dialogues`, ``earlier`` as in :class:`Read`. Such a turn is in
        nobody's history; the statistics of norms take it for another one.
        """
        return self.next(words, lengths, earlier)[0]

    def next(self, words: Tensor, lengths: Tensor, earlier: Tensor) -> tuple[Tensor, Tensor]:
        """As :meth:`turn`, and the history with these turns in it."""
        carried, _ = self.history(self._told(words, lengths)[:, None], earlier[None].contiguous())
        return self.norm(carried[:, 0]), carried[:, 0]

    def _told(self, words: Tensor, lengths: Tensor) -> Tensor:
        out: Tensor = self.condition(self.sentence(self.words(words), lengths))
        return out


def dialogues_of(encoded: list[list[list[int]]]) -> Dialogues:
    """The turns of dialogues that are given as lists of numbers of words."""
    texts = [text for dialogue in encoded for text in dialogue]
    lengths = torch.tensor([len(text) for text in texts])
    words = torch.zeros(len(texts), max(1, int(lengths.max())), dtype=torch.long)
    for row, text in enumerate(texts):
        words[row, : len(text)] = torch.tensor(text, dtype=torch.long)
    places = [(number, turn) for number, dialogue in enumerate(encoded) for turn in range(len(dialogue))]
    dialogue, turn = torch.tensor(places).t()
    return Dialogues(words, lengths, dialogue.contiguous(), turn.contiguous())
