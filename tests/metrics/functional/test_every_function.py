"""What holds for every function of arrays: the type of the input is no part of the answer, NaN is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cfbench.errors import DataError
from cfbench.metrics import functional as fn
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Callable

RANDOM = generator(0, "every-function")
ROUNDING = {"float16": 5e-2, "float32": 1e-5}  # of answers, where inputs of order 1 were rounded to that type


def normal(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape)


def uniform(*shape: int) -> np.ndarray:
    return RANDOM.uniform(0.05, 0.95, size=shape)


LABELS = RANDOM.random((30, 5)) < 0.4
CASES: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    "average_precision": (lambda s: fn.average_precision(s, LABELS), [uniform(30, 5)]),
    "mean_average_precision": (lambda s: fn.mean_average_precision(s, LABELS).mean, [uniform(30, 5)]),
    "cld-l2": (lambda a, b: fn.cld(a, b, protocol="l2"), [normal(9, 4), normal(9, 4)]),
    "cld-cosine": (lambda a, b: fn.cld(a, b, protocol="cosine"), [normal(9, 4), normal(9, 4)]),
    "clip_directional": (fn.clip_directional, [normal(9, 6) for _ in range(4)]),
    "clip_score": (fn.clip_score, [normal(9, 6) + 1, normal(9, 6) + 1]),
    "clip_image": (fn.clip_image, [normal(9, 6), normal(9, 6)]),
    "composition": (
        lambda a, b: fn.composition(a, b, max_value=1),
        [uniform(3, 4, 4, 3), uniform(3, 4, 4, 3)],
    ),
    "reversibility": (lambda a, b: fn.reversibility(a, b, max_value=1), [uniform(3, 4), uniform(3, 4)]),
    "edge_accuracy": (
        lambda a, b: fn.edge_accuracy(LABELS, LABELS, a, b),
        [uniform(30, 5, 2), uniform(30, 5, 2)],
    ),
    "relsim": (lambda a, b: fn.relsim(LABELS, LABELS, a, b), [uniform(30, 5, 2), uniform(30, 5, 2)]),
    "frechet_distance": (fn.frechet_distance, [normal(12, 5), normal(14, 5) + 1]),
    "frechet_distance-few": (fn.frechet_distance, [normal(4, 9), normal(5, 9) + 1]),
    "unbiased_mean_shift": (fn.unbiased_mean_shift, [normal(12, 5), normal(14, 5) + 1]),
    "inception_score": (lambda x: np.array(fn.inception_score(x)), [normal(20, 7)]),
    "kernel_distance": (fn.kernel_distance, [normal(12, 5), normal(14, 5) + 1]),
    "minimality-l2": (lambda a, b: fn.minimality(a, b)["l2"], [uniform(3, 4, 4), uniform(3, 4, 4)]),
    "perceptual_distance": (
        lambda a, b: fn.perceptual_distance([a], [b]),
        [uniform(3, 4, 5, 5), uniform(3, 4, 5, 5)],
    ),
    "perplexity": (lambda x: fn.perplexity(x, [4, 3, 5])["perplexity"], [uniform(12)]),
    "probability_cosine": (fn.probability_cosine, [uniform(9, 5), uniform(9, 5)]),
}
STEPPED = {
    "edge_accuracy",
    "relsim",
    "average_precision",
    "mean_average_precision",
}  # orders, which rounding can turn


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_the_type_of_numbers_is_no_part_of_the_answer(name: str, kind: str) -> None:
    function, arrays = CASES[name]
    rounded = [array.astype(kind) for array in arrays]
    answer = np.asarray(function(*rounded))
    assert answer.dtype == np.float64
    np.testing.assert_array_equal(answer, function(*(array.astype(np.float64) for array in rounded)))
    if kind != "float64" and name not in STEPPED:
        np.testing.assert_allclose(answer, function(*arrays), rtol=ROUNDING[kind], atol=ROUNDING[kind])


@pytest.mark.parametrize("name", CASES)
def test_lists_and_tensors_are_taken(name: str) -> None:
    torch = pytest.importorskip("torch")
    function, arrays = CASES[name]
    wanted = function(*arrays)
    np.testing.assert_array_equal(function(*(array.tolist() for array in arrays)), wanted)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    np.testing.assert_array_equal(function(*tensors), wanted)
    half = [torch.tensor(array).to(torch.bfloat16) for array in arrays]
    np.testing.assert_array_equal(function(*half), function(*(array.double().numpy() for array in half)))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(name: str, poison: float) -> None:
    function, arrays = CASES[name]
    for position in range(len(arrays)):
        poisoned = [array.copy() for array in arrays]
        poisoned[position].flat[1] = poison
        with pytest.raises(DataError, match=r"NaN|infin|outside|to inf"):
            function(*poisoned)


@pytest.mark.parametrize("name", CASES)
def test_the_inputs_are_left_as_they_were(name: str) -> None:
    function, arrays = CASES[name]
    given = [array.copy() for array in arrays]
    function(*given)
    for before, after in zip(arrays, given, strict=True):
        np.testing.assert_array_equal(before, after)


def test_every_exported_function_of_arrays_is_here() -> None:
    texts = {
        "accuracy",
        "macro_f1",
        "bleu",
        "bleu_from_statistics",
        "bleu_statistics",
        "flips",
        "normalise_answer",
    }
    texts |= {"vqa_accuracy", "causal_consistency"}
    covered_by_own_tests = {
        "cld",
        "directional_summary",
        "effectiveness",
        "frechet_from_moments",
        "kernel_distance_subsets",
        "minimality",
        "object_scores",
        "object_scores_by_sample",
    }
    functions = {name for name in fn.__all__ if callable(getattr(fn, name)) and name[0].islower()}
    missing = functions - {name.partition("-")[0] for name in CASES} - texts - covered_by_own_tests
    assert missing <= {"frechet_permutation", "frechet_by_group"}, missing
