"""The embedded twin of CoDraw."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext
from cfbench.datasets.codraw import CoDrawMini
from cfbench.datasets.codraw.records import HELD_OUT
from cfbench.errors import UsageError
from cfbench.tasks.edit import Placement
from cfbench.worlds.park.classes import CLASS_NAMES


@pytest.fixture
def dataset(tmp_path):
    return open_mini(tmp_path)


def open_mini(root, cache=None, **options):
    return CoDrawMini(DataContext(root, ContentCache(cache or default_cache_folder()), options))


def test_sizes_are_those_of_the_contract():
    assert CoDrawMini.generated == {"train": 8000, "val": 500, "test": 500}
    assert CoDrawMini.twin_of == "codraw"


@pytest.mark.parametrize("split", ["val", "test"])
def test_pinned_fingerprints(dataset, split):
    samples = dataset.split(split)
    assert len(samples) == 500
    assert samples.fingerprint() == CoDrawMini.fingerprints[split]


@pytest.mark.slow
def test_pinned_fingerprints_of_training_splits(dataset):
    sizes = {}
    for split in ("train", "train-50", "train-80", "train-zero-shot"):
        samples = dataset.split(split)
        sizes[split] = len(samples)
        assert samples.fingerprint() == CoDrawMini.fingerprints[split]
    assert sizes == {"train": 8000, "train-50": 4000, "train-80": 6400, "train-zero-shot": 4587}


def test_a_limit_makes_only_what_it_needs(tmp_path, monkeypatch):
    made = []
    original = CoDrawMini.make_record
    monkeypatch.setattr(
        CoDrawMini, "make_record", lambda self, *where: made.append(where) or original(self, *where)
    )
    samples = open_mini(tmp_path, tmp_path / "cache").split("test", 3)
    assert samples.ids == ["test_00000", "test_00001", "test_00002"]
    assert made == [("test", 0), ("test", 1), ("test", 2)]


def test_limited_samples_are_the_first_of_the_whole(dataset):
    few, all_of_them = dataset.split("val", 4), dataset.split("val")
    assert [few.specification(i) for i in range(4)] == [all_of_them.specification(i) for i in range(4)]


def test_zero_shot_training_drops_exactly_the_held_out_classes(dataset):
    assert {CLASS_NAMES[label] for label in HELD_OUT} == {"airplane", "apple tree", "dog", "soccer ball"}
    kept = dataset.split("train-zero-shot", 40)
    train = dataset.split("train", 250)
    expected = [
        name
        for name, record in zip(train.ids, train.records, strict=True)
        if not {place.label for place in record.objects[-1]} & HELD_OUT
    ]
    assert kept.ids == expected[:40]


def test_inputs_and_targets(dataset):
    samples = dataset.split("test", 40)
    for index in range(len(samples)):
        inputs, target = samples.inputs(index), samples.target(index)
        assert inputs.previous is None
        assert inputs.start.shape == (64, 64, 3)
        assert 1 <= len(inputs.instructions) == len(target.images) == len(target.objects) <= 10
        assert np.array_equal(samples.final_image(index), target.images[-1])
        assert 3 <= len(target.objects[-1]) <= 10
        before = set()
        for turn in target.objects:
            labels = [place.label for place in turn]
            assert labels == sorted(set(labels))
            assert set(labels) > before
            before = set(labels)
            assert all(0 <= p.x <= 1 and 0 <= p.y <= 1 and p.depth in (0, 0.5, 1) for p in turn)


def test_nearly_every_turn_changes_the_picture(dataset):
    samples = dataset.split("val", 60)
    changed = []
    for index in range(len(samples)):
        frames = [samples.inputs(index).start, *samples.target(index).images]
        changed += [np.any(a != b) for a, b in pairwise(frames)]
    assert np.mean(changed) > 0.98  # a small thing may join behind a large one


def test_every_dialogue_starts_from_one_canvas(dataset):
    samples = dataset.split("test", 3)
    starts = [samples.inputs(index).start for index in range(3)]
    assert all(np.array_equal(start, starts[0]) for start in starts)
    with pytest.raises(ValueError, match="read-only"):
        starts[0][0, 0] = 0


def test_teacher_forcing_gives_the_true_previous_images(dataset):
    samples = dataset.split("test", 1)
    inputs, target = samples.inputs(0, teacher_forced=True), samples.target(0)
    assert np.array_equal(inputs.previous[0], inputs.start)
    assert all(np.array_equal(a, b) for a, b in zip(inputs.previous[1:], target.images, strict=False))


def test_size_option(tmp_path):
    samples = open_mini(tmp_path, size="128").split("test", 1)
    assert samples.inputs(0).start.shape == (128, 128, 3)
    assert samples.fingerprint() == open_mini(tmp_path).split("test", 1).fingerprint()
    with pytest.raises(UsageError, match="16 to 512"):
        open_mini(tmp_path, size="8")


@pytest.mark.parametrize("label", range(58))
def test_compose_puts_objects_where_the_placements_say(dataset, label):
    painter = dataset.painter()
    image = painter.compose([Placement(label, 0.6, 0.5, 1.0)]).astype(int)
    rows, columns = np.nonzero(np.abs(image - painter.empty()).sum(axis=2) > 30)
    assert (columns.min() + columns.max()) / 128 == pytest.approx(0.6, abs=0.06)
    assert (rows.min() + rows.max()) / 128 == pytest.approx(0.5, abs=0.08)
    assert np.array_equal(painter.compose([]), painter.empty())


def test_painter_and_records_survive_the_journey_to_a_worker(dataset):
    samples = pickle.loads(pickle.dumps(dataset.split("test", 2)))
    assert np.array_equal(samples.final_image(1), dataset.split("test", 2).final_image(1))
