"""BLEU's sentences as tokens, and their n-grams counted for all sentences at once."""

from __future__ import annotations

import re
import string
import sys
import unicodedata
from collections import defaultdict
from functools import lru_cache
from itertools import chain, count
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    Tokens = Sequence[Hashable]
    Pair = tuple[Tokens, Sequence[Tokens]]

Integers = npt.NDArray[np.int64]

_BLOCK = 2**14  # sentences, tokens and references of a block: what names an n-gram then fits into 62 bits


def token_pairs(
    hypotheses: Sequence[Any], references: Sequence[Any], tokenizer: str | None, *, lowercase: bool
) -> list[Pair]:
    """Each hypothesis and its references as tokens; strings are split, token lists stay as they are."""
    for given in (hypotheses, references):
        if isinstance(given, (str, bytes, dict)) or not hasattr(given, "__len__"):
            raise DataError("BLEU takes lists of sentences", f"a single {type(given).__name__} was given")
    if len(hypotheses) != len(references) or len(hypotheses) == 0:
        raise DataError(
            "BLEU has nothing to pair", f"{len(hypotheses)} hypotheses, {len(references)} references"
        )
    if tokenizer is not None and tokenizer not in TOKENIZERS:
        raise DataError(f"There is no tokenizer '{tokenizer}'", f"there are {', '.join(TOKENIZERS)}")
    if not lowercase and _are_token_lists(hypotheses, references):
        return list(zip(hypotheses, references, strict=True))
    split = TOKENIZERS[tokenizer or "none"]
    pairs: list[Pair] = []
    for index, (hypothesis, given) in enumerate(zip(hypotheses, references, strict=True)):
        is_text = isinstance(hypothesis, str)
        if isinstance(hypothesis, bytes):
            raise DataError(f"Sentence {index} is bytes", "they would count as numbers", "Decode it first")
        wanted = [given] if is_text and isinstance(given, str) else given
        try:
            alike = [isinstance(one, str) for one in wanted].count(is_text) == len(wanted) > 0
        except TypeError:
            alike = False
        if not alike or isinstance(wanted, str):
            raise DataError(
                f"The references of sentence {index} do not fit its hypothesis",
                "give at least one, all strings beside a string, all token lists beside a token list",
            )
        if is_text:
            texts = [split(text.lower() if lowercase else text) for text in (hypothesis, *wanted)]
            pairs.append((texts[0], texts[1:]))
        elif lowercase:
            texts = [[str(token).lower() for token in text] for text in (hypothesis, *wanted)]
            pairs.append((texts[0], texts[1:]))
        else:
            pairs.append((_listed(hypothesis), [_listed(one) for one in wanted]))
    return pairs


def _are_token_lists(hypotheses: Sequence[Any], references: Sequence[Any]) -> bool:
    """Whether all is as it is counted, lists or tuples, so that no sentence needs a look of its own."""
    plain = {list, tuple}
    return (
        plain.issuperset(map(type, chain(hypotheses, references)))
        and all(references)
        and plain.issuperset(map(type, chain.from_iterable(references)))
    )


def _listed(text: Any) -> Any:
    """Arrays and tensors as lists: a tensor's elements are never equal as tokens."""
    return text.tolist() if hasattr(text, "tolist") else text


def sentence_counts(pairs: list[Pair], n: int) -> Integers:
    """Per sentence n clipped matches, n totals, its length and that of its closest reference."""
    if n < 1 or n % 1:
        raise DataError("BLEU counts n-grams of one whole token or more", f"n is {n}")
    try:
        return np.concatenate([_counted(block, n) for block in _blocks(pairs)])
    except TypeError as error:
        raise DataError("A sentence is no list of tokens that can be counted", str(error)) from None


def _blocks(pairs: list[Pair]) -> Iterator[list[Pair]]:
    """Runs of sentences of bounded size, so that memory is bounded too."""
    start = size = 0
    for index, (hypothesis, references) in enumerate(pairs):
        length = 2 + len(hypothesis) + len(references)
        for reference in references:
            length += len(reference)
        size += length
        if size > _BLOCK and index > start:
            yield pairs[start:index]
            start, size = index, length
    yield pairs[start:]


