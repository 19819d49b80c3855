"""Baselines for iterative editing. None looks at a target of the split that it is judged on."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.datasets.edit import EditSplit
from cfbench.errors import UsageError
from cfbench.models import Model, ModelContext
from cfbench.randomness import generator
from cfbench.tasks.edit import EditInputs, EditPrediction, Image, Placement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from cfbench.datasets import Split

COMMONEST = 5
WORD = re.compile(r"[a-z]+")


class EmptyCanvas(Model):
    """Never edits."""

    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "never edits: the empty canvas at every turn"

    def predict(self, batch: Sequence[EditInputs]) -> list[EditPrediction]:
        """The start image at every turn."""
        return [_same(inputs.start, inputs) for inputs in batch]


class _FittedEditor(Model):
    """Keeps the training split, whose painter it may use."""

    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    fits_while_you_wait: ClassVar[bool] = True
    _train: EditSplit

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:  # noqa: ARG002
        """Remember the training split."""
        if not isinstance(train, EditSplit):
            raise UsageError(
                f"{type(self).__name__} needs a data set that can draw", "this one has no painter"
            )
        self._train = train


class RandomEdit(_FittedEditor):
    """Adds a random object at a random place each turn."""

    summary: ClassVar[str] = "adds a random object at a random place each turn"
    _seed = 0

    def setup(self, context: ModelContext) -> None:
        """Take the seed."""
        self._seed = context.seed

    def predict(self, batch: Sequence[EditInputs]) -> list[EditPrediction]:
        """One more object each turn; each sample has a generator of its own."""
        return [EditPrediction(tuple(self._edit(inputs))) for inputs in batch]

    def _edit(self, inputs: EditInputs) -> Iterable[Image]:
        random = generator(self._seed, "random-edit", inputs.id)
        painter = self._train.painter
        turns = len(inputs.instructions)
        labels = random.permutation(len(painter.classes))
        depths = [p.depth for record in self._train.records[:100] for p in record.objects[-1]]
        placed: list[Placement] = []
        for turn in range(turns):
            x, y = random.uniform(0.1, 0.9, 2)
            depth = depths[int(random.integers(len(depths)))]
            placed.append(Placement(int(labels[turn % len(labels)]), float(x), float(y), depth))
            yield painter.compose(placed)


class MostCommon(_FittedEditor):
    """A constant picture of the five commonest training objects at their mean places."""

    summary: ClassVar[str] = "a constant picture of the five commonest training objects at their mean places"
    _picture: Image

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:
        """Count final objects and draw the picture."""
        super().fit(train, validation, preset, seed)
        places: dict[int, list[Placement]] = {}
        for record in self._train.records:
            for placement in record.objects[-1]:
                places.setdefault(placement.label, []).append(placement)
        counts = Counter({label: len(found) for label, found in places.items()})
        commonest = sorted(counts, key=lambda label: (-counts[label], label))[:COMMONEST]
        self._picture = self._train.painter.compose([_mean(places[label]) for label in commonest])

    def predict(self, batch: Sequence[EditInputs]) -> list[EditPrediction]:
        """The same picture at every turn."""
        return [_same(self._picture, inputs) for inputs in batch]


class NearestTrain(_FittedEditor):
    """The final image of the training dialogue with the nearest words (TF-IDF cosine over whole dialogues)."""

    summary: ClassVar[str] = "the final image of the training dialogue with the nearest words"

    def fit(self, train: Split[Any, Any], validation: Split[Any, Any], preset: str, seed: int) -> None:
        """Weigh the words of the training dialogues."""
        super().fit(train, validation, preset, seed)
        documents = [Counter(_words(record.instructions)) for record in self._train.records]
        self._vocabulary = {word: i for i, word in enumerate(sorted(set().union(*documents)))}
        frequency = np.zeros(len(self._vocabulary))
        for document in documents:
            frequency[[self._vocabulary[word] for word in document]] += 1
        self._rarity = np.log((1 + len(documents)) / (1 + frequency)) + 1
        self._index: dict[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]] = {}
        postings: dict[int, list[tuple[int, float]]] = {}
        for number, document in enumerate(documents):
            for word, weight in self._weights(document).items():
                postings.setdefault(word, []).append((number, weight))
        for word, found in postings.items():
            numbers, weights = zip(*found, strict=True)
            self._index[word] = (np.array(numbers), np.array(weights))

    def predict(self, batch: Sequence[EditInputs]) -> list[EditPrediction]:
        """The same retrieved picture at every turn."""
        return [_same(self._train.final_image(self._nearest(inputs)), inputs) for inputs in batch]

    def _nearest(self, inputs: EditInputs) -> int:
        similarity = np.zeros(len(self._train.records))
        for word, weight in sorted(self._weights(Counter(_words(inputs.instructions))).items()):
            numbers, weights = self._index[word]
            similarity[numbers] += weight * weights
        return int(similarity.argmax())

    def _weights(self, document: Counter[str]) -> dict[int, float]:
        known = {
            self._vocabulary[word]: count for word, count in document.items() if word in self._vocabulary
        }
        raw = {word: (1 + np.log(count)) * self._rarity[word] for word, count in known.items()}
        length = float(np.sqrt(sum(value * value for value in raw.values()))) or 1.0
        return {word: value / length for word, value in raw.items()}


def _words(instructions: Iterable[str]) -> list[str]:
    return WORD.findall(" ".join(instructions).lower())


def _same(image: Image, inputs: EditInputs) -> EditPrediction:
    return EditPrediction((image,) * len(inputs.instructions))


def _mean(places: Sequence[Placement]) -> Placement:
    mean: Any = np.mean([(p.x, p.y, p.depth) for p in places], axis=0)
    return Placement(places[0].label, *(float(value) for value in mean))
