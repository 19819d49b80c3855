"""What holds for every metric of cfbench, under each of its protocols and for each kind of work."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mock_samples import cases, evidence_of, metric_of, own_metrics, rows_of, samples

from cfbench.metrics import Evidence, Metric, Number
from cfbench.plugins import load_plugin
from cfbench.randomness import generator
from cfbench.tasks import TASKS
from cfbench.tasks.pair_cf import PairPrediction
from cfbench.tasks.visual_cf import VisualPrediction

CASES = cases()
IDS = ["-".join(case) for case in CASES]
RESAMPLED = [case for case in CASES if metric_of(*case).with_intervals]
PERFECT: dict[str, dict[str, float]] = {
    "pixel": {"l1": 0.0, "l2": 0.0, "psnr": 100.0, "ssim": 1.0},
    "objects": {"precision": 1.0, "recall": 1.0, "f1_samples": 1.0, "f1_harmonic": 1.0, "jaccard": 1.0},
    "relsim": {"relsim": 1.0, "edge_accuracy": 1.0},
    "bleu": {"bleu": 1.0},
    "perplexity": {"perplexity": 1.0, "cross_entropy": 0.0},
    "vqa-accuracy": {"accuracy": 1.0},
    "average-precision": {"map": 1.0},
    "accuracy": {"accuracy": 1.0, "macro_f1": 1.0},
    "pairs": {"pair_order": 1.0, "consistency": 1.0, "kept_drop": 0.0, "margin": 1.0},
    "minimality": {"l1": 0.0, "l2": 0.0},
    "perceptual": {"distance": 0.0},
    "lpips": {"lpips": 0.0},
    "clip-image": {"clip_image": 1.0},
    "clip-score": {},
    "clip-directional": {"undefined": 1.0},
    "fid": {"fid": 0.0, "mean_term": 0.0},
    "kid": {},  # the unbiased estimate of a set with itself is below 0
    "inception-score": {},
    "cld": {},
    "flips": {"flip_rate": 0.0, "drop": 0.0, "pos_to_neg": 0.0, "neg_to_pos": 0.0},
}
NOT_PERFECT = {
    ("objects", "geneva-legacy"): "pairs samples wrongly, on purpose",
    ("relsim", "geneva-legacy"): "pairs samples wrongly, on purpose",
    ("relsim", "labels"): "the mock detector sees two squares of one colour as one, between them",
}


def values_of(metric: Metric, scored: Any) -> dict[str, float | None]:
    return metric.score(evidence_of(metric, scored))


def unchanged(task: str) -> Any:
    """The truth against itself: the oracle's answers or, where images are compared, two equal ones."""
    scored = samples(task, "oracle")
    if task == "visual-cf":
        return [replace(one, prediction=VisualPrediction(one.inputs.image)) for one in scored]
    if task == "pair-cf":
        return [
            replace(
                one,
                prediction=PairPrediction(
                    one.inputs.caption, one.prediction.original, one.prediction.original
                ),
            )
            for one in scored
        ]
    return scored


@pytest.mark.parametrize("name", own_metrics())
def test_a_declaration_is_whole(name: str) -> None:
    cls = load_plugin("metrics", name)
    assert cls.name == name
    assert re.fullmatch(r"[a-z][a-z0-9-]*", name)
    assert isinstance(cls.version, int)
    assert cls.version >= 1
    assert set(cls.tasks) <= set(TASKS)
    assert set(cls.judges_unasked()) <= set(cls.tasks)
    assert cls.default_protocol in cls.protocols
    assert cls.details < set(cls.numbers)
    assert cls.summary
    assert not cls.summary.endswith(".")
    assert len(cls.reference) > 5
    assert all(cls.protocols.values())
    for number, declared in cls.numbers.items():
        assert re.fullmatch(r"[a-z][a-z0-9_.]*", number)
        assert isinstance(declared, Number)
        low, high = declared.range
        assert low is None or high is None or low < high


