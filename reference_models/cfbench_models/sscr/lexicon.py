"""The words of instructions that have a type, and what each could be exchanged for.

A lexicon is data (``lexicons/*.json``): types, in each of them groups of meanings that can stand in each other's
place, and for each meaning the wordings that are written (``says``) and those that are only recognised (``hears``).
A meaning without ``says`` is a hypernym such as *hat*: it is replaced, and never put in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from cfbench.errors import UsageError
from cfbench.text import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Words = tuple[str, ...]
_WORLDS = {"iclevr": "blocks", "codraw": "park"}
_DRAWER, _TELLER = "<drawer>", "<teller>"


class Meaning(NamedTuple):
    """One thing that a typed token can mean."""

    type: str
    group: int
    """Meanings of one group can stand in each other's place."""
    number: int
    """Of the meaning in the lexicon."""
    says: tuple[Words, ...]


class Typed(NamedTuple):
    """A token of one or more words, as it stands in a text."""

    meaning: Meaning
    first: int
    """The number of its first word in the text."""
    words: Words
    referring: bool
    """Whether it is part of a phrase that speaks of what was known before."""
    asked: bool
    """Whether the drawer says it."""

    @property
    def end(self) -> int:
        """The number of the word behind it."""
        return self.first + len(self.words)


@dataclass(frozen=True)
class Lexicon:
    """The typed tokens of a world's instructions. Longer wordings are found before shorter ones."""

    name: str
    meanings: tuple[Meaning, ...]
    entries: Mapping[Words, Meaning | None]
    """By wording; None for phrases whose words have no type, such as *right now*."""
    referring: frozenset[str]
    """Words before a phrase that speaks of what was known before."""
    passed: frozenset[str]
    """Words within such a phrase that have no type."""

    @classmethod
    def from_json(cls, name: str, value: Mapping[str, Any]) -> Lexicon:
        """A lexicon of its data."""
        meanings: list[Meaning] = []
        entries: dict[Words, Meaning | None] = {_words(text): None for text in value["plain"]}
        groups = [(type_, group) for type_, groups in value["types"].items() for group in groups]
        for place, (type_, group) in enumerate(groups):
            for each in group:
                says = tuple(_words(text) for text in each["says"])
                meaning = Meaning(type_, place, len(meanings), says)
                meanings.append(meaning)
                for words in (*says, *(_words(text) for text in each.get("hears", ()))):
                    if words in entries:
                        raise ValueError(f"the lexicon {name} has '{' '.join(words)}' twice")
                    entries[words] = meaning
        return cls(name, tuple(meanings), entries, frozenset(value["referring"]), frozenset(value["passed"]))

    @property
    def types(self) -> tuple[str, ...]:
        """The types of tokens, in the lexicon's order."""
        return tuple(dict.fromkeys(meaning.type for meaning in self.meanings))

    @cached_property
    def _longest(self) -> Mapping[str, int]:
        """How many words the longest wording has that begins with a word."""
        found: dict[str, int] = {}
        for words in self.entries:
            found[words[0]] = max(found.get(words[0], 0), len(words))
        return found

    def find(self, words: Words) -> list[Typed]:
        """The typed tokens of a text, in its order."""
        found: list[Typed] = []
        at, asked = 0, False
        while at < len(words):
            if words[at] in (_DRAWER, _TELLER):
                asked = words[at] == _DRAWER
            length = self._length(words, at)
            meaning = self.entries.get(words[at : at + length])
            if meaning is not None:
                wording = words[at : at + length]
                found.append(Typed(meaning, at, wording, self._refers(words, at, found), asked))
            at += length
        return found

    def _length(self, words: Words, at: int) -> int:
        """Words of the longest wording that begins here; 1 where there is none."""
        for length in range(self._longest.get(words[at], 1), 1, -1):
            if words[at : at + length] in self.entries:
                return length
        return 1

    def _refers(self, words: Words, at: int, found: list[Typed]) -> bool:
        """Whether the phrase of a token, before which these were found, speaks of what was known before."""
        place = at - 1
        for typed in reversed(found):
            if typed.end != place + 1:
                break
            if typed.meaning.type == "relation":
                return True
            place = typed.first - 1
        while place >= 0 and words[place] in self.passed:
            place -= 1
        return place >= 0 and words[place] in self.referring


def _words(text: str) -> Words:
    return tuple(tokens_of(text))


@lru_cache
def read_lexicon(name: str) -> Lexicon:
    """The lexicon ``blocks`` (i-CLEVR) or ``park`` (CoDraw)."""
    file = files("cfbench_models.sscr").joinpath("lexicons").joinpath(f"{name}.json")
    return Lexicon.from_json(name, json.loads(file.read_text(encoding="utf-8")))


def lexicon_of(dataset: str) -> Lexicon:
    """The lexicon for the instructions of a data set, by its name, with or without a version."""
    world = _WORLDS.get(dataset.partition("@")[0].partition("-")[0])
    if world is None:
        known = ", ".join(f"{name}, {name}-mini" for name in _WORLDS)
        raise UsageError(
            f"There is no lexicon of typed tokens for '{dataset}'",
            f"counterfactual instructions are known for {known}",
            "Train geneva, or sscr-ctc, which needs no lexicon",
        )
    return read_lexicon(world)


def token_types(lexicon: Lexicon, texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """For each type, and for ``any``: the share of texts with a token of it, tokens a text, and the most frequent.

    The paper's Table 1, measured. NaN where there is no text.
    """
    with_type = dict.fromkeys(("any", *lexicon.types), 0)
    wordings: dict[str, dict[str, int]] = {name: {} for name in with_type}
    count = 0
    for text in texts:
        count += 1
        found = lexicon.find(_words(text))
        for name in {typed.meaning.type for typed in found} | ({"any"} if found else set()):
            with_type[name] += 1
        for typed in found:
            wording = " ".join(typed.words)
            for name in ("any", typed.meaning.type):
                wordings[name][wording] = wordings[name].get(wording, 0) + 1
    return {
        name: {
            "coverage": with_type[name] / count if count else float("nan"),
            "per_text": sum(wordings[name].values()) / count if count else float("nan"),
            "examples": sorted(wordings[name], key=lambda each: (-wordings[name][each], each))[:5],
        }
        for name in with_type
    }
