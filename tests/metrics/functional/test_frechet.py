"""Fréchet distance against published values, closed forms, and another way to compute it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.frechet import (
    FrechetTerms,
    StreamingMoments,
    frechet_distance,
    frechet_from_moments,
    unbiased_mean_shift,
)


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def moments_of(*batches: np.ndarray) -> StreamingMoments:
    moments = StreamingMoments()
    for batch in batches:
        moments.update(batch)
    return moments


def by_eigenvalues(x: np.ndarray, y: np.ndarray) -> float:
    """The published form, for sets of full rank: roots of the eigenvalues of the product of the covariances."""
    a, b = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = np.sqrt(np.abs(np.linalg.eigvals(a @ b))).sum()
    return float(np.square(x.mean(0) - y.mean(0)).sum() + np.trace(a) + np.trace(b) - 2 * root)


# --- the vectors


def test_vectors(vectors) -> None:
    """1e-10 relative for the value, its terms, the unbiased shift; exact ranks; the same from moments to 1e-9."""
    inputs, cases = vectors.inputs("image/fid"), vectors.expected("image/fid")["cases"]
    assert len(cases) >= 8
    for name, case in cases.items():
        x, y = inputs[f"{name}__X"], inputs[f"{name}__Y"]
        terms = frechet_distance(x, y, return_terms=True)
        reference = case["reference_nuclear_float64"]
        assert terms.value == pytest.approx(case["fid"], rel=1e-10, abs=1e-12), name
        if "exact_mpmath_40digits" in case:
            assert terms.value == pytest.approx(float(case["exact_mpmath_40digits"]), rel=1e-10), name
        found = [terms.mean_term, terms.trace_x, terms.trace_y, terms.trace_sqrt]
        expected = [reference[key] for key in ("mean_term", "tr1", "tr2", "tr_sqrt")]
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-12), name
        assert terms.rank == reference["rank"], name
        assert terms.reliable == (min(case["n"], case["m"]) > case["d"]), name
        shift = case["unbiased_mean_shift_sq"]
        assert unbiased_mean_shift(x, y) == pytest.approx(shift, rel=1e-10), name
        assert terms.unbiased_mean_shift == pytest.approx(shift, rel=1e-10), name
        streamed = frechet_from_moments(moments_of(x[:3], x[3:]), moments_of(y[:2], y[2:]), return_terms=True)
        assert streamed.value == pytest.approx(case["fid"], rel=1e-9, abs=1e-12), name
        assert streamed.rank == reference["rank"], name


def test_published_packages_agree_within_what_they_can(vectors) -> None:
    """float64 packages: 1e-9 at full rank; spectral ones up to 5e-3 low where a set has no more samples than d."""
    inputs, cases = vectors.inputs("image/fid"), vectors.expected("image/fid")["cases"]
    compared = 0
    for name, case in cases.items():
        value = frechet_distance(inputs[f"{name}__X"], inputs[f"{name}__Y"])
        full = min(case["n"], case["m"]) > case["d"]
        for package in (
            "torch_fidelity_0.4.0",
            "pytorch_fid_0.3.0",
            "clean_fid_0.1.35",
            "torchmetrics_1.9.0_double",
        ):
            if case[package].get("value") is not None:  # three of the four cannot take one dimension
                compared += 1
                assert case[package]["value"] == pytest.approx(value, rel=1e-9 if full else 5e-3), (
                    name,
                    package,
                )
    assert compared >= 25


def test_small_samples_score_what_the_simulation_says(vectors) -> None:
    """Two samples of one Gaussian (alpha 1, d 2048): mean over 40 pairs within 5 standard errors of the published."""
    rows = vectors.expected("image/fid_small_sample")["rows"]
    row = next(row for row in rows if row["alpha"] == 1.0 and row["n"] == 5)
    scale = np.arange(1, 2049) ** -0.5
    scale /= np.sqrt(np.square(scale).sum())
    random = np.random.default_rng(7)
    terms = [
        frechet_distance(*(random.standard_normal((2, 5, 2048)) * scale), return_terms=True)
        for _ in range(40)
    ]
    error = row["fid_std"] * (1 / np.sqrt(40) + 1 / np.sqrt(row["reps"]))
    assert np.mean([each.value for each in terms]) == pytest.approx(row["fid_mean"], abs=5 * error)
    # the message's figure is the published limit 2 (1 + 1/n), in units of the total variance
    limits = [each.trace_x * 1.2 + each.trace_y * 1.2 for each in terms]
    assert np.mean(limits) == pytest.approx(row["upper_limit_2(1+1/n)"], rel=0.1)
    assert f"{limits[0]:.4g}" in terms[0].message


# --- by hand


def test_one_dimension_is_means_and_deviations() -> None:
    """(m1 - m2)^2 + (s1 - s2)^2 with deviations 2 and 1 (ddof 1), means 3 and 10."""
    assert frechet_distance([[1.0], [3.0], [5.0]], [[9.0], [10.0], [11.0]]) == pytest.approx(
        49 + 1, rel=1e-12
    )


def test_shift_and_scale() -> None:
    x = normal(0, 40, 6)
    total = float(x.var(axis=0, ddof=1).sum())
    assert frechet_distance(x, x + 0.5) == pytest.approx(6 * 0.25, rel=1e-10)
    centred = x - x.mean(0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx(4 * total, rel=1e-10)


def test_orthogonal_sets_have_no_covariance_in_common() -> None:
    x, y = np.zeros((4, 6)), np.zeros((5, 6))
    x[:, :3], y[:, 3:] = normal(1, 4, 3), normal(2, 5, 3)
    terms = frechet_distance(x, y, return_terms=True)
    assert (terms.rank, terms.trace_sqrt) == (0, pytest.approx(0, abs=1e-12))
    assert terms.value == pytest.approx(terms.mean_term + terms.trace_x + terms.trace_y)


def test_constant_sets_have_no_variance() -> None:
    """A repeated image: |mx - my|^2 + tr Sy, and 0.1 is no binary fraction: its mean must not make variance."""
    x, y = np.full((7, 3), 0.1), normal(3, 9, 3)
    terms = frechet_distance(x, y, return_terms=True)
    assert (terms.trace_x, terms.trace_sqrt, terms.rank) == (0.0, 0.0, 0)
    by_hand = np.square(0.1 - y.mean(0)).sum() + y.var(axis=0, ddof=1).sum()
    assert terms.value == pytest.approx(by_hand, rel=1e-12)
    assert frechet_distance(x, x + 2) == pytest.approx(12, rel=1e-12)
    assert frechet_distance(x, x) == 0.0


def test_unbiased_mean_shift_by_hand_and_on_average() -> None:
    assert unbiased_mean_shift([[0.0], [2.0]], [[5.0], [9.0]]) == pytest.approx(36 - 2 / 2 - 8 / 2)
    random = np.random.default_rng(4)
    found = [unbiased_mean_shift(*random.standard_normal((2, 5, 50))) for _ in range(2000)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(2000)
    assert min(found) < 0


def test_message_and_flag() -> None:
    small = frechet_distance(normal(0, 5, 2048), normal(1, 5, 2048), return_terms=True)
    assert not small.reliable
    assert "rank 4 at most" in small.message and "paired distances" in small.message
    assert frechet_distance(normal(0, 9, 8), normal(1, 9, 8), return_terms=True).reliable
    edge = frechet_distance(normal(0, 100, 8), normal(1, 8, 8), return_terms=True)
    assert not edge.reliable and "rank 7 at most" in edge.message


# --- other ways to the same number


@pytest.mark.parametrize(("n", "m", "d"), [(60, 50, 8), (200, 40, 16), (30, 1000, 4)])
def test_full_rank_agrees_with_the_eigenvalue_form(n: int, m: int, d: int) -> None:
    x, y = normal(0, n, d) @ normal(1, d, d), normal(2, m, d) + 1
    assert frechet_distance(x, y) == pytest.approx(by_eigenvalues(x, y), rel=1e-9)


def test_dependent_features_beside_more_samples_than_dimensions() -> None:
    """A dead feature, and one that repeats another within 1e-9: no Cholesky root, and still exact.

    Rotated by an orthogonal matrix the sets are the same distance apart, which the closed form gives.
    """
    x, y = normal(0, 80, 4), normal(1, 90, 4) * 2
    wide_x, wide_y = np.hstack([x, np.zeros((80, 3))]), np.hstack([y, np.zeros((90, 3))])
    rotation, _ = np.linalg.qr(normal(2, 7, 7))
    expected = by_eigenvalues(x, y)
    for one, other in ((wide_x, wide_y), (wide_x @ rotation, wide_y @ rotation)):
        assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-10)
        streamed = frechet_from_moments(moments_of(one), moments_of(other), return_terms=True)
        assert streamed.value == pytest.approx(expected, rel=1e-9)
        assert streamed.rank == 4
    near = np.hstack([x, x[:, :1] + 1e-9 * normal(3, 80, 1)])
    assert frechet_distance(near, near + 1) == pytest.approx(5, rel=1e-10)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 10), st.integers(0, 10_000))
def test_properties(n: int, m: int, d: int, seed: int) -> None:
    x, y = normal(seed, n, d), normal(seed + 1, m, d) * 3 + 1
    value = frechet_distance(x, y)
    near = {"rel": 1e-9, "abs": 1e-9}
    assert value >= -1e-9
    assert frechet_distance(y, x) == pytest.approx(value, **near)
    shuffled = np.random.default_rng(seed).permutation(n)
    assert frechet_distance(x[shuffled], y) == pytest.approx(value, **near)
    assert frechet_distance(x, x[shuffled]) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(2 * x, 2 * y) == pytest.approx(4 * value, **near)
    rotation, _ = np.linalg.qr(normal(seed + 2, d, d))
    assert frechet_distance(x @ rotation, y @ rotation) == pytest.approx(value, **near)
    cut = n // 2
    streamed = frechet_from_moments(moments_of(x[:cut], x[cut:]), moments_of(y))
    assert streamed == pytest.approx(value, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 1e-6), ("float16", 1e-2)])
def test_narrow_floats(kind: str, tolerance: float) -> None:
    x, y = normal(0, 30, 8), normal(1, 20, 8) + 1
    assert frechet_distance(x.astype(kind), y.astype(kind)) == pytest.approx(
        frechet_distance(x, y), rel=tolerance
    )


# --- streaming


def test_any_split_and_merge_gives_the_same_moments() -> None:
    x = normal(0, 500, 12) * 3 + 100
    whole = moments_of(x)
    assert whole.mean == pytest.approx(x.mean(0), rel=1e-12)
    assert whole.scatter == pytest.approx(np.cov(x, rowvar=False) * 499, rel=1e-10, abs=1e-10)
    one, two, three = moments_of(x[:1], x[1:130]), moments_of(x[130:137]), moments_of(*x[137:, None])
    two.merge(three)
    one.merge(two)
    one.merge(StreamingMoments())
    assert one.count == 500
    assert one.scatter == pytest.approx(whole.scatter, rel=1e-10, abs=1e-9)
    empty = StreamingMoments()
    empty.merge(whole)
    empty.update(x)
    assert (empty.count, whole.count) == (1000, 500)
    assert pickle.loads(pickle.dumps(one)).mean == pytest.approx(x.mean(0), rel=1e-12)


def test_chunks_of_a_large_batch_do_not_show() -> None:
    x = normal(0, 9000, 5).astype(np.float32)
    y = normal(1, 300, 5)
    streamed = frechet_from_moments(moments_of(x), moments_of(y))
    assert streamed == pytest.approx(frechet_distance(x, y), rel=1e-9)


def test_features_far_from_zero_keep_their_covariance() -> None:
    x, y = normal(0, 400, 6), normal(1, 300, 6) * 2
    far = frechet_from_moments(moments_of(*np.split(x + 1e6, 4)), moments_of(*np.split(y + 1e6, 3)))
    assert far == pytest.approx(by_eigenvalues(x, y), rel=1e-7)


def test_sums_add_across_processes() -> None:
    x, y = normal(0, 200, 6) + 2, normal(1, 90, 6)
    one, two = moments_of(x[:70]).sums(), moments_of(x[70:]).sums()
    added = StreamingMoments.from_sums(*(a + b for a, b in zip(one, two, strict=True)))
    assert one[1] == pytest.approx(x[:70].sum(0))
    assert one[2] == pytest.approx(x[:70].T @ x[:70])
    assert frechet_from_moments(added, moments_of(y)) == pytest.approx(frechet_distance(x, y), rel=1e-9)


def test_a_refused_batch_adds_nothing() -> None:
    moments = moments_of(normal(0, 10, 3))
    spoilt = normal(1, 9000, 3)
    spoilt[8999, 2] = np.nan
    for batch in (spoilt, normal(1, 4, 2), np.zeros(3), np.zeros((2, 0))):
        with pytest.raises(DataError):
            moments.update(batch)
    assert moments.count == 10
    moments.update(np.zeros((0, 3)))
    assert moments.count == 10


def test_sums_that_are_none_are_refused() -> None:
    for sums in (
        (3, np.ones(2), np.ones((3, 3))),
        (3, np.ones(2), -np.ones((2, 2))),
        (-1, np.ones(1), np.ones((1, 1))),
    ):
        with pytest.raises(DataError, match="do not belong together"):
            StreamingMoments.from_sums(*sums)


# --- bad input


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "at least two"),
        (np.zeros((0, 3)), np.zeros((5, 3)), "at least two"),
        (np.zeros((5, 3)), np.zeros((5, 2)), "3 dimensions, the other 2"),
        (np.full((5, 3), np.nan), np.zeros((5, 3)), "NaN"),
        (np.zeros((5, 3)), np.full((5, 3), np.inf), "infinity"),
        (np.zeros((5, 0)), np.zeros((5, 0)), "no dimensions"),
        (np.zeros(5), np.zeros((5, 1)), "axes"),
        (1e200 * normal(0, 5, 3), np.zeros((5, 3)), "overflow"),
        (1e200 * normal(0, 5, 2), np.zeros((5, 2)), "overflow"),
        ([["a"]], [[1.0]], "no numbers"),
    ],
)
def test_bad_input_is_said(x, y, words: str) -> None:
    for measure in (frechet_distance, unbiased_mean_shift):
        with pytest.raises(DataError, match=words) as caught:
            measure(x, y)
        assert "\n" not in str(caught.value)


def test_bad_moments_are_said() -> None:
    with pytest.raises(DataError, match="at least two"):
        frechet_from_moments(moments_of(normal(0, 1, 3)), moments_of(normal(0, 5, 3)))
    with pytest.raises(DataError, match="dimensions"):
        frechet_from_moments(moments_of(normal(0, 5, 2)), moments_of(normal(0, 5, 3)))
    with pytest.raises(DataError, match="overflow"):
        frechet_from_moments(moments_of(1e200 * normal(0, 5, 3)), moments_of(normal(0, 5, 3)))


def test_clamped_beside_raw() -> None:
    terms = FrechetTerms(-1e-9, 0, 1, 1, 1, 1, reliable=True, message="", n_x=9, n_y=9, dimensions=1)
    assert (terms.value, terms.clamped) == (-1e-9, 0.0)
