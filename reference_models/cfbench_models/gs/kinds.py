"""The kinds of work that gradient supervision is measured in: what is read, by which networks, and what chooses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.datasets.vqa_cp.questions import NIL
from cfbench.errors import DataError, UsageError
from cfbench.tasks.labels import ScoresPrediction
from cfbench.tasks.vqa import VqaPrediction
from cfbench_models.gs.judging import of_answers, of_images, of_texts, probabilities
from cfbench_models.gs.recipes import (
    BLIND,
    IMAGES,
    INFERENCE,
    QUESTIONS,
    SENTIMENT,
    Arm,
    Recipe,
    TextRecipe,
    changed,
)
from cfbench_models.gs.words import Vocabulary, as_many_texts_of, texts_each, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.tasks.labels import ImageLabelInputs, TextInputs
    from cfbench.tasks.vqa import VqaInputs
    from cfbench_models.gs.encoders import Reader
    from cfbench_models.gs.material import Material
    from cfbench_models.gs.networks import Ensemble

SCORED = 100
"""Answers of which each prediction tells the scores; with more, they would be gigabytes."""

UNSURE = 0.005
"""Validation questions that no answer is said to."""
ROUNDED = 1e-4
"""More than a logit depends on what is computed beside it."""


class Kind(ABC):
    """What a reader of one kind of inputs must know to be made again."""

    name: ClassVar[str]
    recipe: Recipe

    @abstractmethod
    def read(self, inputs: Sequence[Any]) -> list[Any]:
        """Inputs of the task as the networks take them."""

    @abstractmethod
    def networks(self, outputs: int, random: np.random.Generator) -> Ensemble:
        """Networks that know nothing yet."""

    @abstractmethod
    def judge(self, logits: npt.NDArray[np.float64], data: Material) -> tuple[float, ...]:
        """Scores on validation data."""

    def said(self, logits: npt.NDArray[np.float64], inputs: Sequence[Any]) -> list[Any]:
        """Predictions of the task: of classes, the probability of each."""
        scores = probabilities(logits)
        for one in inputs:
            if len(one.classes) != scores.shape[1]:
                why = f"the model learned {scores.shape[1]}"
                raise DataError(f"Sample {one.id} has {len(one.classes)} classes", why)
        return [ScoresPrediction(each) for each in scores]

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What :func:`kind_from` makes it again from."""


class Texts(Kind):
    """One text, or two side by side."""

    name: ClassVar[str] = "texts"
    recipe: TextRecipe

    def __init__(self, vocabulary: Vocabulary, texts: int, recipe: TextRecipe) -> None:
        self.vocabulary, self.texts, self.recipe = vocabulary, texts, recipe

    @classmethod
    def of(cls, inputs: Sequence[TextInputs], options: Mapping[str, str]) -> Texts:
        """With the words of some training texts, and a recipe that options change."""
        texts = texts_each(inputs)
        chosen = changed(INFERENCE if texts == 2 else SENTIMENT, options)
        if "ordered" in options:
            raise UsageError(
                "'ordered' changes nothing here", "it is an option of networks that read questions"
            )
        vocabulary = Vocabulary.of(
            (text for one in inputs for text in texts_of(one)), chosen.words, chosen.longest
        )
        if not len(vocabulary):
            raise DataError("These texts cannot be learned from", "there is no word in them")
        return cls(vocabulary, texts, chosen)

    def read(self, inputs: Sequence[TextInputs]) -> list[Any]:
        """The bags of words of each."""
        return [
            tuple(self.vocabulary.bag(text) for text in as_many_texts_of(one, self.texts)) for one in inputs
        ]

    def networks(self, outputs: int, random: np.random.Generator) -> Ensemble:
        """Means of word vectors."""
        from cfbench_models.gs.networks import TextEnsemble

        return TextEnsemble(self.recipe, len(self.vocabulary), self.texts, outputs, random)

    def judge(self, logits: npt.NDArray[np.float64], data: Material) -> tuple[float, ...]:
        """Accuracy."""
        return of_texts(logits, data)

    def to_json(self) -> dict[str, Any]:
        """The words and the recipe."""
        words, recipe = list(self.vocabulary.words), self.recipe.to_json()
        return {"kind": self.name, "texts": self.texts, "words": words, "recipe": recipe}


