import pickle

import numpy as np
import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext
from cfbench.datasets.iclevr import IClevrMini
from cfbench.datasets.iclevr.sequences import HELD_OUT
from cfbench.errors import UsageError
from cfbench.tasks.edit import Placement
from cfbench.worlds.blocks import CLASS_NAMES, class_index


@pytest.fixture
def dataset(tmp_path):
    return open_mini(tmp_path)


def open_mini(root, cache=None, **options):
    return IClevrMini(DataContext(root, ContentCache(cache or default_cache_folder()), options))


def test_sizes_are_those_of_the_contract():
    assert IClevrMini.generated == {"train": 12_000, "val": 500, "test": 500}
    assert IClevrMini.twin_of == "iclevr"


@pytest.mark.parametrize("split", ["val", "test"])
def test_pinned_fingerprints(dataset, split):
    samples = dataset.split(split)
    assert len(samples) == 500
    assert samples.fingerprint() == IClevrMini.fingerprints[split]


@pytest.mark.slow
def test_pinned_fingerprints_of_training_splits(dataset):
    sizes = {}
    for split in ("train", "train-50", "train-80", "train-zero-shot"):
        samples = dataset.split(split)
        sizes[split] = len(samples)
        assert samples.fingerprint() == IClevrMini.fingerprints[split]
    assert sizes == {"train": 12_000, "train-50": 6000, "train-80": 9600, "train-zero-shot": 4394}


def test_a_limit_makes_only_what_it_needs(tmp_path, monkeypatch):
    made = []
    original = IClevrMini.make_record
    monkeypatch.setattr(
        IClevrMini, "make_record", lambda self, *where: made.append(where) or original(self, *where)
    )
    samples = open_mini(tmp_path, tmp_path / "cache").split("test", 3)
    assert samples.ids == ["test_000000", "test_000001", "test_000002"]
    assert made == [("test", 0), ("test", 1), ("test", 2)]


def test_limited_samples_are_the_first_of_the_whole(dataset):
    few, all_of_them = dataset.split("val", 4), dataset.split("val")
    assert [few.specification(i) for i in range(4)] == [all_of_them.specification(i) for i in range(4)]


def test_shares_are_the_first_of_training(dataset):
    assert dataset.parent("train-50") == ("train", 6000)
    assert dataset.parent("train-80") == ("train", 9600)
    assert dataset.split("train-50", 5).ids == dataset.split("train", 5).ids


def test_zero_shot_training_drops_exactly_the_held_out_classes(dataset):
    assert {CLASS_NAMES[label] for label in HELD_OUT} == {
        "cube gray", "cube red", "sphere green", "cylinder purple"
    }  # fmt: skip
    kept = dataset.split("train-zero-shot", 60)
    for index in range(len(kept)):
        labels = {place.label for place in kept.records[index].objects[-1]}
        assert not labels & HELD_OUT
    train = dataset.split("train", 250)
    expected = [
        name
        for name, record in zip(train.ids, train.records, strict=True)
        if not {place.label for place in record.objects[-1]} & HELD_OUT
    ]
    assert kept.ids[: len(expected)] == expected[:60]
    assert set(train.ids) > set(expected)


def test_inputs_and_targets(dataset):
    samples = dataset.split("test", 6)
    for index in range(6):
        inputs, target = samples.inputs(index), samples.target(index)
        assert inputs.start.shape == (64, 64, 3)
        assert len(inputs.instructions) == len(target.images) == len(target.objects) == 5
        assert inputs.previous is None
        assert all(image.shape == (64, 64, 3) for image in target.images)
        assert [len(turn) for turn in target.objects] == [1, 2, 3, 4, 5]
        assert np.array_equal(samples.final_image(index), target.images[-1])
        for turn in target.objects:
            labels = [place.label for place in turn]
            assert labels == sorted(set(labels))
            assert all(0 <= place.x <= 1 and 0 <= place.y <= 1 and place.depth > 0 for place in turn)


def test_difficulty_is_that_of_the_contract(dataset):
    samples = dataset.split("test", 60)
    occluded = references = 0
    for record in samples.records:
        entries = record.scene["objects"]
        assert len(entries) == 5
        references += sum(
            "it" in text.split() or any(f"{e['color']} {e['shape']}" in text for e in entries[:turn])
            for turn, text in enumerate(record.instructions[1:], 1)
        )
        columns = sorted(entry["pixel_coords"] for entry in entries)
        occluded += any(
            abs(a[0] - b[0]) < 30 and abs(a[1] - b[1]) < 30
            for i, a in enumerate(columns)
            for b in columns[:i]
        )
        assert record.scene["cfbench"]["camera"]["location"][2] == pytest.approx(5.34367, abs=0.5)
    assert references == 4 * 60
    assert occluded > 20


def test_each_turn_adds_the_object_that_its_instruction_names(dataset):
    samples = dataset.split("val", 20)
    for record in samples.records:
        before = set()
        for text, turn in zip(record.instructions, record.objects, strict=True):
            _, _, color, shape = text.split()[:4]
            now = {place.label for place in turn}
            assert now - before == {class_index(shape, color)}
            before = now


def test_every_sequence_starts_from_one_canvas(dataset):
    samples = dataset.split("test", 3)
    starts = [samples.inputs(index).start for index in range(3)]
    assert all(np.array_equal(start, starts[0]) for start in starts)
    with pytest.raises(ValueError, match="read-only"):
        starts[0][0, 0] = 0


def test_teacher_forcing_gives_the_true_previous_images(dataset):
    samples = dataset.split("test", 1)
    inputs, target = samples.inputs(0, teacher_forced=True), samples.target(0)
    assert len(inputs.previous) == 5
    assert np.array_equal(inputs.previous[0], inputs.start)
    assert all(np.array_equal(a, b) for a, b in zip(inputs.previous[1:], target.images, strict=False))


def test_size_option(tmp_path):
    samples = open_mini(tmp_path, size="128").split("test", 1)
    assert samples.inputs(0).start.shape == (128, 128, 3)
    assert samples.fingerprint() == open_mini(tmp_path).split("test", 1).fingerprint()
    for wrong in ("15", "300", "big"):
        with pytest.raises(UsageError, match="16 to 256"):
            open_mini(tmp_path, size=wrong)


def test_compose_puts_objects_where_the_placements_say(dataset):
    painter = dataset.painter()
    for label in (1, 12, 22):
        image = painter.compose([Placement(label, 0.3, 0.6, 9.0)]).astype(int)
        rows, columns = np.nonzero(np.ptp(image, axis=2) > 40)
        assert columns.mean() / 64 == pytest.approx(0.3, abs=0.04)
        assert rows.mean() / 64 == pytest.approx(0.6, abs=0.04)
    assert np.array_equal(painter.compose([]), painter.empty())


def test_painter_and_records_survive_the_journey_to_a_worker(dataset):
    samples = pickle.loads(pickle.dumps(dataset.split("test", 2)))
    assert np.array_equal(samples.final_image(1), dataset.split("test", 2).final_image(1))
