"""Two models of counted words that the paper lacks: what does a network of word vectors add to them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import UsageError
from cfbench.models import Model
from cfbench.tasks.labels import ScoresPrediction
from cfbench_models.gs.words import Vocabulary, texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets import Split
    from cfbench.tasks.labels import TextInputs

    Floats = npt.NDArray[np.float64]

WORDS = 20_000
STRENGTH = 1.0  # of the penalty of TF-IDF's weights, beside the sum of all losses
ROUNDS = 200  # of its optimizer


class _Counted(Model):
    """Counts the words of originals and edited texts; of two texts, each has words of its own."""

    tasks: ClassVar[tuple[str, ...]] = ("text-label",)
    fits_while_you_wait: ClassVar[bool] = True

    def __init__(self) -> None:
        self._vocabulary: Vocabulary | None = None
        self._texts = 1

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:  # noqa: ARG002
        """Learn from every training text; nothing is drawn and nothing is chosen."""
        inputs = [train.inputs(index) for index in range(len(train))]
        labels = np.array([train.target(index).label for index in range(len(train))])
        self._texts = 2 if inputs[0].second is not None else 1
        self._vocabulary = Vocabulary.of((text for one in inputs for text in texts_of(one)), WORDS, None)
        self._learn([self._counts(one) for one in inputs], labels, len(inputs[0].classes))

    def predict(self, batch: Sequence[TextInputs]) -> list[ScoresPrediction]:
        """The probability of each class."""
        scores = [self._logits(*self._counts(one)) for one in batch]
        return [ScoresPrediction(np.exp(each - np.logaddexp.reduce(each))) for each in scores]

    def _counts(self, one: TextInputs) -> tuple[npt.NDArray[np.int64], Floats]:
        """The distinct known words of a sample by number, and how often each occurs."""
        if self._vocabulary is None:
            raise UsageError("The model has learned nothing yet", "predict was called before fit")
        found = [self._vocabulary.counts(text) for text in texts_of(one)]
        numbers = [numbers + place * len(self._vocabulary) for place, (numbers, _) in enumerate(found)]
        return np.concatenate(numbers), np.concatenate([counts for _, counts in found]).astype(np.float64)

    @property
    def _width(self) -> int:
        return self._texts * len(self._vocabulary or ())

    def _learn(
        self, counts: Sequence[tuple[npt.NDArray[np.int64], Floats]], labels: npt.NDArray[Any], classes: int
    ) -> None:
        raise NotImplementedError

    def _logits(self, words: npt.NDArray[np.int64], counts: Floats) -> Floats:
        raise NotImplementedError


class NaiveBayes(_Counted):
    """Multinomial, one is added to every count; a word counts once in a text."""

    summary: ClassVar[str] = "naive Bayes on the words that occur, taught originals and edited texts"

    def _learn(
        self, counts: Sequence[tuple[npt.NDArray[np.int64], Floats]], labels: npt.NDArray[Any], classes: int
    ) -> None:
        totals = np.ones((classes, self._width))
        for (words, _), label in zip(counts, labels, strict=True):
            totals[label, words] += 1
        self._words = np.log(totals) - np.log(totals.sum(1, keepdims=True))
        self._classes = np.log(np.bincount(labels, minlength=classes) + 1.0)

    def _logits(self, words: npt.NDArray[np.int64], counts: Floats) -> Floats:  # noqa: ARG002
        found: Floats = self._classes + self._words[:, words].sum(1)
        return found


class TfIdf(_Counted):
    """Logistic regression on counts times the logarithm of rarity, each text of length 1."""

    summary: ClassVar[str] = "logistic regression on TF-IDF, taught originals and edited texts"

    def _learn(
        self, counts: Sequence[tuple[npt.NDArray[np.int64], Floats]], labels: npt.NDArray[Any], classes: int
    ) -> None:
        from scipy.optimize import minimize
        from scipy.sparse import csr_matrix

        texts = np.bincount(np.concatenate([words for words, _ in counts]), minlength=self._width)
        self._rarity = np.log((1 + len(counts)) / (1 + texts)) + 1
        rows = [self._row(words, each) for words, each in counts]
        ends = np.cumsum([0, *(len(words) for words, _ in counts)])
        table = csr_matrix(
            (np.concatenate(rows), np.concatenate([words for words, _ in counts]), ends),
            shape=(len(counts), self._width),
        )
        true = np.eye(classes)[labels]

        def loss(flat: Floats) -> tuple[float, Floats]:
            weights, bias = flat[:-classes].reshape(self._width, classes), flat[-classes:]
            said = table @ weights + bias
            logs = said - np.logaddexp.reduce(said, axis=1)[:, np.newaxis]
            away = np.exp(logs) - true
            value = -float((true * logs).sum()) + STRENGTH / 2 * float((weights**2).sum())
            slope = table.T @ away + STRENGTH * weights
            return value, np.concatenate([slope.ravel(), away.sum(0)])

        start = np.zeros(self._width * classes + classes)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
        self._weights, self._bias = found[:-classes].reshape(self._width, classes), found[-classes:]

    def _row(self, words: npt.NDArray[np.int64], counts: Floats) -> Floats:
        values = counts * self._rarity[words]
        length = float(np.linalg.norm(values))
        row: Floats = values / length if length else values
        return row

    def _logits(self, words: npt.NDArray[np.int64], counts: Floats) -> Floats:
        found: Floats = self._row(words, counts) @ self._weights[words] + self._bias
        return found
