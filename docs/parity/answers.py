"""Answers to questions, and how they change under an edit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cfbench.metrics.functional import causal_consistency, flips, normalise_answer, vqa_accuracy
from cfbench.metrics.functional.causal import edit_consistency

from .comparison import INDEPENDENT, LeftOut, Source, Told, choices, first_commit

if TYPE_CHECKING:
    from .comparison import Vectors

EXACT = 1e-12
ROUNDED = 0.005  # the official code tells percents with two decimals
ACCURACY = "vqa-accuracy/accuracy"
FLIPS = {
    "n": "n",
    "accuracy_before": "acc_before",
    "accuracy_after": "acc_after",
    "relative_drop": "relative_drop",
    "flip_rate": "flip_rate",
    "pos_to_neg": "pos_to_neg",
    "neg_to_pos": "neg_to_pos",
    "both_right": "flip_both_right",
    "both_wrong": "flip_both_wrong",
    "success_rate": "success_rate_on_originally_scored",
    "scored": "n_originally_scored",
}
MACRO = ("accuracy_before", "accuracy_after", "flip_rate")


def told(vectors: Vectors) -> Told:
    """Accuracy, flips, and consistency under an edit."""
    yield from _accuracy(vectors.expected("image/vqa"))
    book = vectors.expected("image/vqa_flip")
    yield from _flips(book)
    yield from _consistency(book["covariant_count_cases"])


def _accuracy(book: dict[str, Any]) -> Told:
    official = f"GT-Vision-Lab/VQA {first_commit(book['source'])}"
    texts = [*book["normalisation"], *book["contraction_behaviour"], *book["contraction_negative"]]
    yield choices(
        "vqa-accuracy: normalised answers",
        "official",
        official,
        [normalise_answer(text["in"]) for text in texts],
        [text["normalised"] for text in texts],
    )
    predictions, answers, accuracy, percent, always = (
        [case[key] for case in book["cases"]]
        for key in ("pred", "answers", "accuracy", "official_percent", "accuracy_if_always_normalised")
    )
    each, ours = f"{ACCURACY}, each question", vqa_accuracy(predictions, answers)
    yield Source(each, "official", INDEPENDENT, EXACT).row(ours, accuracy)
    yield Source(f"{each}, in percent", "official", official, ROUNDED).row(100 * ours, percent)
    yield Source(each, "always-normalise", INDEPENDENT, EXACT).row(
        vqa_accuracy(predictions, answers, "always"), always
    )
    by_matches = book["closed_form_10_annotators"]
    yield Source(f"{ACCURACY}, by number of matches", "official", INDEPENDENT, EXACT).row(
        [vqa_accuracy(["red"], [_matching(int(matches))])[0] for matches in by_matches],
        list(by_matches.values()),
    )
    example = book["duplicate_record_quirk"]["example"]
    yield Source(f"{ACCURACY}, records with ids", "official", official, EXACT).row(
        vqa_accuracy(["yes", "no"], [example["answers"]] * 2),
        [example["pred_yes_with_ids"], example["pred_no_with_ids"]],
    )
    for why in (
        "`aggregate` is over cases that are not given, too",
        "`simple_min(n/3,1)` and records without ids are a shortcut and a fault, which cfbench does not offer",
        "`after_punctuation`, `table_sizes` and the lists of contractions describe the code's inside; what comes of "
        "them is compared",
    ):
        yield LeftOut("image/vqa", why)


def _matching(matches: int) -> list[str]:
    """Ten answers, of which some are ``red``."""
    return ["red"] * matches + [f"other {number}" for number in range(10 - matches)]


def _flips(book: dict[str, Any]) -> Told:
    before, after, answers, types = (
        [item[key] for item in book["items"]]
        for key in ("pred_before", "pred_after", "answers", "question_type")
    )
    report, kinds = flips(before, after, answers, types), book["per_question_type"]
    yield Source("flips, overall", "official", INDEPENDENT, EXACT).row(
        _ours(report["overall"]), _theirs(book["overall"])
    )
    yield Source("flips, by type of question", "official", INDEPENDENT, EXACT).row(
        [_ours(report["per_question_type"][kind]) for kind in kinds], [_theirs(kinds[kind]) for kind in kinds]
    )
    yield Source("flips, mean over types", "official", INDEPENDENT, EXACT).row(
        [report["macro"][key] for key in MACRO], [book["macro_mean_over_types"][FLIPS[key]] for key in MACRO]
    )


def _ours(numbers: dict[str, Any]) -> list[float]:
    return [*(numbers[key] for key in FLIPS), 100 * numbers["drop"]]


def _theirs(numbers: dict[str, Any]) -> list[float]:
    return [*(numbers[key] for key in FLIPS.values()), numbers["acc_drop_points"]]


def _consistency(book: dict[str, Any]) -> Told:
    before = [item["pred_before"] for item in book["items"]]
    after = [[item["pred_after"]] for item in book["items"]]
    found = edit_consistency(before, after, "covariant")
    yield choices(
        "flips: causal consistency, each edit",
        "covariant",
        INDEPENDENT,
        [None if math.isnan(value) else bool(value) for value in found],
        [item["consistent"] for item in book["items"]],
    )
    whole = causal_consistency(before, after, protocol="covariant")
    yield Source("flips: causal consistency, rate and number left out", "covariant", INDEPENDENT, EXACT).row(
        [whole["consistency"], whole["excluded"]], [book["consistency_rate"], book["n_excluded"]]
    )