class Features(Kind):
    """Vectors that the data set gives with its images."""

    name: ClassVar[str] = "features"

    def __init__(self, width: int, recipe: Recipe) -> None:
        self.width, self.recipe = width, recipe

    @classmethod
    def of(cls, inputs: Sequence[ImageLabelInputs], options: Mapping[str, str]) -> Features:
        """Of the width of the first, with a recipe that options change."""
        features = inputs[0].features
        if features is None:
            raise UsageError("These images cannot be learned from", "the data set gives no features of them")
        return cls(len(features), changed(IMAGES, options))

    def read(self, inputs: Sequence[ImageLabelInputs]) -> list[Any]:
        """The features, which must be of one width."""
        found = []
        for one in inputs:
            if one.features is None or one.features.shape != (self.width,):
                has = "none" if one.features is None else f"{one.features.shape} numbers"
                raise DataError(f"Sample {one.id} has no features of width {self.width}", f"it has {has}")
            found.append(np.asarray(one.features, np.float32))
        return found

    def networks(self, outputs: int, random: np.random.Generator) -> Ensemble:
        """Layers."""
        from cfbench_models.gs.networks import FeatureEnsemble

        return FeatureEnsemble(self.recipe, self.width, outputs, random)

    def judge(self, logits: npt.NDArray[np.float64], data: Material) -> tuple[float, ...]:
        """Mean average precision."""
        return of_images(logits, data)

    def to_json(self) -> dict[str, Any]:
        """The width and the recipe."""
        return {"kind": self.name, "width": self.width, "recipe": self.recipe.to_json()}


class Questions(Kind):
    """Questions, without a look at the image.

    What is said is the best of the answers that were chosen, or ``NIL`` where that is less sure than it is of all but
    the ``UNSURE`` share of validation questions: an edited image has no right answer.
    """

    name: ClassVar[str] = "questions"
    recipe: TextRecipe

    def __init__(self, vocabulary: Vocabulary, answers: Sequence[str], recipe: TextRecipe) -> None:
        self.vocabulary, self.answers, self.recipe = vocabulary, tuple(answers), recipe
        self.least = -np.inf

    def _words(self, one: VqaInputs) -> Any:
        vocabulary = self.vocabulary
        return vocabulary.numbers(one.question) if self.recipe.ordered else vocabulary.bag(one.question)

    def read(self, inputs: Sequence[VqaInputs]) -> list[Any]:
        """The words of each, in order or as one bag."""
        words = [self._words(one) for one in inputs]
        return words if self.recipe.ordered else [(bag,) for bag in words]

    def networks(self, outputs: int, random: np.random.Generator) -> Ensemble:
        """Questions read in order, or means of word vectors."""
        from cfbench_models.gs.networks import TextEnsemble
        from cfbench_models.gs.reading import QuestionEnsemble

        if self.recipe.ordered:
            return QuestionEnsemble(self.recipe, len(self.vocabulary), outputs, random)
        return TextEnsemble(self.recipe, len(self.vocabulary), 1, outputs, random)

    def judge(self, logits: npt.NDArray[np.float64], data: Material) -> tuple[float, ...]:
        """VQA accuracy."""
        return of_answers(logits, data)

    def settle(self, logits: npt.NDArray[np.float64], data: Material) -> None:
        """Find, on validation data, the logit that an answer must have, and not miss it by what batches round."""
        self.least = float(np.quantile(logits[~data.edited].max(1), UNSURE)) - ROUNDED

    def said(self, logits: npt.NDArray[np.float64], inputs: Sequence[Any]) -> list[Any]:  # noqa: ARG002
        """The best answer or none, and how sure each is where there are few."""
        few = len(self.answers) <= SCORED
        scores = probabilities(logits) if few and len(self.answers) > 1 else None
        return [
            VqaPrediction(
                self.answers[best] if logits[row, best] >= self.least else NIL,
                None if scores is None else tuple(scores[row].tolist()),
            )
            for row, best in enumerate(logits.argmax(1).tolist())
        ]

    def to_json(self) -> dict[str, Any]:
        """The words, the answers and the recipe."""
        words, recipe = list(self.vocabulary.words), self.recipe.to_json()
        answers = {"answers": list(self.answers), "least": self.least}
        return {"kind": self.name, "words": words, **answers, "recipe": recipe}


