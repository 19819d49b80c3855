import numpy as np
import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext
from cfbench.datasets.iclevr import IClevrMini
from cfbench.tasks.edit import Placement
from cfbench.worlds.blocks import class_index


@pytest.fixture
def dataset(tmp_path):
    return IClevrMini(DataContext(tmp_path, ContentCache(default_cache_folder())))


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


def test_compose_puts_objects_where_the_placements_say(dataset):
    painter = dataset.painter()
    for label in (1, 12, 22):
        image = painter.compose([Placement(label, 0.3, 0.6, 9.0)]).astype(int)
        rows, columns = np.nonzero(np.ptp(image, axis=2) > 40)
        assert columns.mean() / 64 == pytest.approx(0.3, abs=0.04)
        assert rows.mean() / 64 == pytest.approx(0.6, abs=0.04)
    assert np.array_equal(painter.compose([]), painter.empty())
