"""Answer priors by type of question, and how far they differ between two splits.

In VQA-CP what was the usual answer to a type of question in training no longer is in the test.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfbench.errors import DataError
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets.vqa_cp.questions import Question

    Codes = npt.NDArray[np.intp]

CHANGED_FROM = 0.2
"""So much further than by chance the priors of two splits must lie apart to count as changed."""


@dataclass(frozen=True)
class Shift:
    """How far priors differ. All are shares, weighted by the test questions of each type.

    ``distance`` is the total variation between the answers to a type in training and test, and ``by_chance`` what it is
    after exchanging questions of a type at random. ``prior_in_training`` and ``prior_in_test`` say how often the
    commonest training answer of its type is a question's.
    """

    distance: float
    by_chance: float
    prior_in_training: float
    prior_in_test: float

    @property
    def changed(self) -> bool:
        """Whether these are splits under changing priors."""
        return self.distance - self.by_chance > CHANGED_FROM

    def __str__(self) -> str:
        """In one line."""
        return (
            f"answer priors {self.distance:.2f} apart ({self.by_chance:.2f} by chance); the commonest training answer of"
            f" a question's type is right for {self.prior_in_training:.0%} in training, {self.prior_in_test:.0%} in test"
        )


def answer_of(question: Question) -> str:
    """What most people answered; of equals the first."""
    return Counter(question.answers).most_common(1)[0][0]


def prior_shift(train: Sequence[Question], test: Sequence[Question]) -> Shift:
    """How far the priors of a test lie from those of its training; types that training lacks count as wholly apart."""
    if not train or not test:
        raise DataError("There is no prior to compare", "a split has no questions")
    types = _numbered([one.question_type for one in (*train, *test)])
    answers = _numbered([answer_of(one) for one in (*train, *test)])
    in_test = np.arange(len(types)) >= len(train)
    shuffled = in_test.copy()
    random = generator(0, "prior-shift")
    for kind in range(int(types.max()) + 1):
        places = np.flatnonzero(types == kind)
        shuffled[places] = random.permutation(in_test[places])
    usual = _table(types, answers, ~in_test)
    right = (usual.argmax(axis=1)[types] == answers) & (usual.sum(axis=1)[types] > 0)
    return Shift(
        distance=_distance(types, answers, in_test),
        by_chance=_distance(types, answers, shuffled),
        prior_in_training=float(right[~in_test].mean()),
        prior_in_test=float(right[in_test].mean()),
    )


def _numbered(names: Sequence[str]) -> Codes:
    number: dict[str, int] = {}
    return np.array([number.setdefault(name, len(number)) for name in names], np.intp)


def _table(types: Codes, answers: Codes, chosen: npt.NDArray[np.bool_]) -> Codes:
    """How often each answer (columns) was given to questions of each type (rows)."""
    sides = int(types.max()) + 1, int(answers.max()) + 1
    flat = types[chosen] * sides[1] + answers[chosen]
    return np.bincount(flat, minlength=sides[0] * sides[1]).reshape(sides)


def _distance(types: Codes, answers: Codes, in_test: npt.NDArray[np.bool_]) -> float:
    """The total variation between the answers to each type, weighted by its test questions."""
    train, test = _table(types, answers, ~in_test), _table(types, answers, in_test)
    totals = [np.maximum(table.sum(axis=1, keepdims=True), 1) for table in (train, test)]
    apart = np.abs(train / totals[0] - test / totals[1]).sum(axis=1) / 2
    apart[train.sum(axis=1) == 0] = 1
    return float(np.average(apart, weights=test.sum(axis=1)))