class Regions(Questions):
    """Questions about regions of images."""

    name: ClassVar[str] = "regions"

    def __init__(
        self, vocabulary: Vocabulary, answers: Sequence[str], width: int, recipe: TextRecipe
    ) -> None:
        super().__init__(vocabulary, answers, recipe)
        self.width = width

    def read(self, inputs: Sequence[VqaInputs]) -> list[Any]:
        """The words and the regions, whose features must be of one width."""
        from cfbench_models.gs.regions import AskedRegions

        found = []
        for one in inputs:
            features = one.features
            if features is None or features.ndim != 2 or features.shape[1] != self.width:
                has = "none" if features is None else f"an array of shape {features.shape}"
                raise DataError(
                    f"Question {one.id} has no features of regions, {self.width} wide", f"it has {has}"
                )
            regions = np.asarray(features, np.float32)
            found.append(AskedRegions(self._words(one), regions))
        return found

    def networks(self, outputs: int, random: np.random.Generator) -> Ensemble:
        """Attention to regions."""
        from cfbench_models.gs.regions import RegionEnsemble

        return RegionEnsemble(self.recipe, len(self.vocabulary), self.width, outputs, random)

    def to_json(self) -> dict[str, Any]:
        """The width, too."""
        return {**super().to_json(), "width": self.width}


def kind_of(
    task: str, data: Material, arm: Arm, options: Mapping[str, str], reader: Reader | None = None
) -> Kind:
    """What reads some training inputs of a task, by the recipe of its kind with options changed."""
    if reader is not None:
        from cfbench_models.gs.encoded import Encoded

        return Encoded.of(data.inputs, reader, options)
    if task == "text-label":
        return Texts.of(data.inputs, options)
    return _asked(data, arm, options) if task == "vqa" else Features.of(data.inputs, options)


def _asked(data: Material, arm: Arm, options: Mapping[str, str]) -> Questions:
    recipe = changed(BLIND if arm.blind else QUESTIONS, options)
    vocabulary = Vocabulary.of((one.question for one in data.inputs), recipe.words, recipe.longest)
    if not len(vocabulary):
        raise DataError("These questions cannot be learned from", "there is no word in them")
    if arm.blind:
        return Questions(vocabulary, data.answers, recipe)
    features = data.inputs[0].features
    if features is None or features.ndim != 2:
        raise UsageError(
            "These images cannot be looked at", "the data set gives no features of their regions"
        )
    return Regions(vocabulary, data.answers, features.shape[1], recipe)


def kind_from(value: Mapping[str, Any]) -> Kind:
    """The inverse of ``to_json``."""
    from cfbench_models.gs.encoded import Encoded

    recipe = {**value["recipe"], "hidden": tuple(value["recipe"]["hidden"])}
    if value["kind"] == Features.name:
        return Features(value["width"], Recipe(**recipe))
    if value["kind"] == Encoded.name:
        return Encoded.from_json(value, Recipe(**recipe))
    chosen = TextRecipe(**recipe)
    vocabulary = Vocabulary(value["words"], chosen.longest)
    if value["kind"] == Texts.name:
        return Texts(vocabulary, value["texts"], chosen)
    if value["kind"] == Questions.name:
        asked = Questions(vocabulary, value["answers"], chosen)
    else:
        asked = Regions(vocabulary, value["answers"], value["width"], chosen)
    asked.least = float(value["least"])
    return asked
