"""How fast VQA accuracy is beside a loop over answers."""

import numpy as np
import vqa_loop
from beside import beside

from cfbench.metrics.functional.vqa import vqa_accuracy

ANSWERS = 100_000
TRIED = 2_000  # where nothing is timed: the loop takes half a minute for all of them


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
    if benchmark.disabled:
        predictions, answers = predictions[:TRIED], answers[:TRIED]
    pairs = list(zip(predictions, answers, strict=True))
    found = beside(
        benchmark,
        "VQA accuracy of 100,000 answers",
        lambda: vqa_accuracy(predictions, answers),
        {"a loop as published": lambda: [vqa_loop.accuracy(*pair) for pair in pairs]},
        targets={"a loop as published": 20},
        rounds=1,
    )
    np.testing.assert_allclose(found["cfbench"], found["a loop as published"], atol=1e-12)
