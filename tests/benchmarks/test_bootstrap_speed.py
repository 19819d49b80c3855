"""How fast 1,000 resamples are beside a loop over them, both in one run. No speed fails.

The loop does what one writes first: draw rows, take them, score them. Ours is timed with nothing kept and, as "the
same draws again", with those that an earlier metric over the same samples left behind, always on one thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from beside import beside
from measured import FREE, Declared
from mock_samples import evidence_of, metric_of, samples

from cfbench.metrics import Evidence, MeanMetric, Metric
from cfbench.metrics.functional import bleu, macro_f1, mean_average_precision, object_scores
from cfbench.randomness import generator
from cfbench.statistics import _draws, intervals
from cfbench.threads import limited_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

SAMPLES, RESAMPLES = 10_000, 1_000
LOOPED, SCORED_ANEW = 100, 5  # of the resamples; the loops' times are scaled


class FiveMeans(Declared, MeanMetric):
    numbers: ClassVar[dict[str, Any]] = dict.fromkeys("abcde", FREE)


def rows_of(nulls: float, binary: bool) -> Evidence:
    random = generator(0, "speed")
    ids = np.array([f"sample-{index:05d}" for index in range(SAMPLES)], dtype=object)
    values = {name: random.random(SAMPLES) for name in "abcde"}
    if binary:
        values = {name: np.round(column) for name, column in values.items()}
    nothing = {
        name: np.where(random.random(SAMPLES) < nulls, np.nan, column) for name, column in values.items()
    }
    return Evidence.of({"sample": ids, **nothing})


def loop(metric: Metric, rows: Evidence, resamples: int) -> dict[str, tuple[float, float]]:
    random = generator(0, "loop")
    values = np.empty((resamples, len(metric.numbers)))
    for index in range(resamples):
        drawn = random.integers(0, len(rows), len(rows))
        score = metric.score(rows.where(drawn))
        values[index] = [score[name] for name in metric.numbers]
    low, high = np.quantile(values, [0.025, 0.975], axis=0)
    return dict(zip(metric.numbers, zip(low.tolist(), high.tolist(), strict=True), strict=True))


def first(metric: Metric, rows: Evidence) -> dict[str, tuple[float, float] | None]:
    _draws._kept.clear()
    return intervals(metric, rows, seed=0, resamples=RESAMPLES)


def beside_a_loop(
    benchmark: Any, what: str, metric: Metric, rows: Evidence, function: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """``function`` scores samples anew, by their positions: what a loop does that has kept no evidence."""
    others = {
        "a loop over rows of evidence": lambda: loop(metric, rows, LOOPED),
        "the same draws again": lambda: intervals(metric, rows, seed=0, resamples=RESAMPLES),
    }
    parts = {"a loop over rows of evidence": LOOPED / RESAMPLES}
    if function is not None:
        others["a loop over samples"] = lambda: [function(draw(index)) for index in range(SCORED_ANEW)]
        parts["a loop over samples"] = SCORED_ANEW / RESAMPLES
    with limited_threads(1):
        return beside(
            benchmark,
            f"1,000 resamples of {what}, n = 10,000",
            lambda: first(metric, rows),
            others,
            targets=dict.fromkeys(parts, 50),
            parts=parts,
        )


def draw(index: int) -> npt.NDArray[np.int64]:
    return generator(0, "loop", index).integers(0, SAMPLES, SAMPLES)


def functions() -> dict[str, Callable[[Any], Any]]:
    """By metric, its function on 10,000 random samples of a usual size."""
    random = generator(0, "samples")
    labels = random.random((2, SAMPLES, 58)) < 0.1
    scores, positive = random.random((SAMPLES, 20)), random.random((SAMPLES, 20)) < 0.1
    classes = random.integers(0, 3, size=(2, SAMPLES))
    texts = [[f"word{word}" for word in random.integers(0, 50, 8)] for _ in range(SAMPLES)]
    return {
        "objects": lambda at: object_scores(labels[0, at], labels[1, at]),
        "bleu": lambda at: bleu([texts[i] for i in at], [[texts[i]] for i in at]),
        "average-precision": lambda at: mean_average_precision(scores[at], positive[at]),
        "accuracy": lambda at: macro_f1(classes[0, at], classes[1, at]),
    }


@pytest.mark.parametrize("kind", ["real values", "binary values", "30 % nulls"])
def test_means_beside_a_loop(benchmark: Any, kind: str) -> None:
    rows = rows_of(0.3 if kind == "30 % nulls" else 0.0, binary=kind == "binary values")
    answers = beside_a_loop(benchmark, f"five means, {kind}", FiveMeans(), rows)
    for name, interval in answers["a loop over rows of evidence"].items():
        width = interval[1] - interval[0]
        assert answers["cfbench"][name] == pytest.approx(interval, abs=0.35 * width)


RESAMPLED = [
    ("objects", "geneva", "edit"),
    ("bleu", "nltk", "explain"),
    ("perplexity", "all-tokens", "explain"),
    ("flips", "official", "visual-cf"),
    ("average-precision", "all-point", "image-labels"),
    ("accuracy", "default", "text-label"),
    ("clip-directional", "normalised", "pair-cf"),
]


@pytest.mark.parametrize("case", RESAMPLED, ids=lambda case: case[0])
def test_metrics_beside_a_loop(benchmark: Any, case: tuple[str, str, str]) -> None:
    """The evidence of the mock samples, many times over under other names."""
    name, protocol, task = case
    metric = metric_of(name, protocol, task)
    few = evidence_of(metric, samples(task))
    times = -(-SAMPLES // len(few))
    columns = {key: np.concatenate([column] * times)[:SAMPLES] for key, column in few.columns.items()}
    columns |= {
        key: np.array([f"{key}-{i}" for i in range(SAMPLES)], object) for key in {"sample", metric.unit}
    }
    answers = beside_a_loop(benchmark, name, metric, Evidence.of(columns), functions().get(name))
    assert set(answers["cfbench"]) == set(metric.numbers)
