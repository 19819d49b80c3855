"""CLIP scores against recorded values (1e-9, vectors/README.md) and against what a person can work out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.clip import (
    clip_directional,
    clip_image,
    clip_score,
    clip_score_mean,
    directional_summary,
    instruct_pix2pix_filter,
    ref_clip_score,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}
ORIGIN = [[1.0, 0.0]]
SEEDS = st.integers(0, 2**32 - 1)


def embeddings(seed: int, n: int = 7, d: int = 5) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).normal(size=(4, n, d)))


def quartet(vectors) -> list[np.ndarray]:
    arrays = vectors.inputs("image/clip")
    return [arrays[name] for name in ("img_o", "img_c", "txt_o", "txt_c")]


def numbers(values) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def test_directions_are_the_recorded_ones_but_where_only_rounding_is_left(vectors):
    recorded = vectors.expected("image/clip")["clip_directional"]
    expected = numbers(recorded["normalise_then_subtract_float64_nan_on_zero"])
    expected[5] = np.nan  # an image that was only scaled: its direction is 6e-17 long
    np.testing.assert_allclose(clip_directional(*quartet(vectors)), expected, **TOLERANCE)


def test_raw_directions_are_the_recorded_ones(vectors):
    recorded = vectors.expected("image/clip")["clip_directional"]
    expected = numbers(recorded["raw_embeddings_no_normalise (literal seed formula)"])
    np.testing.assert_allclose(clip_directional(*quartet(vectors), normalise=False), expected, **TOLERANCE)


def test_directions_with_torchs_epsilon_are_the_recorded_ones(vectors):
    recorded = vectors.expected("image/clip")["clip_directional"]
    found = clip_directional(*quartet(vectors), eps=1e-8)
    for name in ("normalise_then_subtract_eps1e-8", "torch_F.cosine_similarity_float64"):
        # Row 5 is a direction of rounding, 1e-9 and of no meaning: hence the absolute part.
        np.testing.assert_allclose(found, recorded[name], rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize(
    ("variant", "scale", "name"),
    [
        ("per-pair", 100, "per_sample_x100_clamped"),
        ("hessel", 100, "hessel_w2.5_per_sample"),
        ("logits", 100, "logits_scale_100"),
        ("logits", 1 / 0.07, "logits_scale_exp_log(1/0.07)"),
        ("logits", 1, "cos_img_o_txt_o"),
    ],
)
def test_scores_are_the_recorded_ones(vectors, variant, scale, name):
    image, _, text, _ = quartet(vectors)
    found = clip_score(image, text, variant, logit_scale=scale)
    np.testing.assert_allclose(found, vectors.expected("image/clip")["clip_score"][name], **TOLERANCE)


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("per-pair", "mean_of_clamped_x100"),
        ("torchmetrics", "torchmetrics_mean_then_clamp_x100"),
        ("hessel", "hessel_mean"),
    ],
)
def test_means_are_the_recorded_ones(vectors, variant, name):
    image, _, text, _ = quartet(vectors)
    expected = vectors.expected("image/clip")["clip_score"][name]
    assert clip_score_mean(image, text, variant) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_image_similarities_are_the_recorded_ones(vectors):
    image_o, image_c, _, _ = quartet(vectors)
    expected = vectors.expected("image/clip")["clip_image_similarity"]
    np.testing.assert_allclose(clip_image(image_o, image_c), expected, **TOLERANCE)


def test_the_filter_keeps_the_recorded_candidates(vectors):
    arrays, recorded = vectors.inputs("image/clip"), vectors.expected("image/clip")
    assert not len(instruct_pix2pix_filter(*quartet(vectors)))
    over = [arrays[name] for name in ("f_img0", "f_img1", "f_txt0", "f_txt1")]
    best = instruct_pix2pix_filter(*over)
    assert best.tolist() == recorded["overgenerate_and_filter"]["top4_by_direction"]
    expected = recorded["overgenerate_and_filter"]["sim_dir_of_top4"]
    np.testing.assert_allclose(clip_directional(*over)[best], expected, **TOLERANCE)
    passed = instruct_pix2pix_filter(*over, keep=200)
    assert len(passed) == recorded["overgenerate_and_filter"]["n_pass"]


@pytest.mark.parametrize(
    ("text_c", "cosine"), [([0, 1], 1.0), ([0, -1], 0.0), ([1, 0], np.nan), ([7, 0], np.nan), ([0, 9], 1.0)]
)
def test_a_direction_on_the_unit_circle(text_c, cosine):
    found = clip_directional(ORIGIN, [[0, 3.0]], ORIGIN, [text_c])
    np.testing.assert_allclose(found, [cosine], atol=1e-15)


def test_raw_directions_hear_the_lengths():
    found = clip_directional([[1, 0]], [[0, 3]], [[1, 0]], [[0, 1]], normalise=False)
    assert found[0] == pytest.approx(4 / np.sqrt(20))


def test_an_epsilon_leaves_no_pair_undefined():
    assert clip_directional(ORIGIN, ORIGIN, ORIGIN, [[0, 1]], eps=1e-8).tolist() == [0.0]


def test_a_summary_counts_what_it_leaves_out():
    assert directional_summary([0.2, np.nan, -0.1, 0.5, np.nan]) == {
        "mean": pytest.approx(0.2),
        "median": 0.2,
        "share_at_least_0.2": pytest.approx(2 / 3),
        "share_negative": pytest.approx(1 / 3),
        "undefined": 2.0,
    }


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_a_summary_of_nothing_defined(values):
    summary = directional_summary(values)
    assert summary.pop("undefined") == len(values)
    assert np.isnan(list(summary.values())).all()


@pytest.mark.parametrize("values", [[np.inf], [[0.1]], ["much"], [[0.1], [0.2, 0.3]]])
def test_a_summary_refuses_what_is_no_list_of_numbers(values):
    with pytest.raises(DataError):
        directional_summary(values)


def test_scores_of_a_right_angle_and_an_opposite():
    image, text = [[1, 0], [1, 0], [3, 4]], [[-2, 0], [0, 5], [6, 8]]
    np.testing.assert_allclose(clip_score(image, text), [0, 0, 100])
    np.testing.assert_allclose(clip_score(image, text, "hessel"), [0, 0, 2.5])
    np.testing.assert_allclose(clip_score(image, text, "torchmetrics"), [-100, 0, 100])
    np.testing.assert_allclose(clip_score(image, text, "logits", logit_scale=10), [-10, 0, 10])


def test_torchmetrics_clamps_the_mean():
    image, text = [[1, 0], [1, 0]], [[-1, 0], [0.6, 0.8]]
    assert clip_score_mean(image, text, "torchmetrics") == 0
    assert clip_score_mean(image, text) == pytest.approx(30)
    assert clip_score_mean(image, text, "logits") == pytest.approx(-20)


def test_references_count_by_the_best_one():
    found = ref_clip_score([[1, 0]] * 3, [[1, 0]] * 3, [[[0, 1], [1, 0]], [[0.6, 0.8]], [[0, 1]]])
    np.testing.assert_allclose(found, [2 * 2.5 / 3.5, 2 * 2.5 * 0.6 / 3.1, 0])


@pytest.mark.parametrize("references", [[], [np.empty((0, 2))], [[[1, 0, 0]]]])
def test_references_must_fit(references):
    with pytest.raises(DataError):
        ref_clip_score(ORIGIN, ORIGIN, references)


def test_an_embedding_of_zeros_is_undefined_and_left_out_of_means():
    image, text = [[0, 0], [1, 0]], [[1, 0], [1, 0]]
    np.testing.assert_array_equal(clip_score(image, text), [np.nan, 100])
    np.testing.assert_array_equal(clip_image(image, text), [np.nan, 1])
    assert np.isnan(clip_directional(image[:1], text[:1], ORIGIN, [[0, 1]])).all()
    assert clip_score_mean(image, text) == 100
    assert np.isnan(clip_score_mean(image[:1], text[:1]))


def test_no_pairs_give_no_values():
    nothing = np.empty((0, 4))
    assert clip_directional(nothing, nothing, nothing, nothing).shape == (0,)
    assert clip_score(nothing, nothing).shape == clip_image(nothing, nothing).shape == (0,)
    assert ref_clip_score(nothing, nothing, []).shape == (0,)
    assert np.isnan(clip_score_mean(nothing, nothing))


@pytest.mark.parametrize(
    "call",
    [
        lambda: clip_score([[np.nan, 1]], ORIGIN),
        lambda: clip_score(ORIGIN, [[1, 0, 0]]),
        lambda: clip_score(ORIGIN, [[1, 0], [0, 1]]),
        lambda: clip_score([1, 0], [1, 0]),
        lambda: clip_score(ORIGIN, ORIGIN, "best"),
        lambda: clip_score(ORIGIN, ORIGIN, "logits", logit_scale=0),
        lambda: clip_image(ORIGIN, [["a", "b"]]),
        lambda: clip_directional(ORIGIN, ORIGIN, ORIGIN, [[np.inf, 0]]),
        lambda: clip_directional(ORIGIN, ORIGIN, ORIGIN, ORIGIN, eps=0),
    ],
)
def test_bad_input_is_refused_in_one_line(call):
    with pytest.raises(DataError) as caught:
        call()
    assert "\n" not in str(caught.value)


@given(SEEDS)
def test_direction_is_bounded_and_each_pairs_own(seed):
    arrays = embeddings(seed)
    order = np.random.default_rng(seed).permutation(7)
    values = clip_directional(*arrays)
    assert (np.abs(values) <= 1).all()
    np.testing.assert_allclose(clip_directional(*(a[order] for a in arrays)), values[order], rtol=1e-12)


@given(SEEDS, st.floats(1e-200, 1e200))
def test_lengths_of_embeddings_do_not_matter(seed, factor):
    a, b, c, d = embeddings(seed)
    expected = clip_directional(a, b, c, d)
    np.testing.assert_allclose(
        clip_directional(a * factor, b, c, d / factor), expected, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(clip_score(a * factor, c), clip_score(a, c), rtol=1e-9, atol=1e-12)


@given(SEEDS)
def test_a_text_that_moves_as_the_image_is_perfect_and_against_it_worst(seed):
    a, b, _, _ = embeddings(seed)
    np.testing.assert_allclose(clip_directional(a, b, a, b), 1)
    np.testing.assert_allclose(clip_directional(a, b, b, a), -1)
    np.testing.assert_allclose(clip_score(a, a), 100)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float16, 2e-2)])
def test_short_floats_agree(dtype, tolerance):
    arrays = embeddings(3)
    short = [array.astype(dtype) for array in arrays]
    np.testing.assert_allclose(clip_directional(*short), clip_directional(*arrays), atol=tolerance)
