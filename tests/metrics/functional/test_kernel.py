"""Kernel distance against published values, sums by hand, and its own subset protocol done slowly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional import kernel as module
from cfbench.metrics.functional.kernel import kernel_distance, kernel_distance_subsets


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def by_loops(x: np.ndarray, y: np.ndarray, estimator: str) -> float:
    """The definition, pair by pair."""
    d = x.shape[1]

    def mean(one: np.ndarray, other: np.ndarray, *, diagonal: bool) -> float:
        pairs = [(a, b) for i, a in enumerate(one) for j, b in enumerate(other) if diagonal or i != j]
        return float(np.mean([(a @ b / d + 1) ** 3 for a, b in pairs]))

    within = estimator == "biased"
    across = estimator != "u"
    return mean(x, x, diagonal=within) + mean(y, y, diagonal=within) - 2 * mean(x, y, diagonal=across)


# --- the vectors


def test_vectors(vectors) -> None:
    """1e-9 relative; 1e-12 absolute where the expected value is 0."""
    inputs, cases = vectors.inputs("image/kid"), vectors.expected("image/kid")["cases"]
    assert len(cases) >= 2
    for name, case in cases.items():
        x, y = inputs[f"{name}__X"], inputs[f"{name}__Y"]
        near = {"rel": 1e-9, "abs": 1e-12}
        assert kernel_distance(x, y) == pytest.approx(case["unbiased"], **near), name
        for package in ("torch_fidelity_kernel_mmd_full", "torchmetrics_poly_mmd_full"):
            assert kernel_distance(x, y) == pytest.approx(case[package], **near), name
        assert kernel_distance(x, y, "biased") == pytest.approx(case["biased"], **near), name
        assert kernel_distance(x, y, "u") == pytest.approx(case["u_statistic"], **near), name
        other = kernel_distance(x, y, degree=2, gamma=0.1, coef0=0.5)
        assert other == pytest.approx(case["degree2_coef0.5_gamma0.1"], **near), name


def test_subset_protocol_of_the_vectors(vectors) -> None:
    """The published draws: the mean and deviation of torch-fidelity, and every subset's own value, to 1e-9."""
    inputs, cases = vectors.inputs("image/kid"), vectors.expected("image/kid")["cases"]
    for name, case in cases.items():
        x, y, published = inputs[f"{name}__X"], inputs[f"{name}__Y"], case["subset_protocol"]
        found = kernel_distance_subsets(x, y, published["subsets"], published["subset_size"], seed=2020)
        for who in ("torch_fidelity", "independent"):
            expected = (published[f"{who}_mean"], published[f"{who}_std_ddof0"])
            assert found == pytest.approx(expected, rel=1e-9), (name, who)
        values = [kernel_distance(x[rows], y[columns]) for rows, columns in published["indices"]]
        assert values == pytest.approx(published["per_subset"], rel=1e-9), name


# --- by hand


def test_two_and_two_in_one_dimension() -> None:
    """x = 0, 1 and y = 1, 2: k = (ab + 1)^3.

    Within x 1, 1, 1, 8; within y 8, 27, 27, 125; across k(0,1) 1, k(0,2) 1, k(1,1) 8, k(1,2) 27.
    """
    x, y = [[0.0], [1.0]], [[1.0], [2.0]]
    assert kernel_distance(x, y) == pytest.approx(1 + 27 - 2 * 37 / 4)
    assert kernel_distance(x, y, "biased") == pytest.approx(11 / 4 + 187 / 4 - 2 * 37 / 4)
    assert kernel_distance(x, y, "u") == pytest.approx(1 + 27 - 2 * (1 + 8) / 2)
    assert kernel_distance(x, y, degree=1, gamma=2.0, coef0=0.0) == pytest.approx(
        0 + 2 * 2 - 2 * 2 * (0 + 0 + 1 + 2) / 4
    )


def test_linear_kernel_is_the_distance_of_the_means() -> None:
    x, y = normal(0, 9, 5), normal(1, 7, 5) + 1
    expected = np.square(x.mean(0) - y.mean(0)).sum() / 5
    assert kernel_distance(x, y, "biased", degree=1) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("estimator", ["unbiased", "biased", "u"])
def test_the_definition_pair_by_pair(estimator: str) -> None:
    x, y = normal(0, 11, 4), normal(1, 11, 4) * 2 + 1
    assert kernel_distance(x, y, estimator) == pytest.approx(by_loops(x, y, estimator), rel=1e-10)
    if estimator != "u":
        assert kernel_distance(x, y[:6], estimator) == pytest.approx(by_loops(x, y[:6], estimator), rel=1e-10)


def test_constant_sets() -> None:
    """All kernel values within and across are alike: (1 + 1)^3 and (2 + 1)^3 and (4 + 1)^3."""
    x, y = np.ones((4, 3)), np.full((6, 3), 2.0)
    for estimator in ("unbiased", "biased"):
        assert kernel_distance(x, y, estimator) == pytest.approx(8 + 125 - 2 * 27)
    assert kernel_distance(x, x) == pytest.approx(0, abs=1e-12)


# --- properties


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 10), st.integers(0, 10_000))
def test_properties(n: int, m: int, d: int, seed: int) -> None:
    x, y = normal(seed, n, d), normal(seed + 1, m, d)
    near = {"rel": 1e-9, "abs": 1e-9}
    shuffled = np.random.default_rng(seed).permutation(n)
    for estimator in ("unbiased", "biased"):
        value = kernel_distance(x, y, estimator)
        assert kernel_distance(y, x, estimator) == pytest.approx(value, **near)
        assert kernel_distance(x[shuffled], y, estimator) == pytest.approx(value, **near)
    assert kernel_distance(x, y, "biased") >= -1e-9
    for estimator in ("biased", "u"):
        assert kernel_distance(x, x, estimator) == pytest.approx(0, abs=1e-9)
    paired = normal(seed + 2, n, d)
    value = kernel_distance(x, paired, "u")
    assert kernel_distance(x[shuffled], paired[shuffled], "u") == pytest.approx(value, **near)


