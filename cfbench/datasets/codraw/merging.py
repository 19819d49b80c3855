"""From the entries of a CoDraw dialogue to turns: an instruction and the drawer's canvas after it.

``geneva`` follows the published preparation of GeNeVA (SPEC-editing B.3) but for two things. Its table of
Bing spelling suggestions was never released and is not applied. Where it keeps a stale picture (objects
were added in an entry without words, eight dialogues of CoDraw 1.0), the picture here moves on, and the
objects belong to the next turn that has words. Tokens come from ``nltk``'s Treebank tokenizer, sentence by
sentence; sentences end where ``.``, ``!`` or ``?`` stands before a space, instead of at the guess of the
punkt model, which would have to be downloaded.

``every`` makes a turn of every entry that has a canvas, with all the words since the last one.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nltk.tokenize import NLTKWordTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.worlds.park.strings import Clip

TELLER, DRAWER = "<teller>", "<drawer>"
CHITCHAT = frozenset({"hi", "done", "ok", "alright", "okay", "thanks", "bye", "hello"})

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_PLAIN = re.compile(r"(?:[a-z0-9]+|[.,!?])(?: (?:[a-z0-9]+|[.,!?]))*")
_CONTRACTED = re.compile(r"cannot|gimme|gonna|gotta|lemme|wanna")
_tokenizer = NLTKWordTokenizer()


@dataclass(frozen=True)
class Entry:
    """One exchange: the teller's words, the drawer's, and the canvas after it (None before the first)."""

    teller: str
    drawer: str
    canvas: tuple[Clip, ...] | None


@dataclass(frozen=True)
class Turn:
    """An instruction and the canvas that the drawer made of it, used clips only."""

    instruction: str
    canvas: tuple[Clip, ...]


@dataclass(frozen=True)
class Merged:
    """The turns of a dialogue, and the words after the last of them, which no turn holds."""

    turns: tuple[Turn, ...]
    trailing: str


def merge_geneva(entries: Sequence[Entry]) -> Merged:
    """A turn ends where the drawer's canvas has gained an object and there are words since the last."""
    turns: list[Turn] = []
    words: list[str] = []
    before = 0
    for entry in entries:
        words += _words(entry)
        if entry.canvas is None:
            continue
        count = len({clip.label for clip in entry.canvas})
        if count <= before:
            before = count
        elif words:
            turns.append(Turn(" ".join(words), entry.canvas))
            words, before = [], count
    return Merged(tuple(turns), " ".join(words))


def merge_every(entries: Sequence[Entry]) -> Merged:
    """A turn ends at every canvas; where there are no words since the last, the canvas joins it."""
    turns: list[Turn] = []
    words: list[str] = []
    for entry in entries:
        words += _words(entry)
        if entry.canvas is None:
            continue
        if words:
            turns.append(Turn(" ".join(words), entry.canvas))
            words = []
        elif turns:
            turns[-1] = Turn(turns[-1].instruction, entry.canvas)
    return Merged(tuple(turns), " ".join(words))


def _words(entry: Entry) -> list[str]:
    words = []
    for speaker, message in ((TELLER, entry.teller.lower()), (DRAWER, entry.drawer.lower())):
        if message and message not in CHITCHAT:
            words += [speaker, *tokenize(message)]
    return [word for word in words if word not in CHITCHAT and word not in string.punctuation]


def tokenize(message: str) -> list[str]:
    """Treebank tokens of a message in lower case."""
    if _PLAIN.fullmatch(message) and not _CONTRACTED.search(message):
        return (
            message.split()
        )  # 88 % of CoDraw's messages; the tokenizer would give the same, 60 times slower
    return [
        token for sentence in _SENTENCE_END.split(message) for token in _tokenizer.tokenize(sentence) if token
    ]
