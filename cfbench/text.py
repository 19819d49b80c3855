"""From a text to its tokens: the one rule by which instructions are explained, scored and read by models."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"<[a-z]+>|[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[^\w\s]")


def tokens_of(text: str) -> list[str]:
    """Lower case; words with their apostrophes, numbers, speakers such as ``<teller>``, and single other signs."""
    return _TOKEN.findall(text.lower())
