"""Answers to questions as outputs of a network, each with the accuracy that it has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import UsageError
from cfbench.metrics.functional.vqa import vqa_accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

FREQUENT = 9
"""Training questions that have an answer, as what most people said, before it is one that a network can give."""
TOGETHER = 4096  # questions


def frequent_answers(targets: Sequence[Any]) -> tuple[str, ...]:
    """The answers that most people gave to ``FREQUENT`` of the questions or more, the commonest first."""
    counts = Counter(Counter(one.answers).most_common(1)[0][0] for one in targets if one.answers)
    known = sorted((answer for answer in counts if counts[answer] >= FREQUENT), key=lambda a: (-counts[a], a))
    if not known:
        why = f"no answer is that of {FREQUENT} training questions or more"
        raise UsageError("These questions cannot be learned from", why)
    return tuple(known)


def accuracies(targets: Sequence[Any], answers: Sequence[str]) -> npt.NDArray[np.float32]:
    """The VQA accuracy (questions, answers) that each answer would have; no answer is right where nobody gave one."""
    places = {answer: place for place, answer in enumerate(answers)}
    found = np.zeros((len(targets), len(answers)), np.float32)
    for start in range(0, len(targets), TOGETHER):
        rows = [
            (row, answer)
            for row, one in enumerate(targets[start : start + TOGETHER], start)
            for answer in dict.fromkeys(one.answers)
            if answer in places
        ]
        said = vqa_accuracy([answer for _, answer in rows], [targets[row].answers for row, _ in rows])
        for (row, answer), accuracy in zip(rows, said, strict=True):
            found[row, places[answer]] = accuracy
    return found
