"""Metrics look through detectors, and a blind one stops the run."""

from __future__ import annotations

import numpy as np
import pytest

import cfbench
from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.detectors import Detection, Detector, checked, label_f1
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.mock import MockDataset, MockDetector
from cfbench.tasks.edit import Placement


@pytest.fixture
def split(tmp_path):
    return MockDataset(DataContext(tmp_path, ContentCache(tmp_path))).split("test")


def test_the_metric_names_what_it_looked_through() -> None:
    result = cfbench.run("oracle", "mock", metric=("mock-seen",))
    score = result.score("mock-seen/f1/all")
    (detector,) = result.detectors
    assert score.value == 1.0
    assert (detector.name, detector.kind, detector.self_check, detector.floor) == (
        "mock",
        "objects",
        1.0,
        1.0,
    )
    assert score.signature == f"mock-seen|proto:default|det:mock@1:{detector.digest[:8]}|n:8|v:1"
    empty = cfbench.run("empty-canvas", "mock", metric=("mock-seen",))
    assert empty.score("mock-seen/f1/all").value == 0.0


def test_a_blind_detector_stops_the_run(split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MockDetector, "_look", lambda self, image: Detection(np.zeros(3), np.zeros((3, 2))))
    assert MockDetector().self_check(split) == 0.0
    with pytest.raises(
        EnvironmentLackError, match=r"scores 0\.000 on the true ones, below its floor of 1\.000"
    ):
        cfbench.run("oracle", "mock", metric=("mock-seen",))


def test_not_a_number_is_below_every_floor(split) -> None:
    class Broken(MockDetector):
        floor = 0.0

        def self_check(self, split):
            return float("nan")

    with pytest.raises(EnvironmentLackError):
        checked({"broken": Broken()}, split)


def test_one_half_is_not_seen() -> None:
    found = Detection(np.array([0.5, np.nextafter(0.5, 1), 0.49]), np.zeros((3, 2)))
    assert found.labels() == {1}


@pytest.mark.parametrize(
    ("found", "true", "score"),
    [(set(), [], 1.0), ({0}, [], 0.0), (set(), [0], 0.0), ({0, 1}, [0], 2 / 3), ({0, 1}, [1, 0], 1.0)],
)
def test_label_f1(found: set[int], true: list[int], score: float) -> None:
    assert label_f1(found, [Placement(label, 0, 0, 0) for label in true]) == pytest.approx(score)


def test_wrong_choices_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for options, words in [
        ({"detector": {"objects": "mokc"}}, "did you mean mock"),
        ({"detector": {"objects": "cfbench.mock:MockModel"}}, "is not a detector"),
        ({"detector": {"objects": "test_detectors_missing:X"}}, "cannot be loaded"),
    ]:
        with pytest.raises(UsageError, match=words):
            cfbench.run("oracle", "mock", metric=("mock-seen",), **options)
    monkeypatch.setattr(MockDataset, "detectors", {})
    with pytest.raises(UsageError, match="--detector objects=NAME"):
        cfbench.run("oracle", "mock", metric=("mock-seen",), limit=1)


def test_a_detector_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader(Detector):
        kind, version, summary, floor = "answers", "1", "reads", 0.5

        def detect(self, images):
            return []

        def self_check(self, split):
            return 1.0

    monkeypatch.setattr("cfbench.mock.Reader", Reader, raising=False)
    with pytest.raises(UsageError, match="does not find objects: it finds answers"):
        cfbench.run("oracle", "mock", metric=("mock-seen",), detector={"objects": "cfbench.mock:Reader"})
