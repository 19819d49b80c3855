"""What counterfactual images do to the answers of a VQA model: accuracy lost, answers flipped, and which way.

The reader (a detector of kind ``vqa-reader``) is asked each question on the given image and on the changed one. Answers
are held against the annotators of the given image: where an edit makes another answer right, a flip is no fault.

Guarantees: every number is said of all questions and of each type of question and answer. ``macro_`` numbers are means
over question types, whatever their sizes. Questions about one image are resampled together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import UsageError
from cfbench.metrics._weighted import Groups, WeightedMetric, coded, means, ratio
from cfbench.metrics.base import Evidence, Number, Scored
from cfbench.metrics.functional.flips import flip_outcomes
from cfbench.metrics.vqa_accuracy import PROTOCOLS, annotated, normalisation, question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.metrics._weighted import Floats
    from cfbench.tasks.visual_cf import VisualInputs, VisualPrediction, VisualTarget

    VisualScored = Scored[VisualInputs, VisualTarget, VisualPrediction]

MEANS = (
    "accuracy_before",
    "accuracy_after",
    "drop",
    "flip_rate",
    "pos_to_neg",
    "neg_to_pos",
    "both_right",
    "both_wrong",
    "success_rate",
)
BY_TYPE = ("accuracy_before", "accuracy_after", "flip_rate")


def _share(summary: str, *, higher_is_better: bool) -> Number:
    return Number(summary, higher_is_better=higher_is_better, range=(0.0, 1.0))


class Flips(WeightedMetric):
    """Accuracy before and after an edit, and the answers that it changed. Better is what fools the reader."""

    name: ClassVar[str] = "flips"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("visual-cf",)
    summary: ClassVar[str] = "how often, and which way, a changed image changes the answers of a VQA model"
    numbers: ClassVar[Mapping[str, Number]] = {
        "accuracy_before": _share("VQA accuracy on the given images", higher_is_better=True),
        "accuracy_after": _share("VQA accuracy on the changed images", higher_is_better=False),
        "drop": Number("accuracy before less accuracy after", higher_is_better=True, range=(-1.0, 1.0)),
        "relative_drop": Number("drop / accuracy before", higher_is_better=True, range=(None, 1.0)),
        "flip_rate": _share("share of questions whose normalised answer changed", higher_is_better=True),
        "pos_to_neg": _share("share flipped from right to wrong", higher_is_better=True),
        "neg_to_pos": _share("share flipped from wrong to right", higher_is_better=False),
        "both_right": _share("share flipped from one right answer to another", higher_is_better=False),
        "both_wrong": _share("share flipped from one wrong answer to another", higher_is_better=False),
        "success_rate": _share(
            "share flipped of the questions that were right before", higher_is_better=True
        ),
        "macro_accuracy_before": _share("accuracy before, mean over question types", higher_is_better=True),
        "macro_accuracy_after": _share("accuracy after, mean over question types", higher_is_better=False),
        "macro_drop": Number("drop, mean over question types", higher_is_better=True, range=(-1.0, 1.0)),
        "macro_flip_rate": _share("flip rate, mean over question types", higher_is_better=True),
    }
    details: ClassVar[frozenset[str]] = frozenset(
        {
            "relative_drop",
            "success_rate",
            "macro_accuracy_before",
            "macro_accuracy_after",
            "macro_drop",
            "macro_flip_rate",
        }
    )
    protocols: ClassVar[Mapping[str, str]] = PROTOCOLS
    default_protocol: ClassVar[str] = "official"
    needs: ClassVar[tuple[str, ...]] = ("vqa-reader",)
    reference: ClassVar[str] = (
        "Agarwal et al. 2020, Towards causal VQA: revealing and reducing spurious correlations by invariant and "
        "covariant semantic editing"
    )
    slice_by: ClassVar[tuple[str, ...]] = ("question_type", "answer_type")
    unit: ClassVar[str] = "image"

    def evidence(self, scored: Sequence[VisualScored]) -> list[dict[str, Any]]:
        """A row a question, with both answers. A right answer is one that an annotator gave."""
        before, after = self._answers(scored)
        outcomes = flip_outcomes(before, after, annotated(scored), normalisation(self.protocol))
        return [
            question(one)
            | {"answer_before": before[index], "answer_after": after[index]}
            | _numbers(*outcome)
            for index, (one, outcome) in enumerate(zip(scored, zip(*outcomes, strict=True), strict=True))
        ]

    def _answers(self, scored: Sequence[VisualScored]) -> tuple[list[str], list[str]]:
        reader = self.detectors["vqa-reader"]
        images = [one.inputs.image for one in scored] + [one.prediction.image for one in scored]
        questions = [one.inputs.question for one in scored]
        answers = list(reader.detector.answer(images, questions * 2))
        if len(answers) != len(images):
            raise UsageError(
                f"Reader '{reader.name}' gave {len(answers)} answers to {len(images)} questions",
                "",
                "It must give one text for each image and question",
            )
        return answers[: len(scored)], answers[len(scored) :]

    def under(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """Means over questions, and over the types that have one under a line."""
        found = means(weights, {name: rows.columns[name] for name in MEANS})
        found["relative_drop"] = ratio(found["drop"], found["accuracy_before"])
        return {**found, **_over_types(rows, weights)}

    def samples_of(self, number: str, rows: Evidence) -> int:
        """Means over types leave questions without a type out."""
        return (
            rows.samples("question_type") if number.startswith("macro_") else super().samples_of(number, rows)
        )

    def remarks(self, rows: Evidence) -> list[str]:
        """How many questions have no type."""
        untyped = int(rows.nulls("question_type").sum())
        if not untyped:
            return []
        return [f"{untyped:,} of {len(rows):,} questions have no type and are in no mean over types"]


def _numbers(before: float, after: float, flipped: bool) -> dict[str, float | None]:  # noqa: FBT001
    right, still = before > 0, after > 0
    return {
        "accuracy_before": float(before),
        "accuracy_after": float(after),
        "drop": float(before - after),
        "flip_rate": float(flipped),
        "pos_to_neg": float(flipped and right and not still),
        "neg_to_pos": float(flipped and not right and still),
        "both_right": float(flipped and right and still),
        "both_wrong": float(flipped and not right and not still),
        "success_rate": float(flipped) if right else None,
    }


def _over_types(rows: Evidence, weights: Floats) -> dict[str, Floats]:
    _, codes = coded(rows.columns["question_type"])
    columns = [np.ones(len(rows)), *(rows.columns[name].astype(np.float64) for name in BY_TYPE)]
    sums = Groups(codes).sums(weights, np.column_stack(columns))
    means_of_types = ratio(sums[:, :, 1:], sums[:, :, :1])
    present = (sums[:, :, 0] > 0).sum(axis=1).astype(np.float64)
    over_types = ratio(np.nansum(means_of_types, axis=1), present[:, np.newaxis])
    macro = {f"macro_{name}": values for name, values in zip(BY_TYPE, over_types.T, strict=True)}
    return macro | {"macro_drop": macro["macro_accuracy_before"] - macro["macro_accuracy_after"]}
