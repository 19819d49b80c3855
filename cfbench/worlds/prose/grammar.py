"""Lists of words, and sentences from templates: slots in braces are filled, articles agree with what follows, sentences begin with a capital."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SLOT = re.compile(r"\{([^}]*)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=([\w-]+))")
_SOUNDS_LIKE_A_CONSONANT = re.compile(r"(?:one|uni|use|eu|u-)", re.IGNORECASE)
_SOUNDS_LIKE_A_VOWEL = re.compile(r"(?:[aeiou]|hour|honest|8|11\b|18)", re.IGNORECASE)


def entries(text: str) -> tuple[str, ...]:
    """The entries of a list that semicolons separate."""
    return tuple(" ".join(entry.split()) for entry in text.split(";"))


def fill(template: str, choose: Callable[[str], str]) -> str:
    """The template with every slot replaced by what is chosen for its name; a choice may hold slots in its turn."""
    text = template
    while _SLOT.search(text):
        text = _SLOT.sub(lambda slot: choose(slot[1]), text)
    return text


def sentence(text: str) -> str:
    """A sentence: ``a`` becomes ``an`` before the sound of a vowel, and the first letter a capital."""
    agreed = _ARTICLE.sub(lambda found: found[1] + ("n " if _vowel(found[2]) else " "), text)
    return agreed[:1].upper() + agreed[1:]


def _vowel(word: str) -> bool:
    return bool(_SOUNDS_LIKE_A_VOWEL.match(word)) and not _SOUNDS_LIKE_A_CONSONANT.match(word)
