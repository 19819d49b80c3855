"""What both embedded twins of the editing data sets promise alike."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext
from cfbench.datasets.codraw import CoDrawMini
from cfbench.datasets.edit import EditTwin
from cfbench.datasets.iclevr import IClevrMini
from cfbench.errors import UsageError


@dataclass(frozen=True)
class Twin:
    """A twin and what is fixed of it."""

    dataset: type[EditTwin]
    of: str
    train: int
    zero_shot: int
    held_out: set[str]
    first_ids: list[str]
    largest: int
    rendering: str

    def open(self, root, cache=None, **options):
        return self.dataset(DataContext(root, ContentCache(cache or default_cache_folder()), options))


TWINS = {
    "codraw-mini": Twin(
        CoDrawMini,
        of="codraw",
        train=8000,
        zero_shot=4587,
        held_out={"airplane", "apple tree", "dog", "soccer ball"},
        first_ids=["test_00000", "test_00001", "test_00002"],
        largest=512,
        rendering="park@1:own|64px",
    ),
    "iclevr-mini": Twin(
        IClevrMini,
        of="iclevr",
        train=12_000,
        zero_shot=4394,
        held_out={"cube gray", "cube red", "sphere green", "cylinder purple"},
        first_ids=["test_000000", "test_000001", "test_000002"],
        largest=256,
        rendering="blocks@1|64px",
    ),
}


@pytest.fixture(params=sorted(TWINS))
def twin(request):
    return TWINS[request.param]


@pytest.fixture
def dataset(twin, tmp_path):
    return twin.open(tmp_path)


def test_sizes_are_those_of_the_contract(twin):
    assert twin.dataset.generated == {"train": twin.train, "val": 500, "test": 500}
    assert twin.dataset.twin_of == twin.of


@pytest.mark.parametrize("split", ["val", "test"])
def test_pinned_fingerprints(dataset, split):
    samples = dataset.split(split)
    assert len(samples) == 500
    assert samples.fingerprint() == dataset.fingerprints[split]


@pytest.mark.slow
def test_pinned_fingerprints_of_training_splits(twin, dataset):
    sizes = {}
    for split in ("train", "train-50", "train-80", "train-zero-shot"):
        samples = dataset.split(split)
        sizes[split] = len(samples)
        assert samples.fingerprint() == dataset.fingerprints[split]
    assert sizes == {
        "train": twin.train,
        "train-50": twin.train // 2,
        "train-80": twin.train * 4 // 5,
        "train-zero-shot": twin.zero_shot,
    }


def test_a_limit_makes_only_what_it_needs(twin, tmp_path, monkeypatch):
    made = []
    original = twin.dataset.make_record
    monkeypatch.setattr(
        twin.dataset, "make_record", lambda self, *where: made.append(where) or original(self, *where)
    )
    assert twin.open(tmp_path, tmp_path / "cache").split("test", 3).ids == twin.first_ids
    assert made == [("test", 0), ("test", 1), ("test", 2)]


def test_limited_samples_are_the_first_of_the_whole(dataset):
    few, all_of_them = dataset.split("val", 4), dataset.split("val")
    assert [few.specification(i) for i in range(4)] == [all_of_them.specification(i) for i in range(4)]


def test_shares_are_the_first_of_training(twin, dataset):
    assert dataset.parent("train-50") == ("train", twin.train // 2)
    assert dataset.parent("train-80") == ("train", twin.train * 4 // 5)
    assert dataset.split("train-50", 5).ids == dataset.split("train", 5).ids


def test_zero_shot_training_drops_exactly_the_held_out_classes(twin, dataset):
    classes = dataset.painter().classes
    train = dataset.split("train", 250)
    expected = [
        name
        for name, record in zip(train.ids, train.records, strict=True)
        if not {classes[place.label] for place in record.objects[-1]} & twin.held_out
    ]
    assert 40 < len(expected) < 250
    assert dataset.split("train-zero-shot", 40).ids == expected[:40]
    assert dataset.split("train-zero-shot", len(expected) + 1).ids[:-1] == expected


def test_every_sample_starts_from_one_canvas(dataset):
    samples = dataset.split("test", 3)
    starts = [samples.inputs(index).start for index in range(3)]
    assert all(np.array_equal(start, starts[0]) for start in starts)
    with pytest.raises(ValueError, match="read-only"):
        starts[0][0, 0] = 0


def test_teacher_forcing_gives_the_true_previous_images(dataset):
    samples = dataset.split("test", 1)
    inputs, target = samples.inputs(0, teacher_forced=True), samples.target(0)
    assert len(inputs.previous) == len(target.images)
    assert np.array_equal(inputs.previous[0], inputs.start)
    assert all(np.array_equal(a, b) for a, b in zip(inputs.previous[1:], target.images, strict=False))


def test_size_option(twin, tmp_path):
    samples = twin.open(tmp_path, size="128").split("test", 1)
    assert samples.inputs(0).start.shape == (128, 128, 3)
    assert samples.fingerprint() == twin.open(tmp_path).split("test", 1).fingerprint()
    for wrong in ("15", str(twin.largest + 1), "big"):
        with pytest.raises(UsageError, match=f"16 to {twin.largest}"):
            twin.open(tmp_path, size=wrong)


def test_rendering_tells_the_drawing_and_the_size(twin, tmp_path):
    assert twin.open(tmp_path).split("test", 1).rendering == twin.rendering
    assert twin.open(tmp_path, size="128").split("test", 1).rendering == twin.rendering.replace("64", "128")


def test_painter_and_records_survive_the_journey_to_a_worker(dataset):
    original = dataset.split("test", 2)
    samples = pickle.loads(pickle.dumps(original))
    assert np.array_equal(samples.final_image(1), original.final_image(1))
    assert samples.rendering == original.rendering
