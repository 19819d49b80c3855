"""The mean over runs of several seeds."""

from __future__ import annotations

import numpy as np
import pytest

from cfbench.execution.evidence import as_evidence
from cfbench.metrics.accuracy import Accuracy
from cfbench.metrics.base import Evidence
from cfbench.metrics.pairs import Pairs
from cfbench.metrics.pixel import Pixel
from cfbench.randomness import generator
from cfbench.statistics import across_seeds, intervals, paired_bootstrap, paired_permutation


def run_of(seed, fall, pairs=30):
    random = generator(seed, "run")
    rows = []
    for pair in range(pairs):
        before = float(random.normal())
        for role, score in (("original", before), ("edited", before - fall + float(random.normal()))):
            rows.append(
                {
                    "sample": f"{pair}-{role}",
                    "pair": str(pair),
                    "role": role,
                    "changed": 0.0 if role == "edited" else None,
                    "right": None,
                    "scores": np.array([score, 0.0]),
                    "labels": np.array([role == "original", 0.0], np.float32),
                    "alignment": None,
                    "slices": [],
                }
            )
    return as_evidence(rows)


def test_the_mean_of_the_scores_of_each():
    runs = [run_of(seed, 0.5) for seed in range(3)]
    metric, rows = across_seeds(Pairs(), runs)
    alone = [Pairs().score(run) for run in runs]
    together = metric.score(rows)
    for name in ("pair_order", "margin"):
        assert together[name] == pytest.approx(np.mean([one[name] for one in alone]))
    assert together["placebo_drop"] is None


def test_a_number_that_one_seed_lacks_is_undefined():
    first, second = run_of(0, 0.5), run_of(1, 0.5)
    none = Evidence({**second.columns, "changed": np.full(len(second), np.nan)}, second.weight)
    metric, rows = across_seeds(Pairs(), [first, none])
    assert metric.score(rows)["margin"] is None


def test_a_draw_of_samples_is_the_same_in_every_run():
    one = run_of(0, 0.5)
    alone = intervals(Pairs(), one, seed=0, resamples=200, names=["margin"])["margin"]
    metric, rows = across_seeds(Pairs(), [one, one, one])
    together = intervals(metric, rows, seed=0, resamples=200, names=["margin"])["margin"]
    assert together == pytest.approx(alone)


def test_two_models_are_compared_seed_by_seed():
    first = across_seeds(Pairs(), [run_of(seed, 0.0) for seed in range(3)])
    second = across_seeds(Pairs(), [run_of(seed, 2.0) for seed in range(3)])
    rows = first[1], second[1]
    said = paired_bootstrap(first[0], *rows, seed=0, resamples=200, names=["margin"])["margin"]
    tested = paired_permutation(first[0], *rows, seed=0, permutations=500, names=["margin"])["margin"]
    assert said.difference == tested.difference == pytest.approx(2.0, abs=0.6)
    assert said.interval[0] > 0
    assert tested.p_value < 0.01
    same = paired_permutation(first[0], rows[0], rows[0], seed=0, permutations=500, names=["margin"])[
        "margin"
    ]
    assert same.p_value == 1


def test_a_swap_of_two_models_keeps_an_edit_beside_its_own_original():
    """Swapping every pair turns the difference around."""
    first, second = run_of(0, 0.0, pairs=1), run_of(1, 2.0, pairs=1)
    tested = paired_permutation(Pairs(), first, second, seed=0, names=["margin"])["margin"]
    assert tested.exact
    assert tested.p_value == 1


@pytest.mark.parametrize("kind", [Accuracy, Pixel])
def test_it_is_declared_as_the_metric_is(kind):
    metric, _ = across_seeds(kind(), [run_of(0, 0.0)])
    assert (metric.name, metric.numbers, metric.unit) == (kind.name, kind.numbers, kind.unit)