def _counted(pairs: list[Pair], n: int) -> Integers:
    """The statistics of a block: n-grams as integers, the sentence's number foremost, counted by sorting."""
    texts = [text for hypothesis, references in pairs for text in (hypothesis, *references)]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    number: defaultdict[Hashable, int] = defaultdict(count().__next__)
    tokens = np.fromiter(map(number.__getitem__, chain.from_iterable(texts)), np.int64, int(lengths.sum()))

    sides_of = 1 + np.fromiter((len(references) for _, references in pairs), np.int64, len(pairs))
    sentence_of_text = np.repeat(np.arange(len(pairs)), sides_of)
    sides = np.arange(len(texts)) - np.repeat(np.cumsum(sides_of) - sides_of, sides_of)  # 0: the hypothesis
    own = lengths[sides == 0]
    rows = np.zeros((len(pairs), 2 * n + 2), np.int64)
    rows[:, n : 2 * n] = np.maximum(own[:, None] - np.arange(n), 0)
    rows[:, 2 * n] = own
    rows[:, 2 * n + 1] = _closest(lengths, sides, sentence_of_text, own)

    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(tokens))  # tokens from here to the end
    side = np.repeat(sides, lengths)
    sentence_bits, side_bits = len(pairs).bit_length(), int(sides.max()).bit_length()
    token_bits = bits = len(number).bit_length()
    grams = (np.repeat(sentence_of_text, lengths) << bits) | tokens
    for order in range(1, min(n, int(lengths.max())) + 1):
        if order > 1:
            if sentence_bits + bits + token_bits + side_bits > 62:
                grams, bits = _renamed(grams, bits)
            bits += token_bits
            grams = (grams[:-1] << token_bits) | tokens[order - 1 :]
        within = left[: len(grams)] >= order
        keys = ((grams << side_bits) | side[: len(grams)])[within]
        rows[:, order - 1] = _matches(np.sort(keys), bits, side_bits, len(pairs))
    return rows


def _closest(lengths: Integers, sides: Integers, sentence: Integers, own: Integers) -> Integers:
    """The length of the reference closest to each hypothesis, the shorter of two equally close."""
    reference = sides > 0
    length, of = lengths[reference], sentence[reference]
    order = np.lexsort((length, np.abs(length - own[of]), of))
    return length[order][np.unique(of[order], return_index=True)[1]]


def _renamed(grams: Integers, bits: int) -> tuple[Integers, int]:
    """The n-grams numbered anew within their sentence, when longer ones would not fit into an integer."""
    distinct, rank = np.unique(grams, return_inverse=True)
    sentence = grams >> bits
    rank = rank - np.searchsorted(distinct, sentence << bits)
    bits = int(rank.max()).bit_length()
    return (sentence << bits) | rank, bits


def _matches(keys: Integers, bits: int, side_bits: int, sentences: int) -> Integers:
    """Per sentence: each n-gram of the hypothesis, as often as the reference that has most of it allows."""
    if len(keys) == 0:
        return np.zeros(sentences, np.int64)
    runs = _changes(keys)
    times = np.diff(runs, append=len(keys))
    grams, of_hypothesis = keys[runs] >> side_bits, (keys[runs] & ((1 << side_bits) - 1)) == 0
    groups = _changes(grams)
    ends = np.append(groups[1:], len(grams))
    shared = of_hypothesis[groups] & (ends - groups > 1)
    heads, ends = groups[shared], ends[shared]
    if len(heads) == 0:
        return np.zeros(sentences, np.int64)
    of_references = np.column_stack([heads + 1, ends]).ravel()
    allowed = np.maximum.reduceat(np.append(times, 0), of_references)[::2]
    matched = np.minimum(times[heads], allowed)
    return np.bincount(grams[heads] >> bits, weights=matched, minlength=sentences).astype(np.int64)


def _changes(values: Integers) -> Integers:
    """Where a value differs from the one before; the first does."""
    changed = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return np.flatnonzero(changed)


def _substituted(rules: Iterable[tuple[re.Pattern[str], str]], text: str) -> list[str]:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text.split()


_ASCII_RULES = (
    (re.compile(f"([{re.escape(''.join(set(string.punctuation) - set(',-.') - {chr(39)}))}])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def _mteval_13a(text: str) -> list[str]:
    """NIST mteval-v13a: ASCII symbols apart; stops and commas apart but within numbers."""
    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(entity, character)
    return _substituted(_ASCII_RULES, f" {text} ")


@lru_cache(maxsize=1)
def _unicode_rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    classes: defaultdict[str, list[str]] = defaultdict(list)
    for character in map(chr, range(sys.maxunicode + 1)):
        classes[unicodedata.category(character)[0]].append(character)
    numbers, marks, symbols = (re.escape("".join(classes[name])) for name in "NPS")
    return (
        (re.compile(f"([^{numbers}])([{marks}])"), r"\1 \2 "),
        (re.compile(f"([{marks}])([^{numbers}])"), r" \1 \2"),
        (re.compile(f"([{symbols}])"), r" \1 "),
    )


def _international(text: str) -> list[str]:
    """NIST mteval-v14 ``--international-tokenization``: any punctuation not beside a number, any symbol."""
    return _substituted(_unicode_rules(), text)


def _characters(text: str) -> list[str]:
    return [character for character in text if not character.isspace()]


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "none": str.split,
    "13a": _mteval_13a,
    "intl": _international,
    "char": _characters,
}
