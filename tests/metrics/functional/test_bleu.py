"""BLEU: nltk's and sacrebleu's recorded values, nltk itself, and sentences that can be counted by hand."""

import warnings
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu

from cfbench.errors import DataError
from cfbench.metrics.functional._bleu_counts import _BLOCK, TOKENIZERS
from cfbench.metrics.functional.bleu import bleu, bleu_from_statistics, bleu_resampled, bleu_statistics

SETS = ["multi_ref", "single_ref", "first_three", "reversed_order"]
TEXT = st.lists(st.integers(0, 5), max_size=9)
CORPUS = st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=3)), min_size=1, max_size=8)


def recorded(vectors, name):
    book = vectors.expected("image/bleu")
    pairs = {
        "multi_ref": book["pairs"],
        "single_ref": [{"hyp": pair["hyp"], "refs": pair["refs"][:1]} for pair in book["pairs"]],
        "first_three": book["pairs"][:3],
        "reversed_order": book["pairs"][::-1],
    }[name]
    return book, [pair["hyp"] for pair in pairs], [pair["refs"] for pair in pairs]


def nltk_bleu(hypotheses, references, n=4, method=0):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function = getattr(SmoothingFunction(), f"method{method}")
        return corpus_bleu(references, hypotheses, weights=(1 / n,) * n, smoothing_function=function)


