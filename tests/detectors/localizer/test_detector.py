"""The detectors, through a network with random weights."""

from __future__ import annotations

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cfbench.detectors import checked  # noqa: E402
from cfbench.errors import DataError, EnvironmentLackError, UsageError  # noqa: E402
from cfbench.models import ModelContext  # noqa: E402
from cfbench_detectors.localizer import (  # noqa: E402
    BlocksInception,
    BlocksInceptionLayers,
    CoDrawInception,
    CoDrawMiniInception,
    IClevrMiniInception,
)
from cfbench_detectors.localizer import detector as module  # noqa: E402
from cfbench_detectors.localizer.detector import BATCH, Localizer  # noqa: E402


def pictures(count, side=64):
    return list(np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8))


def looking(cls, weights):
    made = cls()
    made.look_through(Localizer(weights))
    return made


def test_detections_do_not_depend_on_the_images_beside(weights):
    detector = looking(IClevrMiniInception, weights)
    images = pictures(BATCH + 3)
    together = detector.detect(images)
    assert len(together) == len(images)
    assert together[0].probabilities.shape == (24,)
    assert together[0].places.shape == (24, 2)
    for at in (0, 5, BATCH, BATCH + 2):
        (alone,) = detector.detect([images[at]])
        assert np.allclose(alone.probabilities, together[at].probabilities, rtol=0, atol=1e-6)
        assert np.allclose(alone.places, together[at].places, rtol=0, atol=1e-5)
    assert detector.detect([]) == []
    spread = np.array([found.probabilities for found in together])
    assert 0 < spread.min() < spread.max() < 1
    assert np.ptp(spread, axis=0).max() > 0


def test_larger_images_are_reduced_and_smaller_or_strange_ones_refused(weights):
    detector = looking(IClevrMiniInception, weights)
    small = pictures(1)[0]
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    (one,), (other,) = detector.detect([small]), detector.detect([large])
    assert np.array_equal(one.probabilities, other.probabilities)
    for image in (pictures(1, 32)[0], small.astype(np.float32), small[..., 0], "picture"):
        with pytest.raises(DataError, match="cannot be looked at"):
            detector.detect([image])


def test_features_are_pooled_and_layers_whole(weights):
    images = pictures(3)
    seen = looking(BlocksInception, weights).features(images)
    layers = looking(BlocksInceptionLayers, weights).layers(images)
    assert seen.logits.shape == (3, 24)
    assert np.allclose(layers[-1].mean((2, 3)), seen.pooled, atol=1e-5)
    assert [layer.shape[2] for layer in layers] == [16, 16, 8, 4]
    with pytest.raises(UsageError, match="resizing 'clean'"):
        looking(BlocksInception, weights).features(images, "clean")


def test_the_self_checks_stop_a_blind_detector_and_let_features_pass(weights, blocks):
    split = blocks.split("val", 6)
    with pytest.raises(EnvironmentLackError, match="below its floor"):
        checked({"random": looking(IClevrMiniInception, weights)}, split)
    passed = checked({"features": looking(BlocksInception, weights)}, split)
    assert passed == {"features": 1.0}
    assert checked({"layers": looking(BlocksInceptionLayers, weights)}, split) == {"layers": 1.0}


def context(dataset="iclevr-mini@1"):
    return ModelContext("edit", dataset, 0, "cpu", 1)


def test_setup_finds_bundled_weights_by_digest_and_refuses_those_of_another_data_set(
    weights, monkeypatch, tmp_path
):
    monkeypatch.setattr(module, "BUNDLED", tmp_path)
    for name in ("iclevr-mini-inception", "codraw-mini-inception"):
        for suffix in (".safetensors", ".json"):
            (tmp_path / name).with_suffix(suffix).write_bytes(weights.with_suffix(suffix).read_bytes())
    detector = IClevrMiniInception()
    detector.setup(context())
    assert detector.weights_digest == json.loads(weights.with_suffix(".json").read_text())["sha256"]
    with pytest.raises(DataError, match="weights for another data set"):
        CoDrawMiniInception().setup(context("codraw-mini@1"))


def test_weights_that_are_not_installed_say_what_to_type(monkeypatch):
    monkeypatch.setattr(module, "checkout_folder", lambda: None)
    with pytest.raises(EnvironmentLackError, match="cfbench models install"):
        CoDrawInception().setup(context("codraw@1"))
    with pytest.raises(UsageError, match="setup was not called"):
        IClevrMiniInception().detect(pictures(1))


def test_weights_are_taken_where_they_are_installed_and_else_from_the_checkout(
    monkeypatch, tmp_path, weights
):
    installed, checkout = tmp_path / "installed", tmp_path / "checkout"
    monkeypatch.setattr(module, "weights_folder", lambda: installed)
    monkeypatch.setattr(module, "checkout_folder", lambda: checkout)
    for folder in (checkout, installed):
        folder.mkdir()
        target = folder / "codraw-inception.safetensors"
        target.write_bytes(weights.read_bytes())
        target.with_suffix(".json").write_bytes(weights.with_suffix(".json").read_bytes())
        assert CoDrawInception.find() == target
    (installed / "codraw-inception.json").unlink()  # without a card they cannot be used
    assert CoDrawInception.find().parent == checkout
    with pytest.raises(DataError, match="weights for another data set"):
        CoDrawInception().setup(context("codraw@1"))


def cut(path, card):
    path.write_bytes(path.read_bytes()[:-100])


def swapped(path, card):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def carded(**changes):
    def change(path, card):
        value = json.loads(card.read_text())
        value.update(changes)
        card.write_text(json.dumps(value))

    return change


NETWORK = {"size": "narrow", "side": 64, "classes": ["a"] * 24, "coordinates": 2}


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut, "is damaged"),
        (swapped, "is damaged"),
        (lambda path, card: card.unlink(), "json"),
        (lambda path, card: path.unlink(), "safetensors"),
        (lambda path, card: card.write_text("[1]"), "no card of weights"),
        (carded(network={**NETWORK, "side": 10**6}), "no card of weights"),
        (carded(network={**NETWORK, "size": "huge"}), "no card of weights"),
        (carded(network={**NETWORK, "classes": ["a"]}), "holds no narrow localizer of 1 classes"),
        (carded(network={**NETWORK, "size": "full"}), "holds no full localizer"),
    ],
)
def test_damaged_weights_are_refused(harm, words, weights):
    harm(weights, weights.with_suffix(".json"))
    with pytest.raises(DataError, match=words):
        Localizer(weights)
