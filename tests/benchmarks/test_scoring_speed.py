"""How fast evidence and intervals are made: read ``extra_info`` in the report. No speed fails."""

import numpy as np

from cfbench.metrics import Evidence, Scored
from cfbench.metrics.pixel import Pixel
from cfbench.statistics import intervals
from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget

PAIRS = 60
SAMPLES = 2_000


def test_pixel_evidence(benchmark):
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (2, PAIRS, 128, 128, 3), dtype=np.uint8)
    inputs = EditInputs("a", pictures[0, 0], ("edit",) * PAIRS)
    target = EditTarget(tuple(pictures[0]), ((),) * PAIRS)
    scored = [Scored("a", inputs, target, EditPrediction(tuple(pictures[1])))]
    rows = benchmark.pedantic(Pixel().evidence, (scored,), rounds=2, warmup_rounds=1)
    assert len(rows) == PAIRS
    if benchmark.stats is not None:
        benchmark.extra_info["pairs_per_second"] = round(PAIRS / benchmark.stats.stats.min, 1)


def test_intervals(benchmark):
    random = np.random.default_rng(0)
    names = np.array([f"sample_{i // 4:05d}" for i in range(4 * SAMPLES)], dtype=object)
    columns = {"sample": names} | {name: random.random(4 * SAMPLES) for name in Pixel.numbers}
    rows = Evidence.of(columns)
    bounds = benchmark.pedantic(
        lambda: intervals(Pixel(), rows, seed=0, resamples=1000), rounds=2, warmup_rounds=1
    )
    assert all(low < 0.5 < high for low, high in bounds.values())
    if benchmark.stats is not None:
        benchmark.extra_info["resamples_per_second"] = round(1000 / benchmark.stats.stats.min, 1)
