"""Counterfactual instructions: typed tokens are replaced by others of their type."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cfbench.errors import UsageError
from cfbench.randomness import generator
from cfbench.text import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from cfbench_models.sscr.lexicon import Lexicon, Meaning, Typed, Words

_ATTEMPTS = 8
"""Draws of which the first is taken whose new words, read beside the old ones, have the types of the original."""


class Replaced(NamedTuple):
    """A token that was exchanged."""

    type: str
    before: str
    after: str
    was: tuple[int, int]
    """Its characters in the original, in lower case: the first, and the one behind the last."""
    now: tuple[int, int]
    """Its characters in the new text."""


@dataclass(frozen=True)
class Intervened:
    """A counterfactual instruction, in lower case, with tokens of the same types in the same order.

    It is the original where nothing could be replaced.
    """

    original: str
    text: str
    replaced: tuple[Replaced, ...]


@dataclass(frozen=True)
class Intervention:
    """How instructions become counterfactual.

    Args:
        lexicon: The typed tokens.
        share: The probability that a token which can be replaced is; at least one is, whatever the share. The paper
            replaces "these tokens": all of them, 1.
        plausible: Replace only by what can stand in the same place, and only what an instruction adds: the names of
            objects that are referred to, and the drawer's words, stay as they are. An object that an instruction
            adds keeps one name in it. Without it, as the paper has it, any token is replaced by any of its type.
        distinct: Whether the new token always means something else. Without it a draw may give the same again.
    """

    lexicon: Lexicon
    share: float = 1.0
    plausible: bool = True
    distinct: bool = True

    def __post_init__(self) -> None:
        """Refuse what replaces nothing."""
        if not 0 < self.share <= 1:
            raise UsageError(f"The share of replaced tokens is {self.share}", "it is above 0 and at most 1")

    def __call__(self, instruction: str, seed: int) -> Intervened:
        """The counterfactual of an instruction: a pure function of both."""
        original = instruction.lower()
        words = tuple(tokens_of(original))
        typed = self.lexicon.find(words)
        types = [each.meaning.type for each in typed]
        for attempt in range(_ATTEMPTS):
            random = generator(seed, "intervention", original, attempt)
            made = _rewritten(original, words, self._changes(typed, random))
            found = self.lexicon.find(tuple(tokens_of(made.text)))
            if [each.meaning.type for each in found] == types:
                return made
        return Intervened(original, original, ())

    def _changes(self, typed: Sequence[Typed], random: np.random.Generator) -> dict[Typed, Words]:
        """What is replaced, by what."""
        named = Counter(each.meaning.number for each in typed if each.meaning.type == "object")
        free = [each for each in typed if self._free(each) and self._choices(each, named)]
        if not free:
            return {}
        chosen = [
            each for each, draw in zip(free, random.random(len(free)), strict=True) if draw < self.share
        ]
        chosen = chosen or [free[int(random.integers(len(free)))]]
        changes: dict[Typed, Words] = {}
        renamed: dict[int, Words] = {}
        for each in chosen:
            number = each.meaning.number
            if number not in renamed or not self._one_name(each):
                choices = self._choices(each, named)
                if not choices:
                    continue
                meaning = choices[int(random.integers(len(choices)))]
                renamed[number] = meaning.says[int(random.integers(len(meaning.says)))]
                if self._one_name(each):
                    named[meaning.number] += 1
            changes[each] = renamed[number]
        if self.plausible:
            for each in typed:
                if each not in changes and each.meaning.number in renamed and self._one_name(each):
                    changes[each] = renamed[each.meaning.number]
        return changes

    def _free(self, typed: Typed) -> bool:
        """Whether a token may be replaced for its own sake."""
        if not self.plausible:
            return True
        return not typed.asked and (typed.meaning.type == "relation" or not typed.referring)

    def _one_name(self, typed: Typed) -> bool:
        """Whether every mention of a meaning in an instruction is replaced alike."""
        return self.plausible and self._adds_names and typed.meaning.type == "object"

    @property
    def _adds_names(self) -> bool:
        """Whether an object is known by its name alone, so that no two in a scene have the same."""
        return "color" not in self.lexicon.types

    def _choices(self, typed: Typed, named: Counter[int]) -> list[Meaning]:
        """The meanings that a token can be replaced by."""
        was = typed.meaning
        if not self.plausible:
            every = [each for each in self.lexicon.meanings if each.type == was.type and each.says]
        else:
            every = [each for each in self.lexicon.meanings if each.group == was.group and each.says]
            if self._one_name(typed):
                every = [each for each in every if each.number == was.number or not named[each.number]]
        if not self.distinct:
            return every
        return [each for each in every if each.number != was.number and not _same(typed.words, each)]


def _same(words: Words, meaning: Meaning) -> bool:
    """Whether a wording of the meaning holds these words, or they hold it: *tree* and *pine tree*."""
    was = f" {' '.join(words)} "
    return any(was in new or new in was for new in (f" {' '.join(says)} " for says in meaning.says))


def _rewritten(original: str, words: Words, changes: dict[Typed, Words]) -> Intervened:
    """The text with its changes; an article directly before a new token agrees with it."""
    spans: list[tuple[int, int]] = []
    end = 0
    for word in words:
        start = original.index(word, end)
        end = start + len(word)
        spans.append((start, end))
    text, copied = "", 0
    replaced = []
    for typed, says in sorted(changes.items(), key=lambda item: item[0].first):
        was = spans[typed.first][0], spans[typed.end - 1][1]
        after = " ".join(says)
        before_it = spans[typed.first - 1] if typed.first else (0, 0)
        if words[typed.first - 1 : typed.first] in (("a",), ("an",)) and before_it[0] >= copied:
            article = "an" if after[0] in "aeiou" else "a"
            text += original[copied : before_it[0]] + article + original[before_it[1] : was[0]]
        else:
            text += original[copied : was[0]]
        now = len(text), len(text) + len(after)
        text, copied = text + after, was[1]
        replaced.append(Replaced(typed.meaning.type, original[slice(*was)], after, was, now))
    return Intervened(original, text + original[copied:], tuple(replaced))
