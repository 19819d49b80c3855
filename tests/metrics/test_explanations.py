"""BLEU and perplexity of explanations."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from judged import check, complete, evidence_of, score, slice_scores

from cfbench.errors import DataError
from cfbench.metrics import Evidence, Scored
from cfbench.metrics.bleu import Bleu
from cfbench.metrics.functional import bleu
from cfbench.metrics.perplexity import Perplexity
from cfbench.tasks.explain import ExplainInputs, ExplainPrediction, ExplainTarget

IMAGE = np.zeros((2, 2, 3), np.uint8)
TRUE = "add a red cube behind the small blue ball"


def told(name, said, wanted=TRUE, nll=None):
    target = ExplainTarget(tuple(wanted.split()))
    inputs = ExplainInputs(name, IMAGE, IMAGE, ())
    return Scored(name, inputs, target, ExplainPrediction(tuple(said.split()), nll))


def some():
    random = np.random.default_rng(3)
    words = np.array(["add", "a", "red", "cube", "ball", "behind", "it", ",", "now", "3.5"])
    samples = []
    for index in range(30):
        true = words[random.integers(0, 10, random.integers(1, 12))]
        said = np.where(random.random(len(true)) < 0.25, "no", true)[: random.integers(0, 13)]
        nll = None if index % 5 == 0 else tuple(random.exponential(1.0, len(true) + 1))
        samples.append(told(f"s{index:02d}", " ".join(said), " ".join(true), nll))
    return samples


@pytest.mark.parametrize("metric", [Bleu(), Bleu("sacrebleu"), Perplexity(), Perplexity("without-first")])
def test_order_cut_and_weights_change_nothing(metric):
    check(metric, some())


@pytest.mark.parametrize("protocol", Bleu.protocols)
def test_bleu_is_the_function(protocol):
    samples = some()
    said = [" ".join(one.prediction.tokens) for one in samples]
    true = [" ".join(one.target.tokens) for one in samples]
    tokenizer = {"nltk": "none", "sacrebleu": "13a"}[protocol]
    assert score(Bleu(protocol), samples) == {"bleu": bleu(said, true, protocol, tokenizer=tokenizer)}


def test_bleu_as_recorded(vectors):
    """nltk's own value on single references, white space for tokens."""
    book = vectors.expected("image/bleu")
    pairs = book["pairs"]
    samples = [told(f"s{index}", pair["hyp"], pair["refs"][0]) for index, pair in enumerate(pairs)]
    value = book["whitespace_tokenised"]["single_ref"]["nltk_corpus_method0"]
    assert score(Bleu(), samples)["bleu"] == pytest.approx(value, rel=1e-12)


def test_bleu_is_of_the_whole_corpus_and_not_a_mean():
    right, wrong = told("a", TRUE), told("b", "no", "remove it")
    assert score(Bleu(), [right])["bleu"] == 1
    assert score(Bleu(), [wrong])["bleu"] == 0
    assert 0.5 < score(Bleu(), [right, wrong])["bleu"] < 1


def test_an_empty_explanation_has_no_match():
    assert score(Bleu(), [told("a", "")]) == {"bleu": 0}
    assert score(Bleu("sacrebleu"), [told("a", "")]) == {"bleu": 0}


def test_sacrebleu_splits_anew():
    samples = [told("a", "add a cube, now.", "add a cube , now .")]
    assert score(Bleu("sacrebleu"), samples)["bleu"] == pytest.approx(1)
    assert score(Bleu(), samples)["bleu"] < 0.1


def test_the_signature_says_how_it_was_counted():
    assert Bleu().signature(500) == "bleu|proto:nltk|order:4|smooth:method0|tok:none|n:500|v:1"
    assert Bleu("sacrebleu").signature(2) == "bleu|proto:sacrebleu|order:4|smooth:exp|tok:13a|n:2|v:1"


