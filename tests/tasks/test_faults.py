"""What is no prediction, said in words."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cfbench.tasks import TASKS, PredictionFault, get_task
from cfbench.tasks.edit import EditInputs
from cfbench.tasks.explain import ExplainInputs
from cfbench.tasks.labels import TextInputs
from cfbench.tasks.pair_cf import PairInputs
from cfbench.tasks.visual_cf import VisualInputs
from cfbench.tasks.vqa import VqaInputs

BLANK = np.zeros((4, 6, 3), np.uint8)
TALL = np.zeros((6, 4, 3), np.uint8)
HOLLOW = np.full(BLANK.shape, np.nan)
DEEP: list[Any] = []
for _ in range(100):
    DEEP = [DEEP]
INPUTS = {
    "edit": EditInputs("x", BLANK, ("one",)),
    "explain": ExplainInputs("x", BLANK, BLANK, ()),
    "visual-cf": VisualInputs("x", BLANK, "is it?", "no"),
    "vqa": VqaInputs("x", "is it?"),
    "image-labels": TextInputs("x", "a", None, ("a", "b")),
    "text-label": TextInputs("x", "a", None, ("a", "b")),
    "pair-cf": PairInputs("x", "a caption", "g"),
}


def pair(**changed: Any) -> dict[str, Any]:
    return {"caption": "a dog", "original": BLANK, "image": BLANK, **changed}


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("explain", {"tokens": "add a square"}, "tokens: expected a list of texts, got str"),
    ("explain", {"tokens": 3}, "tokens: expected a list of texts, got int"),
    ("explain", {"tokens": ["add", 1]}, "token 1 is int, expected a text"),
    ("explain", {"tokens": ["add a"]}, "token 0, 'add a', holds white space"),
    ("explain", {"tokens": ["add", "\u2003"]}, "token 1 is empty"),
    ("explain", {"tokens": [""]}, "token 0 is empty"),
    ("explain", {"tokens": ["\ud800"]}, "token 0 is not valid Unicode"),
    ("explain", {"tokens": [], "nll": [0.5, float("nan")]}, "nll: number 1, from 0, is NaN or infinite"),
    ("explain", {"tokens": [], "nll": [float("inf")]}, "nll: number 0, from 0, is NaN or infinite"),
    (
        "explain",
        {"tokens": [], "nll": [0.1, -0.1]},
        "nll: -0.1 is minus the logarithm of a probability above 1",
    ),
    ("explain", {"tokens": [], "nll": [-2e-6]}, "probability above 1"),
    ("explain", {"tokens": [], "nll": []}, "nll: expected a list of numbers"),
    ("vqa", {"answer": ""}, "the answer is empty"),
    ("vqa", {"answer": " \n"}, "the answer is empty"),
    ("vqa", {"answer": 3}, "the answer is int, expected a text"),
    ("vqa", {"answer": "yes", "scores": [1, float("-inf")]}, "scores: number 1, from 0, is NaN or infinite"),
    ("vqa", {"answer": "yes", "scores": 0.5}, "scores: expected a list of numbers, got float64 of shape ()"),
    ("vqa", {"answer": "yes", "scores": [[0.5]]}, "of shape (1, 1)"),
    ("vqa", {"answer": "yes", "scores": [[0.5], 1]}, "scores is no array"),
    ("vqa", {"answer": "yes", "scores": ["0.5"]}, "scores: expected a list of numbers"),
    ("vqa", {"answer": "yes", "scores": [None]}, "scores: expected a list of numbers, got object"),
    ("visual-cf", {"image": TALL}, "image of shape (6, 4, 3), expected (4, 6, 3)"),
    ("visual-cf", {"image": BLANK[..., 0]}, "image of shape (4, 6), expected (4, 6, 3)"),
    ("visual-cf", {"image": BLANK.astype(np.int64)}, "image of type int64"),
    ("visual-cf", {"image": HOLLOW}, "the image holds NaN or infinity"),
    ("visual-cf", {"image": BLANK + 2.0}, "float image outside 0..1 (2 to 2)"),
    ("visual-cf", {"image": "a.png"}, "image of shape ()"),
    ("visual-cf", {"image": [[1], [1, 2]]}, "the image is no array"),
    ("text-label", {"scores": [1]}, "1 scores for 2 classes"),
    ("image-labels", {"scores": [1, 2, 3]}, "3 scores for 2 classes"),
    ("text-label", {"scores": [1, float("nan")]}, "scores: number 1, from 0, is NaN or infinite"),
    ("text-label", {"scores": [True, False]}, "scores: expected a list of numbers, got bool"),
    ("image-labels", {"scores": np.array([1, np.inf], np.float16)}, "number 1, from 0, is NaN or infinite"),
    ("image-labels", {"scores": np.array([1, 2j])}, "scores: expected a list of numbers, got complex128"),
    ("pair-cf", pair(caption=" "), "the caption is empty"),
    ("pair-cf", pair(caption=b"a dog"), "the caption is bytes, expected a text"),
    ("pair-cf", pair(image=TALL), "the counterfactual: image of shape (6, 4, 3), expected (4, 6, 3)"),
    ("pair-cf", pair(original=BLANK[0]), "the original: image of shape (6, 3), expected (height, width, 3)"),
    ("pair-cf", pair(original=np.zeros((0, 4, 3))), "the original: image of shape (0, 4, 3)"),
    ("pair-cf", pair(original=np.broadcast_to(np.uint8(0), (4097, 4096, 3))), "of a size that can be read"),
    ("pair-cf", pair(original=HOLLOW), "the original: the image holds NaN"),
    ("pair-cf", pair(image=None), "expected a PairPrediction with 'image'"),
    ("pair-cf", pair(scms=[{}]), "scms: expected two causal models"),
    ("pair-cf", pair(scms="ab"), "scms: expected two causal models"),
    ("pair-cf", pair(scms=({}, {"x": float("nan")})), "scms: they cannot be kept as JSON"),
    ("pair-cf", pair(scms=({}, {1: 2})), "scms: they cannot be kept as JSON"),
    ("pair-cf", pair(scms=({}, {"x": {1}})), "set has no canonical JSON form"),
    ("pair-cf", pair(scms=({}, 10**5000)), "scms: they cannot be kept as JSON"),
    ("pair-cf", pair(scms=({}, DEEP)), "nested deeper than 64 levels"),
]


@pytest.mark.parametrize(("task", "held", "words"), FAULTS)
def test_what_is_wrong_is_said(task: str, held: dict[str, Any], words: str) -> None:
    with pytest.raises(PredictionFault, match=re.escape(words)) as caught:
        get_task(task).check(INPUTS[task], SimpleNamespace(**held))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("answer", [None, 5, "text", {}, []])
def test_any_other_thing_is_no_prediction(task: str, answer: object) -> None:
    with pytest.raises(PredictionFault, match=r"expected an? \w+Prediction with '\w+', got"):
        get_task(task).check(INPUTS[task], answer)
