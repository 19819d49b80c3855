"""The embedded twin of CoDraw."""

from itertools import pairwise

import numpy as np
import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext
from cfbench.datasets.codraw import CoDrawMini
from cfbench.tasks.edit import Placement


@pytest.fixture
def dataset(tmp_path):
    return CoDrawMini(DataContext(tmp_path, ContentCache(default_cache_folder())))


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


@pytest.mark.parametrize("label", range(58))
def test_compose_puts_objects_where_the_placements_say(dataset, label):
    painter = dataset.painter()
    image = painter.compose([Placement(label, 0.6, 0.5, 1.0)]).astype(int)
    rows, columns = np.nonzero(np.abs(image - painter.empty()).sum(axis=2) > 30)
    assert (columns.min() + columns.max()) / 128 == pytest.approx(0.6, abs=0.06)
    assert (rows.min() + rows.max()) / 128 == pytest.approx(0.5, abs=0.08)
    assert np.array_equal(painter.compose([]), painter.empty())
