"""VQA accuracy as the official evaluation counts it (Antol et al. 2015, arXiv:1505.00468), and its normalisation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import same_length
from cfbench.metrics.functional._vqa_tables import ARTICLES, CONTRACTIONS, NUMBERS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from cfbench.metrics.functional._arrays import Floats

    _Codes = npt.NDArray[np.intp]

Normalise = Literal["official", "always"]
_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_PERIOD = re.compile(r"\.(?!\d)")
_PERIODS = 32  # the published code passes a flag of this value where the number of replacements goes


def normalise_answer(text: str) -> str:
    """The answer as the official evaluation compares it where annotators disagree.

    In this order, each step with its published quirks:

    1. Newlines and tabs become spaces; the ends are stripped.
    2. Each of ``; / [ ] " { } ( ) = + \\ _ - > < @ ` , ? !`` is deleted if it stands beside a space anywhere in the
       text, or if the text has a comma between digits; else it becomes a space: "1,000" is "1000", "yes/no" "yes no".
    3. Periods that no digit follows are deleted, the first 32 of them.
    4. Lower case; "none" and "zero" to "ten" become digits, the articles go, a known contraction that lacks one
       apostrophe gets it back; single spaces between words.

    An answer of articles alone becomes empty. Not idempotent: of 40 periods a second time takes the other 8.
    Anything but a string is a `DataError`.
    """
    _refuse_other_than_strings([text], "text")
    return _normalised(_in_one_line(text))


def vqa_accuracy(predictions: Any, answers: Any, normalise: Normalise = "official") -> Floats:
    """Accuracy (n,) in [0, 1] of one answer per question against those of its annotators, higher is better.

    The mean over the A ways to leave one annotator out of min(1, matches among the others / 3): with k of A answers
    matched, ``(k min(3, k - 1) + (A - k) min(3, k)) / (3 A)``, so 0, .3, .6, .9, 1 for k = 0 to 4 and more of ten.
    Fewer than four annotators cannot give 1: not even the answer that all of them gave.

    Normalisation (see `normalise_answer`):

    - ``official``: only where the annotators' answers, in one line and stripped, are not all equal; else "Yes" does
      not match ten times "yes". Deliberate in the published code.
    - ``always``: everywhere.

    ``answers`` has one sequence of strings per question; their lengths may differ. No question gives an empty array.
    Anything but strings, a question with fewer than two answers, or other lengths: `DataError`.
    """
    if normalise not in get_args(Normalise):
        raise DataError(
            f"'{normalise}' is no way to normalise", f"there are {', '.join(get_args(Normalise))}"
        )
    guesses = texts(predictions, "predictions")
    flat, counts = _annotators(answers)
    same_length(predictions=np.empty(len(guesses)), answers=counts)
    if not guesses:
        return np.empty(0)
    guess, truth = _as_compared(guesses, flat, counts, normalise)
    annotators = counts.astype(np.float64)
    matches = np.add.reduceat(truth == np.repeat(guess, counts), _starts(counts), dtype=np.float64)
    scored = matches * np.minimum(3, matches - 1) + (annotators - matches) * np.minimum(3, matches)
    accuracy: Floats = scored / (3 * annotators)
    return accuracy


def texts(value: Any, name: str) -> list[str]:
    """The value, a list or an array of strings, as a list; a `DataError` where it is neither."""
    if isinstance(value, (str, bytes)):
        raise DataError(f"'{name}' is one string", "a list of strings is expected")
    try:
        listed = list(value)
    except TypeError:
        raise DataError(f"'{name}' is no list of strings", f"it is a {type(value).__name__}") from None
    _refuse_other_than_strings(listed, name)
    return listed


def _refuse_other_than_strings(values: list[Any], name: str) -> None:
    others = sorted(kind.__name__ for kind in set(map(type, values)) if not issubclass(kind, str))
    if others:
        raise DataError(f"'{name}' holds other things than strings", f"there is a {others[0]}")


def _annotators(answers: Any) -> tuple[list[str], _Codes]:
    """All answers, question after question, and how many each question has."""
    if isinstance(answers, (str, bytes)):
        raise DataError("'answers' is one string", "a list of answers per question is expected")
    try:
        questions = list(answers)
    except TypeError:
        raise DataError("'answers' is no list", f"it is a {type(answers).__name__}") from None
    for kind in set(map(type, questions)):
        if issubclass(kind, (str, bytes)) or not issubclass(kind, (Sequence, np.ndarray)):
            raise DataError("'answers' has no list of answers per question", f"there is a {kind.__name__}")
    counts = np.fromiter(map(len, questions), np.intp, len(questions))
    if counts.size and counts.min() < 2:
        few = int(counts.argmin())
        raise DataError(
            f"Question {few} (from 0) has {counts[few]} answers",
            "leaving one annotator out needs at least two",
        )
    flat = list(chain.from_iterable(questions))
    _refuse_other_than_strings(flat, "answers")
    return flat, counts


def _as_compared(
    guesses: list[str], flat: list[str], counts: _Codes, normalise: Normalise
) -> tuple[_Codes, _Codes]:
    """Numbers that are equal, within a question, where the texts count as equal. Each distinct text is read once."""
    number = {text: at for at, text in enumerate(dict.fromkeys(chain(guesses, flat)))}
    guess, truth = _looked_up(guesses, number), _looked_up(flat, number)
    lines = [_in_one_line(text) for text in number]
    if normalise == "always":
        final = _numbered(map(_normalised, lines))
        return final[guess], final[truth]
    plain = _numbered(lines)
    starts = _starts(counts)
    disputed = np.minimum.reduceat(plain[truth], starts) != np.maximum.reduceat(plain[truth], starts)
    disputed_truth = np.repeat(disputed, counts)
    needed = np.zeros(len(lines), bool)
    needed[guess[disputed]] = True
    needed[truth[disputed_truth]] = True
    final = np.zeros(len(lines), np.intp)
    final[needed] = _numbered(_normalised(lines[at]) for at in np.flatnonzero(needed))
    return (
        np.where(disputed, final[guess], plain[guess]),
        np.where(disputed_truth, final[truth], plain[truth]),
    )


def _starts(counts: _Codes) -> _Codes:
    return np.cumsum(counts) - counts


def _looked_up(values: list[str], number: dict[str, int]) -> _Codes:
    return np.fromiter(map(number.__getitem__, values), np.intp, len(values))


def _numbered(values: Iterable[str]) -> _Codes:
    number: dict[str, int] = {}
    return np.array([number.setdefault(value, len(number)) for value in values], np.intp)


def _in_one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()


def _normalised(line: str) -> str:
    words = (NUMBERS.get(word, word) for word in _without_punctuation(line).lower().split())
    return " ".join(CONTRACTIONS.get(word, word) for word in words if word not in ARTICLES)


def _without_punctuation(line: str) -> str:
    found = SYMBOLS.intersection(line)
    if found:
        joined = _COMMA_IN_NUMBER.search(line) is not None
        put: dict[int, str] = {
            ord(symbol): "" if joined or f"{symbol} " in line or f" {symbol}" in line else " "
            for symbol in found
        }
        line = line.translate(put)
    return _PERIOD.sub("", line, count=_PERIODS) if "." in line else line
