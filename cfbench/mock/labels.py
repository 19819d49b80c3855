"""The mocks of classification: originals, each followed by its edited counterfactual."""

from __future__ import annotations

from typing import ClassVar, TypeVar

import numpy as np

from cfbench.mock.base import MockData, MockSplit, Record
from cfbench.mock.squares import NAMES, PLACES, draw, random_scene
from cfbench.randomness import generator
from cfbench.tasks.labels import ImageLabelInputs, ImageLabelTarget, TextInputs, TextTarget

SENTIMENTS = ("negative", "positive")
WORDS = (("dull", "ugly", "sad"), ("bright", "lovely", "glad"))  # of each sentiment

Inputs = TypeVar("Inputs")
Target = TypeVar("Target")


class _Pairs(MockSplit[Inputs, Target]):
    """An original at every even position, and its edited form after it."""

    def pair(self, index: int) -> str:
        """What the two have in common."""
        return f"{self.name}_pair_{index // 2:05d}"

    def slices(self, index: int) -> tuple[str, ...]:
        """Which of the two it is."""
        return ("edited" if index % 2 else "original",)


class TextSplit(_Pairs[TextInputs, TextTarget]):
    """Reviews of squares; an edit turns the sentiment."""

    def specification(self, index: int) -> Record:
        """The text and its label."""
        random = generator(0, "mock-text-label", self.name, index // 2)
        word, colour = int(random.integers(len(WORDS[0]))), int(random.integers(len(NAMES)))
        label = (int(random.integers(len(SENTIMENTS))) + index) % len(SENTIMENTS)
        return {"text": f"a {WORDS[label][word]} {NAMES[colour]} square", "label": label}

    def inputs(self, index: int, *, teacher_forced: bool = False) -> TextInputs:  # noqa: ARG002
        """The text."""
        return TextInputs(self.ids[index], self.specification(index)["text"], None, SENTIMENTS)

    def target(self, index: int) -> TextTarget:
        """The sentiment, and that of the original."""
        label = self.specification(index)["label"]
        if not index % 2:
            return TextTarget(label, self.pair(index), "original")
        changed = self.specification(index - 1)["label"]
        return TextTarget(label, self.pair(index), "edited", changed, self.inputs(index - 1))


class ImageSplit(_Pairs[ImageLabelInputs, ImageLabelTarget]):
    """Squares; an edit takes away all of one colour."""

    def specification(self, index: int) -> Record:
        """The squares."""
        scene = random_scene("mock-image-labels", self.name, index // 2, squares=1 + index // 2 % len(PLACES))
        removed = scene[0][0]
        return {"scene": [one for one in scene if not index % 2 or one[0] != removed]}

    def inputs(self, index: int, *, teacher_forced: bool = False) -> ImageLabelInputs:  # noqa: ARG002
        """The image."""
        return ImageLabelInputs(self.ids[index], NAMES, draw(self.specification(index)["scene"]))

    def target(self, index: int) -> ImageLabelTarget:
        """The colours that are there."""
        labels = np.zeros(len(NAMES), np.bool_)
        labels[[colour for colour, _ in self.specification(index)["scene"]]] = True
        if not index % 2:
            return ImageLabelTarget(labels, self.pair(index), "original")
        removed = self.specification(index - 1)["scene"][0][0]
        return ImageLabelTarget(labels, self.pair(index), "edited", removed, self.inputs(index - 1))


class MockText(MockData):
    """Texts with a sentiment."""

    name: ClassVar[str] = "mock-text-label"
    task: ClassVar[str] = "text-label"
    summary: ClassVar[str] = "sentiments about coloured squares, to try a pipeline in a second"
    samples: ClassVar[type[TextSplit]] = TextSplit


class MockImageLabels(MockData):
    """Images with labels."""

    name: ClassVar[str] = "mock-image-labels"
    task: ClassVar[str] = "image-labels"
    summary: ClassVar[str] = "which colours do squares have? To try a pipeline in a second"
    samples: ClassVar[type[ImageSplit]] = ImageSplit
