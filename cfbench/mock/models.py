"""Mock models for every kind of work: one that does next to nothing, and one that is always right."""

from __future__ import annotations

from collections import Counter
from functools import singledispatch
from math import log
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import UsageError
from cfbench.mock.squares import draw, instruction
from cfbench.models import Model
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget
from cfbench.tasks.explain import ExplainInputs, ExplainPrediction, ExplainTarget
from cfbench.tasks.labels import (
    ImageLabelInputs,
    ImageLabelTarget,
    ScoresPrediction,
    TextInputs,
    TextTarget,
)
from cfbench.tasks.pair_cf import PairInputs, PairPrediction, PairTarget
from cfbench.tasks.visual_cf import VisualInputs, VisualPrediction, VisualTarget
from cfbench.tasks.vqa import VqaInputs, VqaPrediction, VqaTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

CONSTANT = tuple(instruction(0, 0).split())
VOCABULARY = 12  # words that it holds equally likely, the end token among them


class MockModel(Model):
    """Gives back what it was given, or always the same."""

    summary: ClassVar[str] = "does nothing, in every kind of work: images unchanged, always the same answer"

    def predict(self, batch: Sequence[Any]) -> list[Any]:
        """One for each of the inputs."""
        return [idle(inputs) for inputs in batch]

    def likelihoods(self, batch: Sequence[Any], texts: Sequence[tuple[str, ...]]) -> list[list[float]]:  # noqa: ARG002
        """Every word of a small vocabulary is as likely."""
        return [[log(VOCABULARY)] * (len(text) + 1) for text in texts]


class MockOracle(Model):
    """Given the targets; never ranked."""

    summary: ClassVar[str] = "answers rightly in every kind of work: it is given the targets"
    needs_target: ClassVar[bool] = True

    def predict(self, batch: Sequence[tuple[Any, Any]]) -> list[Any]:
        """The truth; UsageError where the data set does not know it."""
        return [right(target, inputs) for inputs, target in batch]


@singledispatch
def idle(inputs: object) -> Any:
    """The least that a model can do with some inputs."""
    raise UsageError(f"The mock models do not know {type(inputs).__name__}")


@idle.register(EditInputs)
def _(inputs: EditInputs) -> EditPrediction:
    return EditPrediction((inputs.start,) * len(inputs.instructions))


@idle.register(ExplainInputs)
def _(inputs: ExplainInputs) -> ExplainPrediction:  # noqa: ARG001
    return ExplainPrediction(CONSTANT)


@idle.register(VqaInputs)
def _(inputs: VqaInputs) -> VqaPrediction:  # noqa: ARG001
    return VqaPrediction("yes")


@idle.register(VisualInputs)
def _(inputs: VisualInputs) -> VisualPrediction:
    return VisualPrediction(inputs.image)


@idle.register(TextInputs)
@idle.register(ImageLabelInputs)
def _(inputs: TextInputs | ImageLabelInputs) -> ScoresPrediction:
    return ScoresPrediction(np.zeros(len(inputs.classes)))


@idle.register(PairInputs)
def _(inputs: PairInputs) -> PairPrediction:
    image = draw(()) if inputs.image is None else inputs.image
    scms = None if inputs.scm is None else (inputs.scm, inputs.scm)
    return PairPrediction(inputs.caption, image, image, scms)


@singledispatch
def right(target: object, inputs: object) -> Any:  # noqa: ARG001
    """The prediction that a target asks for."""
    raise UsageError(f"The mock models do not know {type(target).__name__}")


@right.register(EditTarget)
def _(target: EditTarget, inputs: EditInputs) -> EditPrediction:  # noqa: ARG001
    return EditPrediction(target.images)


@right.register(ExplainTarget)
def _(target: ExplainTarget, inputs: ExplainInputs) -> ExplainPrediction:  # noqa: ARG001
    return ExplainPrediction(target.tokens, (0.0,) * (len(target.tokens) + 1))


@right.register(VqaTarget)
def _(target: VqaTarget, inputs: VqaInputs) -> VqaPrediction:  # noqa: ARG001
    return VqaPrediction(Counter(target.answers).most_common(1)[0][0])


@right.register(VisualTarget)
def _(target: VisualTarget, inputs: VisualInputs) -> VisualPrediction:
    return VisualPrediction(_known(target.image, inputs.id))


@right.register(TextTarget)
def _(target: TextTarget, inputs: TextInputs) -> ScoresPrediction:
    return ScoresPrediction(np.eye(len(inputs.classes))[target.label])


@right.register(ImageLabelTarget)
def _(target: ImageLabelTarget, inputs: ImageLabelInputs) -> ScoresPrediction:  # noqa: ARG001
    return ScoresPrediction(target.labels.astype(np.float64))


@right.register(PairTarget)
def _(target: PairTarget, inputs: PairInputs) -> PairPrediction:
    caption, image = _known(target.caption, inputs.id), _known(target.image, inputs.id)
    return PairPrediction(caption, _known(inputs.image, inputs.id), image)


def _known(value: Any, sample: str) -> Any:
    if value is None:
        raise UsageError(f"The data set does not say what is right for {sample}")
    return value