def test_unbiased_is_zero_on_average_and_negative_of_a_set_with_itself() -> None:
    random = np.random.default_rng(5)
    found = [kernel_distance(*random.standard_normal((2, 5, 8))) for _ in range(2000)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(2000)
    x = normal(0, 20, 8)
    assert kernel_distance(x, x) < 0


@pytest.mark.parametrize("block", [1, 64, 1000])
def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    x, y = normal(0, 37, 6), normal(1, 29, 6) + 0.3
    whole = [kernel_distance(x, y), kernel_distance(x, y, "biased"), *kernel_distance_subsets(x, y, 6, 20)]
    monkeypatch.setattr(module, "_BLOCK", block)
    cut = [kernel_distance(x, y), kernel_distance(x, y, "biased"), *kernel_distance_subsets(x, y, 6, 20)]
    assert cut == pytest.approx(whole, rel=1e-10)


@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 1e-5), ("float16", 2e-2)])
def test_narrow_floats(kind: str, tolerance: float) -> None:
    x, y = normal(0, 30, 8), normal(1, 20, 8) + 1
    assert kernel_distance(x.astype(kind), y.astype(kind)) == pytest.approx(
        kernel_distance(x, y), rel=tolerance
    )


# --- subsets


@pytest.mark.parametrize(("n", "m", "subsets", "size"), [(40, 30, 10, 20), (300, 200, 4, 7)])
def test_subsets_all_at_once_and_one_by_one(n: int, m: int, subsets: int, size: int) -> None:
    """Many large subsets share their kernel values, few small ones do not: both are the protocol done slowly."""
    x, y = normal(0, n, 6), normal(1, m, 6) + 0.5
    random = np.random.RandomState(3)
    values = []
    for _ in range(subsets):
        rows, columns = random.choice(n, size, replace=False), random.choice(m, size, replace=False)
        values.append(by_loops(x[rows], y[columns], "unbiased"))
    found = kernel_distance_subsets(x, y, subsets, size, seed=3)
    assert found == pytest.approx((np.mean(values), np.std(values)), rel=1e-9)


def test_subsets_of_everything_are_the_exact_value_and_seeds_matter() -> None:
    x, y = normal(0, 25, 6), normal(1, 25, 6) + 1
    mean, deviation = kernel_distance_subsets(x, y, 7, 25)
    assert mean == pytest.approx(kernel_distance(x, y), rel=1e-10)
    assert deviation == pytest.approx(0, abs=1e-10)
    assert kernel_distance_subsets(x, y, 3, 9, seed=1) == kernel_distance_subsets(x, y, 3, 9, seed=1)
    assert kernel_distance_subsets(x, y, 3, 9, seed=1) != kernel_distance_subsets(x, y, 3, 9, seed=2)


def test_the_global_generator_is_left_alone() -> None:
    before = np.random.get_state()[1:3]  # noqa: NPY002 - the global one is what is looked at
    kernel_distance_subsets(normal(0, 9, 3), normal(1, 9, 3), 3, 4)
    after = np.random.get_state()[1:3]  # noqa: NPY002
    assert (after[0] == before[0]).all() and after[1] == before[1]


# --- bad input


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "at least two"),
        (np.zeros((5, 3)), np.zeros((0, 3)), "at least two"),
        (np.zeros((5, 3)), np.zeros((5, 2)), "dimensions"),
        (np.full((5, 3), np.nan), np.zeros((5, 3)), "NaN"),
        (np.zeros((5, 0)), np.zeros((5, 0)), "no dimensions"),
        (1e120 * normal(0, 5, 3), np.zeros((5, 3)), "overflow"),
        (np.zeros((5, 3)), 1e200 * normal(0, 5, 3), "overflow"),
    ],
)
def test_bad_sets_are_said(x, y, words: str) -> None:
    for measure in (
        kernel_distance,
        lambda x, y: kernel_distance(x, y, "biased"),
        lambda x, y: kernel_distance_subsets(x, y, 2, 5),
        lambda x, y: kernel_distance_subsets(x, y, 1, 2),
    ):
        with pytest.raises(DataError, match=words) as caught:
            measure(x, y)
        assert "\n" not in str(caught.value)


def test_bad_settings_are_said() -> None:
    x, y = normal(0, 6, 3), normal(1, 8, 3)
    for settings_, words in (
        ({"estimator": "u"}, "takes pairs"),
        ({"estimator": "umbiased"}, "no estimator"),
        ({"degree": 0}, "no polynomial"),
        ({"degree": 1.5}, "no polynomial"),
        ({"gamma": 0.0}, "no polynomial"),
        ({"coef0": np.nan}, "no polynomial"),
    ):
        with pytest.raises(DataError, match=words):
            kernel_distance(x, y, **settings_)
    with pytest.raises(DataError, match=r"larger than the sample.*subset_size=6"):
        kernel_distance_subsets(x, y, 10, 7)
    with pytest.raises(DataError, match="larger than the sample"):
        kernel_distance_subsets(x, y)
    for subsets, size in ((0, 3), (3, 1)):
        with pytest.raises(DataError):
            kernel_distance_subsets(x, y, subsets, size)
    with pytest.raises(DataError, match="no seed"):
        kernel_distance_subsets(x, y, 3, 4, seed=-1)