def test_slices_are_corpora_of_their_own():
    scores = slice_scores(Bleu(), [told("a", TRUE), told("b", "no")], {"a": ("easy",), "b": ("hard",)})
    assert (scores["easy"]["bleu"], scores["hard"]["bleu"]) == (1, 0)


def test_perplexity_as_recorded(vectors):
    book = vectors.expected("image/ppl")
    (tokens,) = (value for key, value in book.items() if key.startswith("natural_log_probs"))
    samples = [
        told(f"s{index}", "x", " ".join("w" * (len(sentence) - 1)), tuple(-np.array(sentence)))
        for index, sentence in enumerate(tokens)
    ]
    value = score(Perplexity(), samples)
    assert value["perplexity"] == pytest.approx(book["corpus_ppl_token_weighted"], rel=1e-12)
    assert value["mean_sentence_perplexity"] == pytest.approx(book["mean_of_sentence_ppl"], rel=1e-12)
    assert value["cross_entropy"] == pytest.approx(log(book["corpus_ppl_token_weighted"]), rel=1e-12)
    later = score(Perplexity("without-first"), samples)["perplexity"]
    assert later == pytest.approx(book["corpus_ppl_without_first_token"], rel=1e-12)


def test_a_sample_without_likelihoods_counts_nowhere():
    samples = [
        told("a", "x", "one", (0.0, 0.0)),
        told("b", "x", "two words", (1.0, 2.0, 3.0)),
        told("c", "x"),
    ]
    rows = evidence_of(Perplexity(), samples)
    value = Perplexity().score(rows)
    assert value["cross_entropy"] == pytest.approx(6 / 5)
    assert value["perplexity"] == pytest.approx(exp(6 / 5))
    assert value["mean_sentence_perplexity"] == pytest.approx((1 + exp(2)) / 2)
    assert [Perplexity().samples_of(name, rows) for name in Perplexity.numbers] == [2, 2, 2]
    assert Perplexity().remarks(rows) == ["1 of 3 samples have no likelihoods and count nowhere"]
    assert Perplexity().remarks(rows.where(np.array([True, True, False]))) == []


def test_no_likelihoods_at_all_are_no_number():
    assert set(score(Perplexity(), [told("a", "x")]).values()) == {None}


def test_the_first_token_may_be_left_out():
    samples = [told("a", "x", "one", (9.0, 1.0)), told("b", "x", "", (9.0,))]
    assert score(Perplexity("without-first"), samples)["cross_entropy"] == 1
    rows = complete(Perplexity("without-first"), samples)
    assert [row["tokens"] for row in rows] == [1.0, None]


def test_beyond_float64_is_undefined_and_not_left_out():
    samples = [told("a", "x", "one", (2000.0, 0.0)), told("b", "x", "one", (0.0, 0.0))]
    value = score(Perplexity(), samples)
    assert value["cross_entropy"] == 500
    assert value["mean_sentence_perplexity"] is None
    assert value["perplexity"] == pytest.approx(exp(500))
    rows = evidence_of(Perplexity(), samples)
    assert Perplexity().score(Evidence(rows.columns, np.array([0.0, 1.0])))["mean_sentence_perplexity"] == 1


@pytest.mark.parametrize("nll", [(1.0,), (1.0, 1.0, 1.0, 1.0)])
def test_likelihoods_of_something_else_are_refused(nll):
    with pytest.raises(DataError, match=r"sample a .*2 tokens and an end token"):
        Perplexity().evidence([told("a", "x", "two words", nll)])


def test_likelihoods_above_one_are_refused():
    with pytest.raises(DataError, match="Negate"):
        Perplexity().evidence([told("a", "x", "one", (-3.0, -2.0))])


def test_nothing_has_no_bleu():
    rows = evidence_of(Bleu(), [told("a", TRUE)])
    assert Bleu().score(Evidence(rows.columns, np.zeros(1))) == {"bleu": None}
