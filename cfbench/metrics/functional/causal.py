"""Is a VQA model consistent over edits of an image whose effect on the answer is known?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cfbench.errors import DataError
from cfbench.metrics.functional._arrays import same_length
from cfbench.metrics.functional.vqa import normalise_answer, texts, vqa_accuracy

if TYPE_CHECKING:
    import numpy.typing as npt

    from cfbench.metrics.functional._arrays import Booleans, Floats
    from cfbench.metrics.functional.vqa import Normalise

    Counts = npt.NDArray[np.intp]

Protocol = Literal["invariant", "covariant"]
_DIGITS = 4000  # Python reads no number of many more


def causal_consistency(
    before: Any,
    after: Any,
    answers: Any = None,
    protocol: Protocol = "invariant",
    *,
    answers_after: Any = None,
    normalise: Normalise = "official",
) -> dict[str, float]:
    """Consistency of predicted answers over the edits of each question's image (CausalVQA, arXiv:1912.07538).

    ``before`` has a prediction a question (q,), ``after`` a list of predictions a question, one for each edit of its
    image; a question may have none. An edit is consistent when, the predictions normalised (`normalise_answer`):

    - ``invariant`` (IV, an irrelevant object was removed): they are equal. Given ``answers``, only the questions whose
      annotators all agree are looked at, as published.
    - ``covariant`` (CV, one of the counted objects was removed): before = after + 1. An edit with a prediction that
      is no whole number, such as "many", is ``excluded``.

    All in [0, 1] but the counts; nan where nothing is left to average:

    - ``consistency`` over the edits that are not excluded; ``consistency_of_all`` with the excluded ones in the
      denominator, as published for CV; ``inconsistent_once``: share of the edited questions with an inconsistent
      edit at least.
    - Counts: ``questions`` looked at, ``edited`` of them, ``edits``, ``excluded`` edits, ``disputed`` questions left
      out because their annotators differ.

    Given the annotators' ``answers`` (q, A), `vqa_accuracy` before an edit in three ways: ``before_all`` over
    questions, ``before_repeated`` once for each edit, ``before_edited`` once for each edited question. And after it,
    against ``answers_after`` or, for ``invariant``, those from before: ``after`` over edits, ``after_worst`` and
    ``after_best`` over edited questions by their worst and best edit.

    No question, lists that do not belong together, and what `vqa_accuracy` refuses: `DataError`.
    """
    if protocol not in get_args(Protocol):
        raise DataError(f"There is no protocol '{protocol}'", f"there are {', '.join(get_args(Protocol))}")
    first, later = texts(before, "before"), _by_question(after)
    counts = np.array([len(edits) for edits in later], dtype=np.intp)
    same_length(before=np.empty(len(first)), after=counts)
    if not first:
        raise DataError("There is no question", "no consistency without one")
    truth = None if answers is None else _annotators(answers, "answers", len(first))
    truth_after = truth if protocol == "invariant" else None
    if answers_after is not None:
        truth_after = _annotators(answers_after, "answers_after", len(first))
    kept = np.ones(len(first), dtype=np.bool_)
    if protocol == "invariant" and truth is not None:
        kept = np.array([len({normalise_answer(one) for one in given}) == 1 for given in truth])
    chosen = np.flatnonzero(kept).tolist()
    first, later, counts = [first[at] for at in chosen], [later[at] for at in chosen], counts[kept]
    found = _consistency(edit_consistency(first, later, protocol), counts)
    found["disputed"] = float((~kept).sum())
    if truth is not None:
        own = vqa_accuracy(first, [truth[at] for at in chosen], normalise)
        found["before_all"] = _mean(own)
        found["before_repeated"] = _mean(np.repeat(own, counts))
        found["before_edited"] = _mean(own[counts > 0])
    if truth_after is not None:
        given = [truth_after[at] for at, times in zip(chosen, counts, strict=True) for _ in range(times)]
        own = vqa_accuracy([one for edits in later for one in edits], given, normalise)
        found["after"] = _mean(own)
        found["after_worst"] = _mean(_over_edits(np.minimum, own, counts))
        found["after_best"] = _mean(_over_edits(np.maximum, own, counts))
    return found


def edit_consistency(before: list[str], after: list[list[str]], protocol: Protocol) -> Floats:
    """Edit after edit 1 where it is consistent, 0 where not, nan where it is excluded."""
    pairs = [(first, later) for first, edits in zip(before, after, strict=True) for later in edits]
    read = {text: normalise_answer(text) for pair in pairs for text in pair}
    if protocol == "invariant":
        return np.array([read[first] == read[later] for first, later in pairs], dtype=np.float64)
    return np.array([_one_less(read[first], read[later]) for first, later in pairs], dtype=np.float64)


def _one_less(before: str, after: str) -> float:
    if not (before.isdecimal() and after.isdecimal()) or max(len(before), len(after)) > _DIGITS:
        return float("nan")
    return float(int(before) == int(after) + 1)


def _consistency(consistent: Floats, counts: Counts) -> dict[str, float]:
    excluded = np.isnan(consistent)
    wrong: Booleans = consistent == 0
    return {
        "consistency": _mean(consistent[~excluded]),
        "consistency_of_all": _mean(np.where(excluded, 0.0, consistent)),
        "inconsistent_once": _mean(_over_edits(np.maximum, wrong.astype(np.float64), counts)),
        "questions": float(len(counts)),
        "edited": float((counts > 0).sum()),
        "edits": float(counts.sum()),
        "excluded": float(excluded.sum()),
    }


def _over_edits(best: np.ufunc, values: Floats, counts: Counts) -> Floats:
    """The largest or smallest value of each question's edits; nothing for questions without any."""
    edited = counts[counts > 0]
    reduced: Floats = best.reduceat(values, np.cumsum(edited) - edited) if len(edited) else np.empty(0)
    return reduced


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _by_question(after: Any) -> list[list[str]]:
    if isinstance(after, (str, bytes)) or not hasattr(after, "__iter__"):
        raise DataError("'after' is no list of predictions per question", f"it is a {type(after).__name__}")
    return [texts(edits, f"after[{index}]") for index, edits in enumerate(after)]


def _annotators(answers: Any, name: str, questions: int) -> list[Any]:
    if isinstance(answers, (str, bytes)) or not hasattr(answers, "__iter__"):
        raise DataError(f"'{name}' is no list of answers per question", f"it is a {type(answers).__name__}")
    listed = [texts(given, f"{name}[{index}]") for index, given in enumerate(answers)]
    if len(listed) != questions:
        raise DataError("The arrays do not belong together", f"{name} {len(listed)}, before {questions}")
    return listed
