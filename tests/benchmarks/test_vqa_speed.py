"""How fast VQA accuracy is beside a loop over answers, both in one run: read ``extra_info``. No speed fails."""

from time import perf_counter

import numpy as np
import vqa_loop

from cfbench.metrics.functional.vqa import vqa_accuracy

ANSWERS = 100_000
SAMPLED = 5_000  # the loop takes half a minute for all of them, so it runs on these and is scaled


def questions():
    """Ten annotators who mostly agree, frequent answers frequent; a third of the vocabulary needs normalising."""
    random = np.random.default_rng(0)
    forms = ("answer {}", "The answer {}.", "dont/{}, two")
    words = np.array([forms[rank % 3].format(rank) for rank in range(20_000)], dtype=object)
    own = np.minimum(random.zipf(1.2, ANSWERS), 20_000) - 1
    other = np.minimum(random.zipf(1.2, (ANSWERS, 10)), 20_000) - 1
    given = np.where(random.random((ANSWERS, 10)) < 0.7, own[:, None], other)
    return words[own].tolist(), words[given].tolist()


def test_vqa_accuracy_beside_a_loop(benchmark):
    predictions, answers = questions()
    values = benchmark.pedantic(vqa_accuracy, (predictions, answers), rounds=3, warmup_rounds=1)
    started = perf_counter()
    wanted = [vqa_loop.accuracy(*pair) for pair in zip(predictions[:SAMPLED], answers[:SAMPLED], strict=True)]
    loop_seconds = (perf_counter() - started) * ANSWERS / SAMPLED
    np.testing.assert_allclose(values[:SAMPLED], wanted, atol=1e-12)
    if benchmark.stats is not None:
        benchmark.extra_info["times_as_fast_as_a_loop"] = round(loop_seconds / benchmark.stats.stats.min, 1)
