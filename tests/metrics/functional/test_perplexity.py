"""Perplexity: every aggregation as recorded, and distributions whose perplexity is known."""

from math import e, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.metrics.functional.perplexity import perplexity

SENTENCES = st.lists(st.lists(st.floats(0, 20), min_size=1, max_size=6), min_size=1, max_size=6)


def of(sentences, **options):
    return perplexity(np.concatenate(sentences), [len(sentence) for sentence in sentences], **options)


def test_as_recorded(vectors):
    """Tolerance 1e-12 relative."""
    book = vectors.expected("image/ppl")
    (tokens,) = (value for key, value in book.items() if key.startswith("natural_log_probs"))
    sentences = [-np.array(sentence) for sentence in tokens]
    value = of(sentences)
    names = {
        "perplexity": "corpus_ppl_token_weighted",
        "sentence_mean": "mean_of_sentence_ppl",
        "sentence_median": "median_of_sentence_ppl",
        "sentence_geometric_mean": "geometric_mean_of_sentence_ppl",
        "bits_per_token": "bits_per_token",
    }
    for ours, theirs in names.items():
        assert value[ours] == pytest.approx(book[theirs], rel=1e-12), ours
    own = [of([sentence])["perplexity"] for sentence in sentences]
    assert own == pytest.approx(book["per_sentence_ppl_all_tokens"], rel=1e-12)
    later = of(sentences, first_token=False)
    assert later["perplexity"] == pytest.approx(book["corpus_ppl_without_first_token"], rel=1e-12)
    assert later["unscored"] == sum(len(sentence) == 1 for sentence in sentences)


def test_a_uniform_model_is_as_perplexed_as_its_vocabulary():
    value = of([np.full(3, log(50)), np.full(7, log(50))])
    for name in ("perplexity", "sentence_mean", "sentence_median", "sentence_geometric_mean"):
        assert value[name] == pytest.approx(50)
    assert (value["sentences"], value["tokens"], value["unscored"]) == (2, 10, 0)


def test_a_long_sentence_weighs_more_in_tokens_only():
    value = of([[0.0], [2.0, 2.0, 2.0]])
    assert value["cross_entropy"] == 1.5
    assert value["perplexity"] == pytest.approx(e**1.5)
    assert value["sentence_mean"] == pytest.approx((1 + e**2) / 2)
    assert value["sentence_geometric_mean"] == pytest.approx(e)


def test_without_first_tokens():
    value = of([[9.0, 1.0], [9.0]], first_token=False)
    assert (value["cross_entropy"], value["sentences"], value["tokens"], value["unscored"]) == (1, 1, 1, 1)


@given(SENTENCES, st.randoms())
def test_range_order_and_sums(sentences, random):
    value = of(sentences)
    assert min(map(min, sentences)) - 1e-9 <= value["cross_entropy"] <= max(map(max, sentences)) + 1e-9
    assert value["perplexity"] >= 1
    assert value["sentence_mean"] >= value["sentence_geometric_mean"] * (1 - 1e-12)
    summed = perplexity([sum(sentence) for sentence in sentences], [len(sentence) for sentence in sentences])
    random.shuffle(sentences)
    for other in (of(sentences), summed):
        assert other == pytest.approx(value, rel=1e-9)


def test_certainty_rounded_below_zero_is_certainty():
    assert perplexity(np.array([-0.0, -1e-4], np.float16), [2])["perplexity"] == 1


@pytest.mark.parametrize(("dtype", "rel"), [(np.float16, 1e-3), (np.float32, 1e-6)])
def test_narrow_floats(dtype, rel):
    nll = np.linspace(0.1, 5, 40)
    assert perplexity(nll.astype(dtype), [40]) == pytest.approx(perplexity(nll, [40]), rel=rel)


def test_beyond_float64_is_infinite():
    assert perplexity([1000.0], [1])["perplexity"] == inf


@pytest.mark.parametrize(
    ("nll", "lengths", "options", "said"),
    [
        ([], [], {}, "no sentence"),
        ([float("nan")], [1], {}, "NaN"),
        ([inf], [1], {}, "infinity"),
        ([-2.0], [1], {}, "Negate"),
        ([2.0], [0], {}, "1 or more"),
        ([2.0, 1.0], [1.5, 0.5], {}, "1 or more"),
        ([2.0, 2.0, 2.0], [2, 3], {}, "do not belong together"),
        ([2.0, 2.0], [2, 3], {"first_token": False}, "sums"),
        ([2.0, 2.0], [1, 1], {"first_token": False}, "only its first"),
        ([[2.0]], [1], {}, "shape"),
    ],
)
def test_refused(nll, lengths, options, said):
    with pytest.raises(DataError, match=said):
        perplexity(nll, lengths, **options)
