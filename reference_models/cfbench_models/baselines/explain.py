"""Baselines for explaining an edit. None looks at a target of the split that it is judged on."""

from __future__ import annotations

from collections import Counter
from math import log
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.datasets.explain import ExplainSplit
from cfbench.errors import UsageError
from cfbench.models import Model
from cfbench.tasks.explain import ExplainInputs, ExplainPrediction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets import Split
    from cfbench.tasks.base import Image

Tokens = tuple[str, ...]
LOOKED_AT = 10_000  # training turns among which the nearest edit is sought
CELLS = 8  # along each side of an image


class _FittedExplainer(Model):
    """Keeps the training split."""

    tasks: ClassVar[tuple[str, ...]] = ("explain",)
    fits_while_you_wait: ClassVar[bool] = True
    _train: ExplainSplit

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:  # noqa: ARG002
        """Remember the training split."""
        if not isinstance(train, ExplainSplit):
            raise UsageError(
                f"{type(self).__name__} needs the turns of an editing data set", "this one has none"
            )
        self._train = train


class MostCommonInstruction(_FittedExplainer):
    """Says the commonest training instruction of each turn number, whatever the images show.

    It holds each word, and the end, as likely as its share of the training turns; one count is kept for a word that was
    never seen, and one is added to each that was.
    """

    summary: ClassVar[str] = (
        "the commonest training instruction of the turn; every word as likely as in training"
    )

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:
        """Count instructions and words."""
        super().fit(train, validation, preset, seed)
        counts: dict[int, Counter[Tokens]] = {}
        for index in range(len(self._train)):
            tokens = self._train.target(index).tokens
            counts.setdefault(self._train.turn(index), Counter())[tokens] += 1
        self._said = {turn: min(found, key=lambda t: (-found[t], t)) for turn, found in counts.items()}
        self._words: Counter[str | None] = Counter({None: len(self._train)})  # None is the end
        for found in counts.values():
            for tokens, count in found.items():
                self._words.update({word: count * times for word, times in Counter(tokens).items()})
        self._total = sum(self._words.values()) + len(self._words) + 1

    def predict(self, batch: Sequence[ExplainInputs]) -> list[ExplainPrediction]:
        """The instruction of the turn; that of the last known one for later turns."""
        last = max(self._said)
        return [ExplainPrediction(self._said[min(len(one.instructions) + 1, last)]) for one in batch]

    def likelihoods(self, batch: Sequence[ExplainInputs], texts: Sequence[Tokens]) -> list[list[float]]:  # noqa: ARG002
        """From the shares of words."""
        return [[log(self._total / (self._words[word] + 1)) for word in (*text, None)] for text in texts]


class NearestEdit(_FittedExplainer):
    """Says the instruction of the training turn whose difference of images is nearest, seen in 8 by 8 cells."""

    summary: ClassVar[str] = (
        f"the instruction of the nearest edit among the first {LOOKED_AT:,} training turns"
    )

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:
        """Look at the first training turns."""
        super().fit(train, validation, preset, seed)
        seen = (self._train.inputs(index) for index in range(min(LOOKED_AT, len(self._train))))
        self._edits = np.stack([_in_cells(one.before, one.after) for one in seen])

    def predict(self, batch: Sequence[ExplainInputs]) -> list[ExplainPrediction]:
        """The retrieved instructions; of equally near edits the first."""
        return [ExplainPrediction(self._train.target(self._nearest(one)).tokens) for one in batch]

    def _nearest(self, inputs: ExplainInputs) -> int:
        away = self._edits - _in_cells(inputs.before, inputs.after)
        return int(np.square(away).sum(axis=1).argmin())


def _in_cells(before: Image, after: Image) -> npt.NDArray[np.int64]:
    """How much each colour grew in each cell of the image."""
    change = after.astype(np.int64) - before
    rows, columns = (np.arange(CELLS) * side // CELLS for side in change.shape[:2])
    return np.add.reduceat(np.add.reduceat(change, rows, axis=0), columns, axis=1).ravel()
