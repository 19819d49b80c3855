"""Inception score against published values and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional import inception as module
from cfbench.metrics.functional.inception import inception_score


def by_definition(logits: np.ndarray) -> float:
    """exp of the mean divergence of each row from the mean row."""
    raised = np.exp(logits - logits.max(1, keepdims=True))
    p = raised / raised.sum(1, keepdims=True)
    return float(np.exp((p * (np.log(p) - np.log(p.mean(0)))).sum(1).mean()))


def sure(classes: list[int], of: int) -> np.ndarray:
    return np.where(np.eye(of)[classes] == 1, 1000.0, -1000.0)


def test_vectors(vectors) -> None:
    """Both rules, with torch-fidelity's shuffle and without, to 1e-9 relative (1e-12 absolute for deviations of 0)."""
    inputs, cases = (
        vectors.inputs("image/inception_score"),
        vectors.expected("image/inception_score")["cases"],
    )
    assert len(cases) >= 2
    near = {"rel": 1e-9, "abs": 1e-12}
    for name, case in cases.items():
        for splits in (1, 10):
            logits, expected = inputs[name], case[f"splits{splits}"]
            floor = inception_score(logits, splits)
            assert floor == pytest.approx((expected["mean"], expected["std_ddof0"]), **near), name
            fidelity = expected["torch_fidelity_noshuffle"]
            published = (fidelity["inception_score_mean"], fidelity["inception_score_std"])
            assert floor == pytest.approx(published, **near), name
            pieces = [inception_score(logits[a:b])[0] for a, b in expected["floor_split_bounds"]]
            assert pieces == pytest.approx(expected["floor_scores"], **near), name
            shuffled = inception_score(logits, splits, shuffle_seed=2020)
            fidelity, own = (
                expected["torch_fidelity_shuffle_seed2020"],
                expected["independent_shuffle_seed2020"],
            )
            published = (fidelity["inception_score_mean"], fidelity["inception_score_std"])
            assert shuffled == pytest.approx(published, **near), name
            assert shuffled == pytest.approx((own["mean"], own["std_ddof0"]), **near), name
            mean, deviation = inception_score(logits, splits, rule="chunk")
            assert mean == pytest.approx(expected["torchmetrics_chunk_mean"], **near), name
            published_deviation = expected["torchmetrics_chunk_std_ddof1"]
            if published_deviation is None:
                assert math.isnan(deviation), name
            else:
                assert deviation == pytest.approx(published_deviation, **near), name


def test_equal_rows_score_one_and_sure_varied_rows_as_many_as_classes() -> None:
    assert inception_score(np.tile([0.3, -2.0, 5.0], (8, 1))) == pytest.approx((1, 0), abs=1e-12)
    assert inception_score(sure([0, 1, 2, 3] * 5, 4)) == pytest.approx((4, 0), abs=1e-12)
    assert inception_score(np.zeros((5, 1))) == (1.0, 0.0)


