"""Which objects are seen: parity of the aggregates, hand-checked images, rows that merge, bad detectors."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from told import GREY, Told, metric_of, rows_of, sample, shuffled

import cfbench
from cfbench.detectors import Detection
from cfbench.errors import DataError, UsageError
from cfbench.execution.remembering import Remembering
from cfbench.metrics import Evidence
from cfbench.metrics.objects import Objects
from cfbench.metrics.relsim import RelSim
from cfbench.tasks.edit import Placement

NUMBERS = ("precision", "recall", "f1_samples", "f1_harmonic", "jaccard", "cosine")


def told(*probabilities):
    """A detector of images 0, 1, ... with these probabilities."""
    return Told({i: (each, np.zeros((len(each), 2))) for i, each in enumerate(probabilities)})


def score(metric, samples):
    rows = rows_of(metric, samples)
    values = metric.score(rows)
    assert set(values) == set(metric.numbers)
    return values


@pytest.mark.parametrize("dataset", ["iclevr", "codraw"])
def test_published(real_data, dataset):
    path = real_data.parent / "vectors/relsim/cases.json"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    recorded = json.loads(path.read_text())["datasets"][dataset]
    detector, samples = told_cases(recorded["cases"])
    expected = recorded["aggregates"]["first_100"]
    found = score(metric_of(Objects, detector), samples) | score(metric_of(RelSim, detector), samples)
    for name in ("precision", "recall", "f1_samples", "jaccard", "relsim"):
        assert found[name] == pytest.approx(expected[name], abs=1e-12), name
    assert found["f1_harmonic"] == pytest.approx(expected["f1_harmonic_of_means"], abs=1e-12)
    assert found["cosine"] == pytest.approx(expected["cosine"], abs=1e-6)  # published in float32


def told_cases(cases):
    table = {}
    for index, case in enumerate(cases):
        table[2 * index] = (case["det_probs"], case["det_coords"])
        table[2 * index + 1] = (case["gt_probs"], case["gt_coords"])
    samples = [sample(f"test_{i:05d}", 2 * i, 2 * i + 1, turns=1 + i % 3) for i in range(len(cases))]
    return Told(table), samples


def test_two_images_by_hand():
    """The first finds one of two and one too many; the second, of a truth of three, nothing. One half is not seen."""
    detector = told([0.9, 0.6, 0.5], [1, 0.2, 0.8], [0.1, 0.1, 0.1], [0.9, 0.9, 0.9])
    found = score(metric_of(Objects, detector), [sample("a", 0, 1), sample("b", 2, 3, turns=4)])
    assert found == {
        "precision": pytest.approx(0.25),
        "recall": pytest.approx(0.25),
        "f1_samples": pytest.approx(0.25),
        "f1_harmonic": pytest.approx(0.25),
        "jaccard": pytest.approx((1 / 3) / 2),
        "cosine": pytest.approx((1.42 / np.sqrt(1.42 * 1.68) + 1) / 2),
    }


def test_labels_are_those_of_the_data_set():
    detector = told([1, 1, 0], [0, 0, 1])
    samples = [sample("a", 0, 1, objects=(Placement(0, 0.5, 0.5, 0.0),))]
    assert score(metric_of(Objects, detector, "labels"), samples) == {
        "precision": 0.5,
        "recall": 1.0,
        "f1_samples": pytest.approx(2 / 3),
        "f1_harmonic": pytest.approx(2 / 3),
        "jaccard": 0.5,
        "cosine": None,
    }
    assert detector.calls == [1]  # the true image was not looked at
    assert score(metric_of(Objects, detector), samples)["recall"] == 0


def test_empty_images():
    """As published: two empty images share nothing and are alike."""
    found = score(metric_of(Objects, told([0, 0])), [sample("a", 0, 0)])
    assert found == dict.fromkeys(NUMBERS, 0.0) | {"jaccard": 1.0, "cosine": None}


def test_nothing_to_score():
    metric = metric_of(Objects, told([1]))
    assert metric.evidence([]) == []
    assert metric.score(rows_of(metric, [])) == dict.fromkeys(NUMBERS)
    rows = rows_of(metric, [sample("a", 0, 0)])
    assert metric.score(Evidence(rows.columns, np.zeros(1))) == dict.fromkeys(NUMBERS)


def random_samples(count, classes=7, seed=0):
    random = np.random.default_rng(seed)
    table = {
        i: (random.random(classes) ** 2, random.random((classes, 3)).astype(np.float32))
        for i in [*range(2 * count), GREY]
    }
    return Told(table), [sample(f"test_{i:05d}", 2 * i, 2 * i + 1, turns=1 + i % 4) for i in range(count)]


@pytest.mark.parametrize("cls", [Objects, RelSim])
@pytest.mark.parametrize("protocol", ["geneva", "labels", "geneva-legacy"])
def test_neither_batches_nor_order_matter(cls, protocol):
    detector, samples = random_samples(70)
    metric = metric_of(cls, detector, protocol)
    whole = rows_of(metric, samples)
    expected = metric.score(whole)
    assert any(value is not None for value in expected.values())
    for batch in (1, 7, 69):
        assert metric.score(rows_of(metric, samples, batch)) == expected
    for seed in range(3):
        assert metric.score(shuffled(whole, seed)) == pytest.approx(expected, abs=1e-15)
    assert metric.remarks(shuffled(whole)) == metric.remarks(whole)


@pytest.mark.parametrize("cls", [Objects, RelSim])
def test_a_weight_counts_as_often(cls):
    detector, samples = random_samples(20)
    metric = metric_of(cls, detector)
    rows = rows_of(metric, samples)
    times = np.random.default_rng(1).integers(0, 4, 20)
    repeated = Evidence.of({name: np.repeat(values, times) for name, values in rows.columns.items()})
    weighted = metric.score(Evidence(rows.columns, times.astype(float)))
    assert weighted == pytest.approx(metric.score(repeated), abs=1e-14)


@pytest.mark.parametrize("cls", [Objects, RelSim])
@given(seed=st.integers(0, 1000), count=st.integers(1, 12))
def test_all_resamples_at_once(cls, seed, count):
    detector, samples = random_samples(count, classes=3, seed=seed)
    metric = metric_of(cls, detector)
    rows = rows_of(metric, samples)
    weights = np.random.default_rng(seed).integers(0, 3, (8, count)).astype(float)
    at_once = metric.resampled(rows, weights)
    one_by_one = [metric.score(Evidence(rows.columns, line)) for line in weights]
    for name in metric.numbers:
        expected = np.array([each[name] for each in one_by_one], dtype=float)
        np.testing.assert_allclose(at_once[name], expected, atol=1e-14, err_msg=name)
    for each in one_by_one:
        if cls is Objects and each["f1_samples"] is not None:
            assert each["f1_samples"] <= each["f1_harmonic"] + 1e-12


def test_an_object_that_the_detector_does_not_know():
    metric = metric_of(Objects, told([1, 0]), "labels")
    with pytest.raises(DataError, match=r"an object of a: its class is 2, and the detector has 2 classes"):
        metric.evidence([sample("a", 0, 0, objects=(Placement(2, 0.5, 0.5, 0.0),))])


class Faulty(Told):
    def __init__(self, *detections):
        super().__init__({})
        self.detections = [Detection(np.array(p), np.array(places)) for p, places in detections]

    def detect(self, images):
        return self.detections


@pytest.mark.parametrize(
    ("detections", "said"),
    [
        ([], "0 detections of 1 images"),
        ([([0.5, 1.5], [[0.0, 0.0]] * 2)], "outside 0 to 1"),
        ([([0.5, np.nan], [[0.0, 0.0]] * 2)], "outside 0 to 1"),
        ([([0.5, 1.0], [[0.0, 0.0], [np.inf, 0.0]])], "not finite"),
        ([([0.5, 1.0], [[0.0, 0.0]])], "shape"),
        ([([0.5, 1.0], [0.0, 0.0])], "shape"),
    ],
)
def test_a_detector_that_answers_nonsense(detections, said):
    for cls in (Objects, RelSim):
        with pytest.raises(UsageError, match=said):
            metric_of(cls, Faulty(*detections)).evidence([sample("a", 0, 0)])


def test_both_metrics_cost_one_look():
    detector, samples = random_samples(5)
    remembering = Remembering(detector, {}, None)
    for cls in (Objects, RelSim):
        for protocol in ("geneva", "labels", "geneva-legacy"):
            metric_of(cls, remembering, protocol).evidence(samples)
    assert detector.calls == [5, 5, 1]  # the images, the true ones, a grey one


def test_through_a_run():
    result = cfbench.run("oracle", "mock", metric=("objects", "relsim"), resamples=50)
    for name in NUMBERS:
        score = result.score(f"objects/{name}/all")
        assert (score.value, score.ci_low, score.ci_high) == pytest.approx((1, 1, 1), abs=1e-15)
        assert score.n == 8
    assert score.signature.startswith("objects|proto:geneva|det:mock@1:")
    assert result.score("relsim/relsim/all").value == 1.0
    empty = cfbench.run("empty-canvas", "mock", metric=("objects:labels", "relsim"), resamples=0)
    assert [empty.score(f"objects/{name}/all").value for name in NUMBERS] == [0.0] * 5 + [None]
    assert empty.score("relsim/relsim/all").value == 0.0
    nothing = empty.score("relsim/edge_accuracy/all")
    assert (nothing.value, nothing.n) == (None, 0)
