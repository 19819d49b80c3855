"""``park-labels-mini``: pairs that differ in one class alone, a bias that is there, features that see it."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext
from cfbench.datasets.park_labels import ParkLabelsMini, features
from cfbench.datasets.park_labels.company import CLASSES, COUPLES
from cfbench.datasets.park_labels.scenes import hidden_in, labels_in, sample_family
from cfbench.worlds.park.render import ParkRenderer
from cfbench.worlds.park.strings import parse_scene


def opened(root, cache=None, **options):
    return ParkLabelsMini(DataContext(root, ContentCache(cache or default_cache_folder()), options))


@pytest.fixture
def test_split(tmp_path):
    return opened(tmp_path).split("test")


def test_the_samples_are_the_pinned_ones(tmp_path):
    data = opened(tmp_path)
    counts = {}
    for name in data.splits:
        split = data.split(name)
        assert split.fingerprint() == ParkLabelsMini.fingerprints[name]
        counts[name] = Counter(one for index in range(len(split)) for one in split.slices(index))
    assert counts["train"] == {"original": 2000, "edited": 3736}
    assert counts["val"] == {"original": 300, "edited": 550, "hard": 58, "placebo": 300}
    assert counts["test"] == {"original": 700, "edited": 1328, "hard": 257, "placebo": 700}


def test_an_edit_lacks_one_class_and_nothing_else(tmp_path):
    test_split = opened(tmp_path).split("test", 120)
    for index in range(len(test_split)):
        target = test_split.target(index)
        scene = parse_scene(test_split.scenes[index])
        assert labels_in(scene) == tuple(np.flatnonzero(target.labels).tolist())
        if target.role != "edited":
            assert target.changed is None
            continue
        original = test_split.ids.index(target.counterpart.id)
        before = parse_scene(test_split.scenes[original])
        gone = [clip for clip in before if clip not in scene]
        assert set(scene) < set(before)
        assert labels_in(gone) == (target.changed,)
        assert test_split.target(original).labels[target.changed]
        changed = (test_split.image(index) != test_split.image(original)).any(axis=-1)
        assert 0 < changed.mean() < 0.6


def test_a_placebo_has_the_labels_of_its_original_and_another_picture(test_split):
    placebos = [index for index in range(300) if test_split.records[index].role == "placebo"]
    assert len(placebos) > 50
    for index in placebos:
        original = test_split.ids.index(test_split.records[index].pair + "_original")
        assert test_split.target(index).labels.tolist() == test_split.target(original).labels.tolist()
        before, after = (parse_scene(test_split.scenes[at]) for at in (original, index))
        assert sum(one not in before for one in after) == 1
        assert (test_split.image(index) != test_split.image(original)).any()


def test_followers_come_with_their_leaders_and_next_to_never_without(tmp_path):
    for name in ("train", "test"):
        split = opened(tmp_path).split(name)
        originals = [set(record.labels) for record in split.records if record.role == "original"]
        for leader, (follower, _) in COUPLES.items():
            one, other = CLASSES.index(leader), CLASSES.index(follower)
            with_leader = [other in labels for labels in originals if one in labels]
            without = [other in labels for labels in originals if one not in labels]
            assert np.mean(with_leader) > 0.9
            assert np.mean(without) < 0.03


def test_hard_edits_are_those_with_labels_that_train_never_has(tmp_path, test_split):
    seen = {record.labels for record in opened(tmp_path).split("train").records}
    for record in test_split.records:
        assert record.hard == (record.role == "edited" and record.labels not in seen)


def test_every_labelled_object_can_be_seen():
    for index in range(60):
        family = sample_family(5, "any", index)
        for scene in (family.original, family.placebo, *(scene for _, scene in family.edits)):
            assert not hidden_in(parse_scene(scene))


def test_families_are_pure_functions_of_seed_split_and_position():
    assert sample_family(3, "val", 7) == sample_family(3, "val", 7)
    assert len({sample_family(seed, split, 7) for seed in (3, 4) for split in ("val", "test")}) == 4


def test_features_are_made_once_kept_and_those_of_the_picture(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    small = dict(ParkLabelsMini.generated, train=20)
    monkeypatch.setattr(ParkLabelsMini, "generated", small)
    first = opened(tmp_path, cache).split("test", 30)
    found = np.stack([first.inputs(index).features for index in range(30)])
    assert found.shape == (30, features.WIDTH)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[4], features.features_of(first.inputs(4).image))
    monkeypatch.setattr(features, "features_of", None)  # the second time they are read
    second = opened(tmp_path, cache, size="32").split("test", 30)
    np.testing.assert_array_equal(np.stack([second.inputs(i).features for i in range(30)]), found)
    assert second.inputs(4).image.shape == (32, 32, 3)
    assert second.rendering != first.rendering
    assert second.ids == first.ids


def test_the_empty_park_has_no_features():
    assert not features.features_of(ParkRenderer(features.SIZE).render(())).any()


def test_a_limit_makes_no_more_than_it_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(ParkLabelsMini, "generated", dict(ParkLabelsMini.generated, train=20))
    asked = []
    monkeypatch.setattr(
        "cfbench.datasets.park_labels.mini.sample_family",
        lambda seed, split, index: asked.append((split, index)) or sample_family(seed, split, index),
    )
    split = opened(tmp_path, tmp_path / "cache").split("val", 4)
    assert len(split) == 4
    assert len([one for one in asked if one[0] == "val"]) <= 4


def test_a_share_of_train_is_whole_pairs_and_leaves_test_alone(tmp_path, test_split):
    data = opened(tmp_path, train_share="1/9", train_draw="3")
    train = data.split("train")
    pairs = {train.group(index) for index in range(len(train))}
    assert len(pairs) == 222
    assert sum(record.role == "original" for record in train.records) == 222
    assert data.split("test").fingerprint() == test_split.fingerprint()


def test_a_split_travels_to_another_process(test_split):
    copy = pickle.loads(pickle.dumps(test_split))
    np.testing.assert_array_equal(copy.image(3), test_split.image(3))