def test_two_rows_by_hand() -> None:
    """p = (3/4, 1/4) and (1/4, 3/4), mean (1/2, 1/2): KL = 3/4 log 3/2 + 1/4 log 1/2 for both."""
    expected = math.exp(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    third = math.log(3)
    assert inception_score([[third, 0.0], [0.0, third]]) == pytest.approx((expected, 0), rel=1e-12)


def test_small_splits_bound_the_score() -> None:
    """30 sure images of 10 classes: 10 as a whole, 3 in ten splits of three."""
    logits = sure([i % 10 for i in range(30)], 10)
    assert inception_score(logits)[0] == pytest.approx(10)
    assert inception_score(logits, 10) == pytest.approx((3, 0), abs=1e-9)


def test_rules_of_splitting() -> None:
    """5 rows in 3: floor takes 1, 2, 2 and chunk 2, 2, 1."""
    logits = sure([0, 1, 1, 0, 0], 2)
    # floor: [0], [1, 1], [0, 0]; chunk: [0, 1], [1, 0], [0]
    assert inception_score(logits, 3) == pytest.approx((1, 0), abs=1e-12)
    mean, deviation = inception_score(logits, 3, rule="chunk")
    assert (mean, deviation) == pytest.approx((5 / 3, math.sqrt(1 / 3)))
    # 4 rows in 3 pieces of ceil(4 / 3) = 2 are two pieces
    assert inception_score(sure([0, 1, 0, 0], 2), 3, rule="chunk") == pytest.approx((1.5, math.sqrt(0.5)))
    assert math.isnan(inception_score(logits, 1, rule="chunk")[1])


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 40), st.integers(1, 12), st.floats(0.01, 30), st.integers(0, 10_000))
def test_properties(n: int, classes: int, spread: float, seed: int) -> None:
    logits = np.random.default_rng(seed).standard_normal((n, classes)) * spread
    score, deviation = inception_score(logits)
    assert score == pytest.approx(by_definition(logits), rel=1e-9)
    assert 1 - 1e-12 <= score <= min(n, classes) * (1 + 1e-12)
    assert deviation == 0
    shuffled = np.random.default_rng(seed).permutation(n)
    assert inception_score(logits[shuffled])[0] == pytest.approx(score, rel=1e-10)
    assert inception_score(logits[:, ::-1] + 7)[0] == pytest.approx(score, rel=1e-10)
    splits = 1 + seed % n
    mean, _ = inception_score(logits, splits)
    pieces = [by_definition(logits[i * n // splits : (i + 1) * n // splits]) for i in range(splits)]
    assert mean == pytest.approx(np.mean(pieces), rel=1e-9)


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = np.random.default_rng(0).standard_normal((50, 7)) * 3
    whole = inception_score(logits, 3, shuffle_seed=1)
    monkeypatch.setattr(module, "_CHUNK", 4)
    assert inception_score(logits, 3, shuffle_seed=1) == pytest.approx(whole, rel=1e-12)


def test_extreme_logits_and_the_input_stay_sound() -> None:
    logits = np.array([[1e308, -1e308], [-1e308, 1e308], [0.0, 1e5]])
    before = logits.copy()
    # classes 0, 1, 1: entropy of (1/3, 2/3)
    expected = math.exp(math.log(3) / 3 + 2 / 3 * math.log(1.5))
    assert inception_score(logits)[0] == pytest.approx(expected)
    assert (logits == before).all()


@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 1e-6), ("float16", 1e-2)])
def test_narrow_floats(kind: str, tolerance: float) -> None:
    logits = np.random.default_rng(0).standard_normal((50, 20)) * 3
    assert inception_score(logits.astype(kind), 5) == pytest.approx(inception_score(logits, 5), rel=tolerance)


@pytest.mark.parametrize(
    ("logits", "options", "words"),
    [
        (np.zeros((0, 3)), {}, "at least two"),
        (np.zeros((1, 3)), {}, "at least two"),
        (np.zeros((5, 0)), {}, "no classes"),
        (np.zeros(5), {}, "axes"),
        (np.full((5, 3), np.nan), {}, "NaN"),
        (np.full((5, 3), -np.inf), {}, "infinity"),
        (np.zeros((5, 3)), {"splits": 6}, "do not make 6 splits"),
        (np.zeros((5, 3)), {"splits": 0}, "do not make 0 splits"),
        (np.zeros((5, 3)), {"rule": "round"}, "no rule"),
        (np.zeros((5, 3)), {"shuffle_seed": 1 << 32}, "no seed"),
    ],
)
def test_bad_input_is_said(logits, options: dict, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        inception_score(logits, **options)
    assert "\n" not in str(caught.value)


def test_probabilities_are_no_logits():
    logits = np.random.default_rng(0).normal(size=(20, 5))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for kind in (np.float64, np.float32, np.float16):
        with pytest.raises(DataError, match="look like probabilities"):
            inception_score(probabilities.astype(kind))
    assert inception_score(np.eye(5))[0] > 1
    assert inception_score(np.log(probabilities)) == pytest.approx(inception_score(logits))