@pytest.mark.parametrize(("name", "protocol", "task"), CASES, ids=IDS)
def test_the_truth_against_itself_is_perfect(name: str, protocol: str, task: str) -> None:
    values = values_of(metric_of(name, protocol, task), unchanged(task))
    if (name, protocol) in NOT_PERFECT:
        assert any(values[number] != wanted for number, wanted in PERFECT[name].items())
        return
    for number, wanted in PERFECT[name].items():
        value = values[number]
        assert value is None or value == pytest.approx(wanted, abs=1e-6), number
    assert not PERFECT[name] or any(values[number] is not None for number in PERFECT[name])


@pytest.mark.parametrize(("name", "protocol", "task"), CASES, ids=IDS)
def test_numbers_are_those_declared_and_in_their_range(name: str, protocol: str, task: str) -> None:
    metric = metric_of(name, protocol, task)
    for by in ("both", "idle", "oracle"):
        values = values_of(metric, samples(task, by))
        assert set(values) == set(metric.numbers)
        for number, value in values.items():
            low, high = metric.numbers[number].range
            assert value is None or math.isfinite(value)
            assert value is None or low is None or value >= low - 1e-9, number
            assert value is None or high is None or value <= high + 1e-9, number


@pytest.mark.parametrize(("name", "protocol", "task"), CASES, ids=IDS)
def test_order_and_batches_and_shards_change_nothing(name: str, protocol: str, task: str) -> None:
    metric, scored = metric_of(name, protocol, task), samples(task)
    whole = rows_of(metric, scored)
    shuffled = [scored[index] for index in generator(0, name).permutation(len(scored))]
    assert rows_of(metric, shuffled) == whole
    for batch in (1, 3):
        assert rows_of(metric, scored, batch) == whole


@pytest.mark.parametrize(("name", "protocol", "task"), RESAMPLED, ids=["-".join(case) for case in RESAMPLED])
def test_a_weight_is_a_repetition(name: str, protocol: str, task: str) -> None:
    metric = metric_of(name, protocol, task)
    rows = evidence_of(metric, samples(task))
    weights = generator(1, name).integers(0, 3, size=(6, len(rows))).astype(np.float64)
    weights[0] = 1.0
    fast = metric.resampled(rows, weights)
    slow = Metric.resampled(metric, rows, weights)
    assert set(fast) == set(slow) == set(metric.numbers)
    for number in metric.numbers:
        np.testing.assert_allclose(fast[number], slow[number], rtol=1e-9, atol=1e-12, err_msg=number)
    if name == "cld":
        return  # ranks within a population, which resampling leaves as it is
    for line in weights[1:3]:
        taken = np.repeat(np.arange(len(rows)), line.astype(int))
        repeated = Evidence.of({key: column[taken] for key, column in rows.columns.items()})
        for number, value in metric.score(repeated).items():
            weighted = metric.score(Evidence(rows.columns, line))[number]
            assert (value is None) == (weighted is None), number
            assert value is None or value == pytest.approx(weighted, rel=1e-9, abs=1e-12), number


@pytest.mark.parametrize(("name", "protocol", "task"), CASES, ids=IDS)
def test_one_sample_has_an_answer_or_none(name: str, protocol: str, task: str) -> None:
    metric = metric_of(name, protocol, task)
    for one in samples(task)[:4]:
        for value in values_of(metric, [one]).values():
            assert value is None or math.isfinite(value)
        for remark in metric.remarks(evidence_of(metric, [one])):
            assert remark


@pytest.mark.parametrize(("name", "protocol", "task"), CASES, ids=IDS)
def test_the_signature_says_what_was_looked_through(name: str, protocol: str, task: str) -> None:
    metric = metric_of(name, protocol, task)
    signature = metric.signature(7)
    assert signature.startswith(f"{name}|proto:{protocol}")
    assert signature.endswith(f"|n:7|v:{metric.version}")
    assert signature.count("mock") == len(metric.needs)
