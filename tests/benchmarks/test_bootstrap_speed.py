"""How fast 1,000 resamples are beside a loop over them, both in one run: read ``extra_info``. No speed fails.

The loop does what one writes first: draw rows, take them, score them. Ours is timed with nothing kept (``first``)
and with the draws that an earlier metric over the same samples left behind (``next``), always on one thread.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, ClassVar

import numpy as np
import pytest
from measured import FREE, Declared

from cfbench.metrics import Evidence, MeanMetric, Metric
from cfbench.randomness import generator
from cfbench.statistics import _draws, intervals
from cfbench.threads import limited_threads

SAMPLES, RESAMPLES = 10_000, 1_000
LOOPED = 100  # of the resamples; the loop's time is scaled


class FiveMeans(Declared, MeanMetric):
    numbers: ClassVar[dict[str, Any]] = dict.fromkeys("abcde", FREE)


class FiveByScore(Declared):
    """The same numbers of a metric that has nothing but ``score``."""

    numbers: ClassVar[dict[str, Any]] = dict.fromkeys("abcde", FREE)

    def score(self, rows: Evidence) -> dict[str, float | None]:
        return {name: rows.mean(name) for name in self.numbers}


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


@pytest.mark.parametrize("kind", ["real", "binary", "nulls", "score"])
def test_intervals_beside_a_loop(benchmark: Any, kind: str) -> None:
    metric = FiveByScore() if kind == "score" else FiveMeans()
    rows = rows_of(0.3 if kind == "nulls" else 0.0, binary=kind == "binary")
    with limited_threads(1):
        found = benchmark.pedantic(first, (metric, rows), rounds=1 if kind == "score" else 7, warmup_rounds=1)
        timed = {}
        for name, work in {
            "next": lambda: intervals(metric, rows, seed=0, resamples=RESAMPLES),
            "loop": lambda: loop(metric, rows, LOOPED),
        }.items():
            seconds = []
            for _ in range(1 if kind == "score" else 5):
                started = perf_counter()
                work()
                seconds.append(perf_counter() - started)
            timed[name] = min(seconds)
        wanted = loop(metric, rows, LOOPED)
    for name, interval in wanted.items():
        width = interval[1] - interval[0]
        assert found[name] == pytest.approx(interval, abs=0.35 * width)
    if benchmark.stats is not None:
        looped = timed["loop"] * RESAMPLES / LOOPED
        benchmark.extra_info["loop_milliseconds"] = round(looped * 1e3, 1)
        benchmark.extra_info["times_as_fast_as_a_loop_first"] = round(looped / benchmark.stats.stats.min, 1)
        benchmark.extra_info["times_as_fast_as_a_loop_next"] = round(looped / timed["next"], 1)
