"""What a counterfactual does to the answers of a VQA model: accuracy lost, answers flipped, and which way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import same_length
from cfbench.metrics.functional.vqa import normalise_answer, texts, vqa_accuracy

if TYPE_CHECKING:
    from cfbench.metrics.functional._arrays import Booleans, Floats
    from cfbench.metrics.functional.vqa import Normalise

# Ratios to what a type may lack (accuracy to lose, answers once right) have no mean over types.
MACRO_NAMES = (
    "accuracy_before",
    "accuracy_after",
    "drop",
    "flip_rate",
    "pos_to_neg",
    "neg_to_pos",
    "both_right",
    "both_wrong",
)


class Outcomes(NamedTuple):
    """Each question's accuracy on the image and on its counterfactual, and whether the answer changed."""

    before: Floats
    after: Floats
    flipped: Booleans


class Flips(TypedDict):
    """Over all questions (micro), over the questions of each type, and the plain mean over types (macro)."""

    overall: dict[str, float]
    per_question_type: dict[str, dict[str, float]]
    macro: dict[str, float]


def flips(
    before: Any, after: Any, answers: Any, question_types: Any = None, normalise: Normalise = "official"
) -> Flips:
    """Accuracy and flips between the predicted answers ``before`` and ``after`` an image was changed.

    ``answers`` are the annotators' of the unchanged image, as `vqa_accuracy` takes them. All values are fractions:

    - ``accuracy_before``, ``accuracy_after`` (`vqa_accuracy`); ``drop`` their difference, in [-1, 1];
      ``relative_drop`` = drop / accuracy_before, nan where that is 0.
    - ``flip_rate``: share of questions whose normalised prediction changed. It is the sum of ``pos_to_neg``,
      ``neg_to_pos``, ``both_right`` and ``both_wrong``: changed answers by whether they are right, that is, given by
      one annotator at least (CausalVQA, Agarwal et al. 2020, arXiv:1912.07538). "red" that stays "red" is in none.
    - ``success_rate``: share flipped of the ``scored`` questions, those right before; nan where there are none.
    - ``n``: questions.

    Without ``question_types`` there are no types, and nothing in ``per_question_type`` and ``macro``. No question,
    or what `vqa_accuracy` refuses: `DataError`.
    """
    outcomes = flip_outcomes(before, after, answers, normalise)
    overall = summarised(outcomes)
    if question_types is None:
        return {"overall": overall, "per_question_type": {}, "macro": {}}
    kinds = np.array(texts(question_types, "question_types"))
    same_length(before=outcomes.before, question_types=kinds)
    per_type = {
        str(kind): summarised(Outcomes(*(values[kinds == kind] for values in outcomes)))
        for kind in np.unique(kinds)
    }
    macro = {name: float(np.mean([values[name] for values in per_type.values()])) for name in MACRO_NAMES}
    return {"overall": overall, "per_question_type": per_type, "macro": macro}


def flip_outcomes(before: Any, after: Any, answers: Any, normalise: Normalise = "official") -> Outcomes:
    """Question by question what `flips` averages, each (n,); `summarised` takes any part or resample of it."""
    first, second = texts(before, "before"), texts(after, "after")
    same_length(before=np.empty(len(first)), after=np.empty(len(second)))
    read = {text: normalise_answer(text) for text in {*first, *second}}
    changed = [read[one] != read[other] for one, other in zip(first, second, strict=True)]
    return Outcomes(
        vqa_accuracy(first, answers, normalise),
        vqa_accuracy(second, answers, normalise),
        np.array(changed, bool),
    )


def summarised(outcomes: Outcomes) -> dict[str, float]:
    """The numbers that `flips` describes, over the given outcomes; none at all are a `DataError`."""
    before, after, flipped = outcomes
    if not before.size:
        raise DataError("There is no question", "no accuracy and no flip rate without one")
    right, still = before > 0, after > 0  # one annotator of two or more is enough for an accuracy above 0
    drop = float(before.mean() - after.mean())
    return {
        "n": float(before.size),
        "accuracy_before": float(before.mean()),
        "accuracy_after": float(after.mean()),
        "drop": drop,
        "relative_drop": drop / float(before.mean()) if right.any() else float("nan"),
        "flip_rate": float(flipped.mean()),
        "pos_to_neg": float((flipped & right & ~still).mean()),
        "neg_to_pos": float((flipped & ~right & still).mean()),
        "both_right": float((flipped & right & still).mean()),
        "both_wrong": float((flipped & ~right & ~still).mean()),
        "scored": float(right.sum()),
        "success_rate": float(flipped[right].mean()) if right.any() else float("nan"),
    }
