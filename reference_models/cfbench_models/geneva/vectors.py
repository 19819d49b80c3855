"""Word vectors that were learned elsewhere, as a text file: a word and its numbers a line, as GloVe is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cfbench.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.reporter import Reporter
    from cfbench_models.geneva.stepping import Networks
    from cfbench_models.geneva.vocabulary import Vocabulary

_MOST_BYTES = 8 * 1024**3
_LONGEST_LINE = 64 * 1024


def read_vectors(path: Path, vocabulary: Vocabulary, width: int) -> dict[int, list[float]]:
    """The vectors of known words, by the words' numbers; of a word that comes twice, the first.

    Raises:
        DataError: The file is missing, too large, no such text, or its vectors have another width.
    """
    known = vocabulary.numbers
    found: dict[int, list[float]] = {}
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path} is too large for word vectors", f"more than {_MOST_BYTES} bytes")
        with path.open(encoding="utf-8") as lines:
            number = 0
            while line := lines.readline(_LONGEST_LINE + 1):
                number += 1
                if len(line) > _LONGEST_LINE:
                    raise DataError(f"{path} holds no word vectors", f"line {number} is too long")
                word, *values = line.rstrip("\n").split(" ")
                if len(values) != width:
                    raise DataError(
                        f"{path} does not fit the recipe",
                        f"line {number} has {len(values)} numbers, and words have {width}",
                        f"Choose the option word={len(values)}, or another file",
                    )
                if word in known and known[word] not in found:
                    found[known[word]] = _numbers(values, path, number)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as word vectors", str(error)) from error
    return found


def _numbers(values: list[str], path: Path, line: int) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except ValueError as error:
        raise DataError(f"{path} holds no word vectors", f"line {line}: {error}") from error
    if not all(abs(value) < float("inf") for value in numbers):
        raise DataError(f"{path} holds no word vectors", f"line {line} has numbers that are not finite")
    return numbers


def begin_words(networks: Networks, vocabulary: Vocabulary, path: Path, reporter: Reporter) -> None:
    """Begin with the vectors of a file; words that are not in it keep their own first values."""
    found = read_vectors(path, vocabulary, networks.editor.size.word)
    if not found:
        raise DataError(f"{path} is of no use to this training", "none of the words is in it")
    with torch.no_grad():
        for editor in (networks.editor, networks.network):
            for number, values in found.items():
                editor.text.words.weight[number] = torch.tensor(values)
    reporter.line(f"{len(found)} of {len(vocabulary.words)} words begin with vectors of {path.name}")
