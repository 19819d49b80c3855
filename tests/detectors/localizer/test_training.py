"""Training: it learns, goes on after a kill to equal weights, and says what is wrong in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from jobs import job

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from cfbench.errors import DataError, EnvironmentLackError, UsageError  # noqa: E402
from cfbench.files import sha256_hex  # noqa: E402
from cfbench.training import train  # noqa: E402
from cfbench_detectors.localizer import feeding, training  # noqa: E402
from cfbench_detectors.localizer.detector import IClevrMiniInception, Localizer  # noqa: E402
from cfbench_detectors.localizer.export import best_shift, export_localizer  # noqa: E402
from cfbench_detectors.localizer.learning import Learner  # noqa: E402
from cfbench_detectors.localizer.recipe import recipe_of  # noqa: E402
from cfbench_detectors.localizer.training import train_localizer  # noqa: E402


def tensors(folder):
    (last,) = folder.glob("epoch-*.safetensors")
    return load_file(last)


BESIDE_THE_PAPER = {"size": "cells", "bfloat16": True}


@pytest.mark.parametrize("beside", [{"dropout": 0.3}, BESIDE_THE_PAPER])
def test_a_killed_training_goes_on_to_equal_weights(blocks, tmp_path, monkeypatch, beside):
    options = {**beside, "noise_fraction": 0.1, "background_fraction": 0.1}
    whole = train_localizer(job(blocks, tmp_path / "whole", options=options))
    step, steps = training._Run.step, []

    def killed(run, *arguments):
        steps.append(1)
        if len(steps) == 6:  # in the second epoch
            raise KeyboardInterrupt
        return step(run, *arguments)

    cut = tmp_path / "cut"
    monkeypatch.setattr(training._Run, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        train_localizer(job(blocks, cut, options=options))
    monkeypatch.setattr(training._Run, "step", step)
    paused = train_localizer(job(blocks, cut, options=options, minutes=0))
    assert (paused.state.epoch, paused.state.done) == (2, False)
    resumed = train_localizer(job(blocks, cut, options=options))
    assert resumed.state.done
    one, other = tensors(tmp_path / "whole"), tensors(cut)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    told = [{**entry, "images_per_second": 0, "seconds_left": 0} for entry in whole.state.history]
    assert told == [{**entry, "images_per_second": 0, "seconds_left": 0} for entry in resumed.state.history]
    assert len((cut / "log.txt").read_text().splitlines()) == 3
    assert len(list(cut.iterdir())) == 4  # state, log, the last and the best


@pytest.mark.parametrize("beside", [{}, BESIDE_THE_PAPER])
def test_every_weight_learns_and_the_loss_falls(park, tmp_path, beside):
    options = {"epochs": 4, "begins_at_means": False, **beside}
    done = train_localizer(job(park, tmp_path, options=options))
    recipe = recipe_of("smoke", beside)
    first = torch.Generator().manual_seed(training.derived_seed(0, "weights") % 2**63)
    before = Learner(recipe.scaled(), 58, 3, first)
    after = tensors(tmp_path)
    for name, parameter in before.named_parameters():
        assert not torch.equal(parameter, after[f"weights/{name}"]), name
    history = done.state.history
    assert history[-1]["detection"] < history[0]["detection"]
    assert history[-1]["location"] < history[0]["location"]


def test_first_outputs_are_frequencies_and_mean_places():
    learner = Learner(recipe_of("smoke", {}).scaled(), 3, 2, torch.Generator().manual_seed(0))
    present = np.array([[1, 0, 1], [1, 0, 0], [0, 0, 0], [1, 0, 0]], bool)
    places = np.zeros((4, 3, 2), np.float32)
    places[:, 0], places[0, 2] = [[0.1, 0.2], [0.3, 0.4], [0, 0], [0.5, 0.6]], [0.7, 0.8]
    learner.begin_at_means(present, places)
    shares = learner.network.detector[1].bias.sigmoid().tolist()
    assert shares == pytest.approx([0.75, 0.001, 0.25], rel=1e-4)
    means = learner.network.localizer[1].bias.tolist()
    assert means == pytest.approx([0.3, 0.4, 0, 0, 0.7, 0.8], abs=1e-6)


def test_a_training_begins_with_weights_of_another(blocks, park, tmp_path):
    first = train_localizer(job(blocks, tmp_path / "one", options={"epochs": 1}))
    tiny = {"epochs": 1, "rate": 1e-12}
    second = train_localizer(job(blocks, tmp_path / "two", options=tiny), start=first.weights)
    one, other = load_file(first.weights), load_file(second.weights)
    name = "inception3.Mixed_7b.branch1x1.conv.weight"
    assert torch.allclose(one[name], other[name], atol=1e-9)
    assert second.state.identity["start"] == sha256_hex(first.weights)
    with pytest.raises(UsageError, match="differs in start"):
        train_localizer(job(blocks, tmp_path / "two", options=tiny))
    with pytest.raises(DataError, match="holds no weights to begin with"):
        train_localizer(job(park, tmp_path / "three"), start=first.weights)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(first.weights.read_bytes()[:5000])
    with pytest.raises(DataError, match="holds no weights to begin with"):
        train_localizer(job(blocks, tmp_path / "four"), start=cut)


def test_a_folder_holds_one_training(blocks, tmp_path):
    train_localizer(job(blocks, tmp_path, options={"epochs": 1}))
    with pytest.raises(UsageError, match="differs in recipe, seed"):
        train_localizer(job(blocks, tmp_path, seed=1))
    (last,) = tmp_path.glob("epoch-*.safetensors")
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"epoch-001.safetensors is missing or damaged.*rm -r"):
        train_localizer(job(blocks, tmp_path, options={"epochs": 1}))
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(DataError, match=r"state\.json"):
        train_localizer(job(blocks, tmp_path, options={"epochs": 1}))


def test_patience_ends_a_training_that_does_not_get_better(blocks, tmp_path, monkeypatch):
    scores = iter([0.1, 0.5, 0.5, 0.4, 0.9])
    monkeypatch.setattr(training, "looked_at", lambda *_: training.Sight(next(scores), 0.0, 0.0, None))
    done = train_localizer(job(blocks, tmp_path, options={"epochs": 9, "patience": 2}))
    assert (done.state.epoch, done.state.best, done.best["f1"]) == (4, 2, 0.5)
    assert done.weights.is_file()


def test_an_infinite_loss_and_a_lack_of_memory_are_said_in_one_line(blocks, tmp_path, monkeypatch):
    with pytest.raises(DataError, match="no longer finite"):
        train_localizer(job(blocks, tmp_path, options={"rate": 1e30}))

    def full(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.\nmore")

    monkeypatch.setattr(training, "detection_loss", full)
    with pytest.raises(EnvironmentLackError, match=r"ran out of memory.*run the same command again"):
        train_localizer(job(blocks, tmp_path / "other"))


def test_the_data_set_must_have_scenes_and_pixels(blocks, tmp_path):
    from cfbench.datasets.iclevr import IClevrMini

    with pytest.raises(UsageError, match="size=96"):
        train_localizer(job(blocks, tmp_path, options={"side": 96}))
    larger = IClevrMini(type(blocks.context)(blocks.context.root, blocks.context.cache, {"size": "128"}))
    done = train_localizer(job(larger, tmp_path, options={"epochs": 1, "samples": 4}))
    assert done.state.epoch == 1  # reduced to 64
    with pytest.raises(UsageError, match="no labelled scenes"):
        train_localizer(job(type("Texts", (), {"name": "x", "task": "vqa"})(), tmp_path))


def test_images_without_objects_are_empty_or_noise(blocks, tmp_path):
    from cfbench.reporter import silent
    from cfbench_detectors.pictures import open_pictures

    pictures = open_pictures(blocks.split("val", 4), 64, 2, tmp_path, silent)
    empty = blocks.painter().empty()
    recipe = recipe_of("smoke", {"noise_fraction": 0.5, "background_fraction": 0.25, "batch": 7})
    feed = feeding.Feed(pictures, empty, recipe, seed=0, device="cpu")
    batches = list(feed.epoch(0))
    assert feed.steps == len(batches) == 5  # of 20 + 10 + 5 images
    pixels = torch.cat([batch.pixels for batch in batches]).permute(0, 2, 3, 1).numpy()
    present = torch.cat([batch.present for batch in batches]).numpy()
    bare = pixels[~present.any(1)]
    blank = np.array([np.array_equal(image, empty) for image in bare])
    assert (len(bare), blank.sum()) == (15, 5)
    assert np.ptp(bare[~blank].mean((1, 2, 3))) < 5  # noise about one grey
    again = torch.cat([batch.pixels for batch in feed.epoch(0)]).permute(0, 2, 3, 1).numpy()
    assert np.array_equal(pixels, again)
    other = torch.cat([batch.pixels for batch in feed.epoch(1)]).permute(0, 2, 3, 1).numpy()
    assert not np.array_equal(pixels, other)


def test_logits_move_to_where_f1_is_best_and_no_further():
    present = np.array([[1, 0], [1, 1], [0, 1]], bool)
    logits = np.array([[2, -2], [-0.25, -0.55], [-3, 1]], np.float32)
    assert best_shift(logits, present) == 0.6
    assert best_shift(np.where(present, 1, -1).astype(np.float32), present) == 0


@pytest.mark.parametrize("size", ["narrow", "cells"])
def test_what_is_exported_can_be_looked_through(blocks, tmp_path, monkeypatch, size):
    monkeypatch.setitem(type(blocks).generated, "test", 5)
    monkeypatch.setitem(type(blocks).generated, "val", 5)
    done = train_localizer(job(blocks, tmp_path / "run", options={"epochs": 2, "size": size}))
    target = tmp_path / "made.safetensors"
    card = export_localizer(done, blocks, target, licence="Apache-2.0", details={"note": "a test"})
    kept = json.loads(target.with_suffix(".json").read_text())
    assert kept["sha256"] == card.sha256
    assert kept["licence"] == "Apache-2.0"
    assert kept["note"] == "a test"
    assert kept["recipe"]["size"] == kept["network"]["size"] == size
    assert ("shift" in kept) == (size == "cells")
    assert kept["scores"]["test"]["images"] == 25
    assert kept["steps"] == done.state.best * 3
    detector = IClevrMiniInception()
    from cfbench_detectors.localizer.detector import Localizer

    detector.look_through(Localizer(target))
    again = detector.self_check(blocks.split("val"))
    assert again == pytest.approx(kept["scores"]["val"]["f1_samples_final"], abs=1e-9)
    assert kept["scores"]["val"]["f1_samples"] == pytest.approx(done.best["f1"], abs=0.3)


def test_a_detector_is_trained_by_name(tmp_path, blocks, park, monkeypatch):
    for split in ("test", "val"):
        monkeypatch.setitem(type(blocks).generated, split, 5)
    weights = train("iclevr-mini-inception", job(blocks, tmp_path / "job", options={"epochs": 1}))
    assert weights == tmp_path / "job" / "iclevr-mini-inception.safetensors"
    assert json.loads(weights.with_suffix(".json").read_text())["licence"] == "Apache-2.0"
    Localizer(weights, dataset="iclevr-mini").seen([blocks.split("test", 1).target(0).image])
    with pytest.raises(UsageError, match="it is for iclevr-mini"):
        train("iclevr-mini-inception", job(park, tmp_path / "other"))
