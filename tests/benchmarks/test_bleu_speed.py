"""How fast BLEU-4 is beside nltk, both in one run: read ``extra_info`` in the report. No speed fails."""

from time import perf_counter

import numpy as np
import pytest
from nltk.translate.bleu_score import corpus_bleu

from cfbench.metrics.functional.bleu import bleu, bleu_resampled, bleu_statistics

SENTENCES = 10_000


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


def test_bleu_beside_nltk(benchmark):
    hypotheses, references = corpus()
    value = benchmark.pedantic(bleu, (hypotheses, references), rounds=5, warmup_rounds=1)
    started = perf_counter()
    wanted = corpus_bleu(references, hypotheses)
    nltk_seconds = perf_counter() - started
    assert value == pytest.approx(wanted, rel=1e-12)
    if benchmark.stats is not None:
        benchmark.extra_info["times_as_fast_as_nltk"] = round(nltk_seconds / benchmark.stats.stats.min, 1)


def test_bleu_resamples(benchmark):
    statistics = bleu_statistics(*corpus())
    weights = np.random.default_rng(0).poisson(1, (1000, SENTENCES))
    values = benchmark.pedantic(bleu_resampled, (statistics, weights), rounds=2, warmup_rounds=1)
    assert 0 < values.min() < values.max() < 1
    if benchmark.stats is not None:
        benchmark.extra_info["resamples_per_second"] = round(1000 / benchmark.stats.stats.min, 1)
