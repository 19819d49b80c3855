"""Texts as bags of words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfbench.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from cfbench.tasks.labels import TextInputs

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def words_of(text: str, longest: int | None = None) -> list[str]:
    """The words, in lower case; no marks, and no line breaks of HTML. At most the first ``longest``."""
    return _WORD.findall(without_breaks(text).lower())[:longest]


def without_breaks(text: str) -> str:
    """With a space for each line break of HTML."""
    return _BREAK.sub(" ", text)


def texts_of(one: TextInputs) -> tuple[str, ...]:
    """The text of a sample, or both."""
    return (one.text,) if one.second is None else (one.text, one.second)


def texts_each(inputs: Sequence[TextInputs]) -> int:
    """How many texts each sample has: one or two."""
    several = {one.second is not None for one in inputs}
    if len(several) > 1:
        raise DataError("These texts cannot be learned from", "some come alone and some in twos")
    return 2 if several == {True} else 1


def as_many_texts_of(one: TextInputs, texts: int) -> tuple[str, ...]:
    """The texts of a sample, which must be as many."""
    found = texts_of(one)
    if len(found) != texts:
        raise UsageError(f"Sample {one.id} is of another kind", f"it has {len(found)} texts, not {texts}")
    return found


@dataclass(frozen=True)
class Bag:
    """The distinct known words of a text, by number, and the share of each among them."""

    words: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float32]


class Vocabulary:
    """The commonest words of some texts; the more frequent first, of equals in the order of the alphabet."""

    def __init__(self, words: Sequence[str], longest: int | None) -> None:
        """``longest`` is how many words of a text are read; None: all."""
        self.words = tuple(words)
        self.longest = longest
        self._numbers = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    @classmethod
    def of(cls, texts: Iterable[str], size: int, longest: int | None) -> Vocabulary:
        """The ``size`` commonest words of what is read of the texts."""
        counts = Counter(word for text in texts for word in words_of(text, longest))
        return cls(sorted(counts, key=lambda word: (-counts[word], word))[:size], longest)

    def numbers(self, text: str) -> npt.NDArray[np.int64]:
        """The known words of a text, in order."""
        known = [self._numbers[word] for word in words_of(text, self.longest) if word in self._numbers]
        return np.array(known, np.int64)

    def counts(self, text: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The distinct known words of a text, in the order of their numbers, and how often each occurs."""
        numbers, counts = np.unique(self.numbers(text), return_counts=True)
        return numbers, counts.astype(np.int64)

    def bag(self, text: str) -> Bag:
        """What a network reads of a text; unknown words are left out, and not counted."""
        numbers, counts = self.counts(text)
        return Bag(numbers, (counts / max(1, int(counts.sum()))).astype(np.float32))
