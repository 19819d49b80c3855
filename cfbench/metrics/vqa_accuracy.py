"""VQA accuracy as the official evaluation counts it, over all questions and over each type of question and answer.

Guarantees: each answer is held against the ten of its own question, string for string as the official code does.
Questions about one image are resampled together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cfbench.errors import DataError
from cfbench.metrics.base import MeanMetric, Number, Scored
from cfbench.metrics.functional.vqa import vqa_accuracy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics.functional.vqa import Normalise
    from cfbench.tasks.vqa import VqaInputs, VqaPrediction, VqaTarget

PROTOCOLS = {
    "official": "normalised only where the annotators disagree, as the official code does",
    "always-normalise": "normalised everywhere",
}


class VqaAccuracy(MeanMetric):
    """Accuracy of answers against those of ten annotators."""

    name: ClassVar[str] = "vqa-accuracy"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("vqa",)
    summary: ClassVar[str] = "accuracy of answers against those of ten annotators"
    numbers: ClassVar[Mapping[str, Number]] = {
        "accuracy": Number(
            "mean over annotators left out in turn of min(1, matches among the others / 3)",
            higher_is_better=True,
            range=(0.0, 1.0),
        )
    }
    protocols: ClassVar[Mapping[str, str]] = PROTOCOLS
    default_protocol: ClassVar[str] = "official"
    reference: ClassVar[str] = "Antol et al. 2015, VQA: visual question answering"
    slice_by: ClassVar[tuple[str, ...]] = ("question_type", "answer_type")
    unit: ClassVar[str] = "image"

    def evidence(self, scored: Sequence[Scored[VqaInputs, VqaTarget, VqaPrediction]]) -> list[dict[str, Any]]:
        """A row a question."""
        given = [one.prediction.answer for one in scored]
        accuracies = vqa_accuracy(given, annotated(scored), normalisation(self.protocol))
        return [
            question(one) | {"answer": answer, "accuracy": float(accuracy)}
            for one, answer, accuracy in zip(scored, given, accuracies, strict=True)
        ]


def question(one: Scored[Any, Any, Any]) -> dict[str, Any]:
    """The columns that say which question a row is about; a type that the data set does not name is null."""
    target = one.target
    return {
        "sample": one.id,
        "image": target.image_id,
        "question_type": target.question_type or None,
        "answer_type": target.answer_type or None,
    }


def annotated(scored: Sequence[Scored[Any, Any, Any]]) -> list[tuple[str, ...]]:
    """The annotators' answers to each question, two or more."""
    for one in scored:
        if len(one.target.answers) < 2:
            raise DataError(
                f"Question {one.id} has {len(one.target.answers)} answers",
                "VQA accuracy leaves each annotator out in turn: it needs at least two",
                "Leave the question out of the data set, or give it all its answers",
            )
    return [one.target.answers for one in scored]


def normalisation(protocol: str) -> Normalise:
    """What the function calls the protocol."""
    always: Literal["always"] = "always"
    return always if protocol == "always-normalise" else "official"
