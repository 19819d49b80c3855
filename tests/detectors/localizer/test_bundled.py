"""The weights in the package see what they were trained to see."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("torch")

from cfbench.detectors import CHECKED_SAMPLES, ObjectDetector, checked
from cfbench.models import ModelContext
from cfbench_detectors.localizer import (
    BlocksInception,
    BlocksInceptionLayers,
    CoDrawMiniInception,
    IClevrMiniInception,
    ParkInception,
    ParkInceptionLayers,
)
from cfbench_detectors.localizer.losses import sight
from cfbench_detectors.pictures import objects_of


@pytest.mark.parametrize(
    "cls",
    [
        IClevrMiniInception,
        BlocksInception,
        BlocksInceptionLayers,
        CoDrawMiniInception,
        ParkInception,
        ParkInceptionLayers,
    ],
)
def test_bundled_weights_pass_their_self_check(cls, blocks, park):
    dataset = blocks if cls.trained_on == "iclevr-mini" else park
    detector = cls()
    detector.setup(ModelContext("edit", f"{dataset.name}@{dataset.version}", 0, "cpu", 1))
    scores = checked({cls.weights: detector}, dataset.split("val", CHECKED_SAMPLES))
    assert scores[cls.weights] >= cls.floor
    path = cls.find()
    assert path.stat().st_size <= 6e6
    card = json.loads(path.with_suffix(".json").read_text())
    assert card["trained_on"] == {name: dataset.fingerprints[name] for name in ("train", "val")}
    assert card["rendering"] == dataset.split("val", 1).rendering
    assert card["network"]["classes"] == list(dataset.painter().classes)
    assert card["licence"] == "Apache-2.0"
    if issubclass(cls, ObjectDetector):
        assert card["scores"]["test"]["f1_samples_final"] >= cls.floor


def test_the_bundled_detector_of_clip_art_sees_fifty_dialogues_that_it_never_saw(park):
    detector = CoDrawMiniInception()
    detector.setup(ModelContext("edit", "codraw-mini@1", 0, "cpu", 1))
    split = park.split("test", 50)
    present, true, final = objects_of(split, 3)
    frames = [frame for index in range(len(split)) for frame in split.frames(index)]
    seen = detector.detect(frames)
    found = np.array([one.probabilities > 0.5 for one in seen])
    places = np.array([one.places for one in seen], np.float32)
    scores = sight(found, places, present, true, final)
    assert scores.f1 >= detector.floor
    assert scores.position_error < 0.05
    assert scores.depth_error is not None
    assert scores.depth_error < 0.1
