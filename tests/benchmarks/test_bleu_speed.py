"""How fast BLEU-4 is beside nltk, sacrebleu and torchmetrics, and a bootstrap of it beside a loop."""

import numpy as np
import pytest
from beside import beside

from cfbench.metrics.functional.bleu import bleu, bleu_from_statistics, bleu_resampled, bleu_statistics

SENTENCES = 10_000
TRIED = 500  # where nothing is timed: torchmetrics takes seconds for all of them


def corpus():
    """Sentences of 8 to 24 words, frequent words frequent; three words in ten of a hypothesis are others."""
    random = np.random.default_rng(0)
    words = np.array([f"word{rank}" for rank in range(3000)])
    hypotheses, references = [], []
    for length in random.integers(8, 25, SENTENCES):
        text = words[np.minimum(random.zipf(1.3, length) - 1, 2999)]
        other = np.where(random.random(length) < 0.3, words[random.integers(0, 3000, length)], text)
        hypotheses.append(other.tolist())
        references.append([text.tolist()])
    return hypotheses, references


def test_bleu_beside_others(benchmark):
    """The others split lines at white space, which takes them a few hundredths of their time; ours is given tokens."""
    from nltk.translate.bleu_score import corpus_bleu

    sacrebleu = pytest.importorskip("sacrebleu")
    text = pytest.importorskip("torchmetrics.functional.text")
    hypotheses, references = corpus()
    if benchmark.disabled:
        hypotheses, references = hypotheses[:TRIED], references[:TRIED]
    lines = [" ".join(tokens) for tokens in hypotheses]
    truths = [[" ".join(tokens) for tokens in one] for one in references]
    others = {
        "nltk": lambda: corpus_bleu(references, hypotheses),
        "sacrebleu, tok=none": lambda: (
            sacrebleu.BLEU(tokenize="none").corpus_score(lines, [[one[0] for one in truths]]).score / 100
        ),
        "torchmetrics": lambda: float(text.bleu_score(lines, truths)),
    }
    answers = beside(
        benchmark,
        "BLEU-4 of 10,000 tokenised sentences",
        lambda: bleu(hypotheses, references),
        others,
        targets={"nltk": 6, "sacrebleu, tok=none": 4, "torchmetrics": 40},
        rounds=2,
        note="sacrebleu and torchmetrics are given lines",
    )
    assert answers["nltk"] == pytest.approx(answers["cfbench"], rel=1e-12)
    assert answers["sacrebleu, tok=none"] == pytest.approx(answers["cfbench"], rel=1e-12)
    assert answers["torchmetrics"] == pytest.approx(answers["cfbench"], rel=1e-5)


def test_a_bootstrap_of_bleu_beside_a_loop(benchmark):
    statistics = bleu_statistics(*corpus())
    resamples = 20 if benchmark.disabled else 1000
    draws = np.random.default_rng(0).integers(0, SENTENCES, (resamples, SENTENCES))
    weights = np.array([np.bincount(draw, minlength=SENTENCES) for draw in draws])
    answers = beside(
        benchmark,
        "1,000 bootstrap resamples of BLEU, 10,000 sentences already counted",
        lambda: bleu_resampled(statistics, weights),
        {"a loop over resamples": lambda: [bleu_from_statistics(statistics[draw]) for draw in draws]},
        rounds=2,
        note="the loop, too, adds up counts; one that counts anew takes a minute or more",
    )
    np.testing.assert_allclose(answers["cfbench"], answers["a loop over resamples"], rtol=1e-12)
