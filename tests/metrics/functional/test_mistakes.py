"""Mistakes of a user that once gave a number, or an error of Python: each is refused, or has the right value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cfbench.errors import DataError
from cfbench.metrics.functional import (
    accuracy,
    average_precision,
    bleu,
    causal_consistency,
    cld,
    clip_directional,
    clip_image,
    composition,
    effectiveness,
    frechet_by_group,
    frechet_distance,
    kernel_distance,
    macro_f1,
    minimality,
    perceptual_distance,
    perplexity,
)

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(2, 6, 4))
VALUES = {"a": [0, 1] * 3}
OTHERS = {"a": [1, 0] * 3}
BYTES = RANDOM.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance, clip_image, minimality])
def test_what_a_mask_hides_does_not_count(distance):
    with pytest.raises(DataError, match="masked"):
        distance(np.ma.masked_array(X, X > 0), Y)
    distance(np.ma.masked_array(X, False), Y)  # nothing is hidden


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance, clip_image])
def test_sparse_tensors_are_refused(distance):
    torch = pytest.importorskip("torch")
    with pytest.raises(DataError, match="is no array"):
        distance(torch.tensor(X).to_sparse(), Y)


def test_whole_numbers_that_float64_mixes_up_are_refused():
    with pytest.raises(DataError, match="beyond 2"):
        accuracy([2**53 + 1], [2**53])
    with pytest.raises(DataError, match="beyond 2"):
        average_precision(np.array([[2**60], [2**60 + 1]]), [[0], [1]])
    with pytest.raises(DataError, match="beyond 2"):
        accuracy([-(2**53) - 1], [0])
    assert accuracy([2**53 - 1], [2**53]) == 0


@pytest.mark.parametrize("score", [accuracy, macro_f1])
@pytest.mark.parametrize("labels", [None, 3, "ab", b"ab", {"a": 1, "b": 2}, {"a", "b"}])
def test_labels_are_a_list_in_order(score, labels):
    with pytest.raises(DataError, match="no list of labels"):
        score(labels, ["a", "b"])


@pytest.mark.parametrize("sentences", [iter(["a"]), {"a": "a"}, b"a", None])
def test_sentences_are_a_list(sentences):
    with pytest.raises(DataError, match="lists of sentences"):
        bleu(sentences, ["a"])


def test_bytes_are_no_tokens():
    with pytest.raises(DataError, match="bytes"):
        bleu([b"a b c d"], [[b"a b c d"]])
    with pytest.raises(DataError, match="whole token"):
        bleu(["a b"], ["a b"], n=1.5)


def test_latents_of_any_size_have_the_distance_of_others():
    cosine, euclid = (cld(X, Y, protocol=kind) for kind in ("cosine", "l2"))
    for size in (1e-200, 1e-310, 1e200):
        tolerance = 1e-3 if size == 1e-310 else 1e-12  # of such numbers few digits are left
        np.testing.assert_allclose(cld(X * size, Y * size, protocol="cosine"), cosine, rtol=tolerance)
        np.testing.assert_allclose(cld(X * size, Y * size, protocol="l2"), euclid * size, rtol=tolerance)


def huge(side):
    return np.where(side > 0, 1.5e308, -1.5e308)


@pytest.mark.parametrize(
    "call",
    [
        lambda: cld(huge(X), huge(Y), protocol="l2"),
        lambda: cld(huge(X), huge(Y), VALUES, OTHERS),
        lambda: cld(X * 1e200, Y * 1e200, VALUES, OTHERS, log_scales_o=X, log_scales_c=Y),
        lambda: minimality(X * 1e200, Y * 1e200),
        lambda: perceptual_distance([X * 1e200], [Y * 1e200]),
        lambda: effectiveness([1e308], [-1e308], "continuous"),
    ],
)
def test_what_overflows_is_refused(call):
    with pytest.raises(DataError, match="too large"):
        call()


def test_attributes_come_from_a_data_frame_too():
    words = [{"a": np.array(["x", "y"])[side["a"]]} for side in (VALUES, OTHERS)]
    expected = cld(X, Y, VALUES, OTHERS)
    for given in (
        words,
        [pd.DataFrame(side) for side in words],
        [pd.DataFrame(VALUES), pd.DataFrame(OTHERS)],
    ):
        np.testing.assert_array_equal(cld(X, Y, *given), expected)
    with pytest.raises(DataError, match="no names"):
        cld(X, Y, VALUES["a"], OTHERS["a"])


def test_embeddings_have_a_dimension_and_eps_is_finite():
    with pytest.raises(DataError, match="no dimensions"):
        clip_image(X[:, :0], Y[:, :0])
    with pytest.raises(DataError, match="eps"):
        clip_directional(X, Y, Y, X, eps=np.inf)


def test_floats_of_two_scales_are_refused():
    other = BYTES[::-1]
    for pair in ((BYTES / 1.0, other / 255), (BYTES / 255, other / 1.0)):
        with pytest.raises(DataError, match="different scales"):
            minimality(*pair)
    assert minimality(BYTES / 1.0, np.zeros(BYTES.shape))["l1"].min() > 0  # black is of any scale


def test_images_may_be_a_data_frame():
    rows = pd.DataFrame(BYTES.reshape(3, -1))
    assert composition(rows, rows).tolist() == minimality(rows, rows)["l2"].tolist() == [0, 0, 0]


def test_probabilities_are_no_logits():
    with pytest.raises(DataError, match="probabilities"):
        effectiveness([0.1, 0.9, 0.2], [0, 1, 0])
    assert effectiveness([0, 1, 0], [0, 1, 0]) == 1  # labels may stand for logits


def test_groups_may_be_a_tensor_and_must_have_names():
    torch = pytest.importorskip("torch")
    names = [0, 0, 0, 1, 1, 1]
    expected = frechet_by_group(X, Y, names)
    for given in (torch.tensor(names), np.array(names), pd.Series(names, index=range(3, 9)), iter(names)):
        assert frechet_by_group(X, Y, given) == expected
    for missing in ([None, *names[1:]], np.full(6, np.nan), [float("nan"), *names[1:]]):
        with pytest.raises(DataError, match="has no group"):
            frechet_by_group(X, Y, missing)
    for none in (None, 3, [[0]] * 6):
        with pytest.raises(DataError, match="cannot be compared"):
            frechet_by_group(X, Y, none)


def test_a_number_that_python_does_not_read_is_no_count():
    found = causal_consistency(["9" * 5000], [["1"]], protocol="covariant")
    assert found["excluded"] == 1


def test_likelihoods_may_be_as_large_as_float64():
    assert perplexity([1e300, 1e300], [2])["perplexity"] == np.inf
