"""Words and their numbers. The vocabulary is a pure function of the training texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cfbench.text import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PADDING, UNKNOWN = 0, 1
_SPECIAL = 2


@dataclass(frozen=True)
class Vocabulary:
    """The known words, in alphabetical order. Number 0 is padding, 1 any unknown word."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """Of every word of some texts."""
        return cls(tuple(sorted({word for text in texts for word in tokens_of(text)})))

    def __len__(self) -> int:
        """How many numbers there are."""
        return len(self.words) + _SPECIAL

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each known word."""
        return {word: number for number, word in enumerate(self.words, _SPECIAL)}

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's words; none for a text without words."""
        return [self.numbers.get(word, UNKNOWN) for word in tokens_of(text)]

    def unknown_in(self, text: str) -> list[str]:
        """The words of a text that are not known."""
        return [word for word in tokens_of(text) if word not in self.numbers]