@pytest.mark.parametrize("name", SETS)
def test_nltk_as_recorded(vectors, name):
    """Tolerance 1e-12."""
    book, hypotheses, references = recorded(vectors, name)
    wanted = book["whitespace_tokenised"][name]
    for method in range(8):
        value = bleu(hypotheses, references, smoothing=method)
        assert value == pytest.approx(wanted[f"nltk_corpus_method{method}"], rel=1e-12)
    assert bleu(hypotheses, references, n=2) == pytest.approx(
        wanted["nltk_corpus_weights_(0.5,0.5)"], rel=1e-12
    )
    for smoothing, key in ((1, "nltk_sentence_method1"), (0, "nltk_sentence_default")):
        alone = [bleu([h], [r], smoothing=smoothing) for h, r in zip(hypotheses, references, strict=True)]
        np.testing.assert_allclose(alone, wanted[key], rtol=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_the_recorded_counts(vectors, name):
    book, hypotheses, references = recorded(vectors, name)
    wanted = book["whitespace_tokenised"][name]["counts"]
    total = bleu_statistics(hypotheses, references).sum(0).tolist()
    assert total == [*wanted["matches"], *wanted["totals"], wanted["hyp_len"], wanted["ref_len_closest"]]


@pytest.mark.parametrize("name", SETS)
def test_sacrebleu_as_recorded(vectors, name):
    """Tolerance 1e-10 of a hundred; lengths exactly."""
    book, hypotheses, references = recorded(vectors, name)
    for key, wanted in book["sacrebleu"][name].items():
        if key.startswith("sentence"):
            effective = "no_effective" not in key
            rows = zip(hypotheses, references, strict=True)
            alone = [100 * bleu([h], [r], "sacrebleu", effective_order=effective) for h, r in rows]
            np.testing.assert_allclose(alone, wanted, atol=1e-10)
            continue
        tokenizer, smoothing = (part.partition("=")[2] for part in key.split()[:2])
        shared = {"tokenizer": tokenizer, "lowercase": "lowercase" in key}
        value = 100 * bleu(hypotheses, references, "sacrebleu", smoothing=smoothing, **shared)
        assert value == pytest.approx(wanted["score"], abs=1e-10)
        lengths = bleu_statistics(hypotheses, references, **shared).sum(0)[-2:]
        assert lengths.tolist() == [wanted["sys_len"], wanted["ref_len"]]


def test_by_hand():
    # 'the' is clipped to two, the brevity penalty looks at the closest reference, the shorter of a tie.
    assert bleu_statistics(["the the the"], [["the cat the", "the"]], n=2).tolist() == [[2, 0, 3, 2, 3, 3]]
    assert bleu_statistics(["a b"], [["a b c", "a"]], n=1).tolist() == [[2, 2, 2, 1]]
    assert bleu(["a b c"], ["a b d e"], n=1) == pytest.approx(2 / 3 * exp(-1 / 3))
    assert bleu(["a b c d"], ["a b x d"], "sacrebleu", n=2, tokenizer="none") == pytest.approx(
        (3 / 4 / 3) ** 0.5
    )


def test_smoothing_of_sacrebleu_by_hand():
    # Unigrams 2 of 3, bigrams 0 of 2, trigrams 0 of 1.
    def score(smoothing, **options):
        return bleu(["a x b"], ["a y b"], "sacrebleu", 3, smoothing=smoothing, **options) ** 3

    assert score("none") == 0
    assert score("exp") == pytest.approx(2 / 3 * 1 / 4 * 1 / 4)
    assert score("floor") == pytest.approx(2 / 3 * 0.1 / 2 * 0.1)
    assert score("floor", smoothing_value=0.5) == pytest.approx(2 / 3 * 0.5 / 2 * 0.5)
    assert score("add-k") == pytest.approx(2 / 3 * 1 / 3 * 1 / 2)


def test_texts_shorter_than_n():
    assert bleu(["a b"], ["a b"], "sacrebleu") == 0
    assert bleu(["a b"], ["a b"], "sacrebleu", effective_order=True) == 1
    # nltk's phantom denominators: 5 of 5 words, 3 of 3 pairs, 2 of 3 triples, 1 of 2 quadruples.
    assert bleu(["a b c d", "a"], ["a b c d", "a"]) == pytest.approx(
        (2 / 3 * 1 / 2) ** 0.25 * (3 / 4) ** 0.25
    )


@pytest.mark.parametrize(
    ("tokenizer", "text", "tokens"),
    [
        ("none", "It's 3.5, no?", "It's|3.5,|no?"),
        ("13a", "It's 3.5, no? (1,000-2) &lt;x&gt; a-b", "It's|3.5|,|no|?|(|1,000|-|2|)|<|x|>|a-b"),
        ("13a", "cut-\nting <skipped>the\ncake", "cutting|the|cake"),
        ("intl", "«Já» 3.5€ it's", "«|Já|»|3.5|€|it|'|s"),
        ("char", "ab c", "a|b|c"),
    ],
)
def test_tokenizers(tokenizer, text, tokens):
    assert TOKENIZERS[tokenizer](text) == tokens.split("|")


@pytest.mark.parametrize("method", [0, 1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("n", [1, 2, 4])
@settings(max_examples=40)
@given(corpus=CORPUS)
def test_nltk_agrees_on_anything(method, n, corpus):
    hypotheses, references = map(list, zip(*corpus, strict=True))
    wanted = nltk_bleu(hypotheses, references, n, method)
    assert bleu(hypotheses, references, n=n, smoothing=method) == pytest.approx(wanted, rel=1e-10, abs=1e-300)


@given(CORPUS)
def test_method6_agrees_or_is_refused(corpus):
    hypotheses, references = map(list, zip(*corpus, strict=True))
    try:
        wanted = nltk_bleu(hypotheses, references, method=6)
    except AssertionError:
        with pytest.raises(DataError, match="3-gram"):
            bleu(hypotheses, references, smoothing=6)
    else:
        assert bleu(hypotheses, references, smoothing=6) == pytest.approx(wanted, rel=1e-10)


@given(CORPUS, st.randoms(), st.sampled_from(["nltk", "sacrebleu"]))
def test_range_order_and_shards(corpus, random, protocol):
    hypotheses, references = zip(*corpus, strict=True)
    value = bleu(hypotheses, references, protocol)
    assert 0 <= value <= 1 + 1e-12
    shuffled = random.sample(corpus, len(corpus))
    assert bleu(*zip(*shuffled, strict=True), protocol) == pytest.approx(value, rel=1e-12)
    rows = np.concatenate([bleu_statistics([h], [r]) for h, r in corpus])
    assert bleu_from_statistics(rows, protocol) == pytest.approx(value, rel=1e-12)


@given(st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=9), min_size=1, max_size=5))
def test_the_reference_is_perfect(texts):
    for protocol in ("nltk", "sacrebleu"):
        assert bleu(texts, [[text] for text in texts], protocol) == pytest.approx(1, abs=1e-12)


def test_many_words_and_long_texts_are_counted_exactly():
    # Several blocks, one above the bound, and 8-grams that do not fit into an integer without renaming.
    random = np.random.default_rng(0)
    sizes = [*random.integers(5, 400, 200), _BLOCK + 5]
    hypotheses = [random.integers(0, 300, size).tolist() for size in sizes]
    references = [[[*text[: len(text) // 2], *text[3:]], text[1:]] for text in hypotheses]
    wanted = nltk_bleu(hypotheses, references, 8)
    assert bleu(hypotheses, references, n=8) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("protocol", ["nltk", "sacrebleu"])
def test_resamples(protocol):
    random = np.random.default_rng(0)
    hypotheses = random.integers(0, 6, (50, 8)).tolist()
    references = [[text] for text in random.integers(0, 6, (50, 8)).tolist()]
    chosen = random.integers(0, 50, (20, 50))
    weights = np.stack([np.bincount(row, minlength=50) for row in chosen])
    wanted = [bleu([hypotheses[i] for i in row], [references[i] for i in row], protocol) for row in chosen]
    rows = bleu_statistics(hypotheses, references)
    np.testing.assert_allclose(bleu_resampled(rows, weights, protocol), wanted, rtol=1e-12)


class Tensor:
    """Like torch's: its elements are objects that equal nothing as tokens."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return (object() for _ in self.values)

    def tolist(self):
        return list(self.values)


@pytest.mark.parametrize("kind", [list, np.array, Tensor])
def test_arrays_and_tensors_are_token_lists(kind):
    assert bleu_statistics([kind([1, 2, 3])], [[kind([1, 2, 4])]], n=2).tolist() == [[2, 1, 3, 2, 3, 3]]


def test_nothing_in_common_or_nothing_said_is_zero():
    for protocol in ("nltk", "sacrebleu"):
        assert bleu(["a b c d"], ["e f g h"], protocol) == 0
        assert bleu(["", ""], ["a", "b"], protocol) == 0
        assert bleu([""], [""], protocol) == 0
    assert bleu_resampled([[1, 1, 1, 1]], [[0]]).tolist() == [0]


@pytest.mark.parametrize(
    ("hypotheses", "references", "options"),
    [
        ([], [], {}),
        ("a b", ["a b"], {}),
        (["a"], ["a", "b"], {}),
        (["a"], [[]], {}),
        ([["a"]], [["a"]], {}),  # token lists beside strings
        (["a"], [[["a"]]], {}),
        ([["a"]], [None], {}),
        ([[["a"]]], [[["a"]]], {}),  # a token that cannot be counted
        ([float("nan")], [[["a"]]], {}),
        (["a"], ["a"], {"protocol": "moses"}),
        (["a"], ["a"], {"smoothing": "exp"}),
        (["a"], ["a"], {"smoothing": 8}),
        (["a"], ["a"], {"protocol": "sacrebleu", "smoothing": "method1"}),
        (["a"], ["a"], {"tokenizer": "zh"}),
        (["a"], ["a"], {"n": 0}),
        (["a b c"], ["a b c"], {"n": 2, "smoothing": 6}),
        (["a"], ["a"], {"smoothing_value": 1}),
        (["a"], ["a"], {"effective_order": True}),
    ],
)
def test_bad_input_is_refused(hypotheses, references, options):
    with pytest.raises(DataError):
        bleu(hypotheses, references, **options)


def test_bad_statistics_are_refused():
    rows = bleu_statistics(["a b"], ["a b"])
    for broken in (rows[:, :3], rows[:0], -rows):
        with pytest.raises(DataError):
            bleu_from_statistics(broken)
    with pytest.raises(DataError):
        bleu_from_statistics(rows, smoothing="method5")
    with pytest.raises(DataError):
        bleu_resampled(rows, [[1, 1]])


@pytest.mark.parametrize("row", [[5, 4, 3, 2, 4, 3, 2, 1, 4, 4], [-1, 0, 0, 0, 4, 3, 2, 1, 4, 4]])
def test_more_matches_than_n_grams_are_no_statistics(row):
    with pytest.raises(DataError, match="no statistics of BLEU"):
        bleu_from_statistics([row])
