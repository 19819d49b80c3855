"""Sampled scenes: pure, inside their bounds, and after the statistics of the real ones."""

import gzip
import itertools
import json
from importlib.resources import files

import numpy as np
import pytest

from cfbench.datasets.codraw.measuring import measure
from cfbench.datasets.codraw.merging import Entry, merge_geneva
from cfbench.randomness import generator
from cfbench.worlds.dice import Dice
from cfbench.worlds.park.classes import CLASS_NAMES
from cfbench.worlds.park.geometry import box_of, overlap
from cfbench.worlds.park.scenes import placed_again, sample_scene, scene_of
from cfbench.worlds.park.strings import clip, format_scene, parse_scene, used_clips

COUNT = 2500


@pytest.fixture(scope="module")
def scenes():
    return [sample_scene(0, "train", index) for index in range(COUNT)]


@pytest.fixture(scope="module")
def table():
    return json.loads(files("cfbench.worlds.park").joinpath("statistics.json").read_text())


def equal_depth(scenes):
    pairs = [(a, b) for scene in scenes for a, b in itertools.combinations(scene, 2)]
    return np.mean([a.depth == b.depth for a, b in pairs])


def overlapping(scenes):
    pairs = [(a, b) for scene in scenes for a, b in itertools.combinations(map(box_of, scene), 2)]
    return np.mean([overlap(a, b) > 0 for a, b in pairs])


def test_a_scene_depends_on_seed_split_and_index_alone(scenes):
    assert sample_scene(0, "train", 7) == scenes[7]
    others = [sample_scene(1, "train", 7), sample_scene(0, "val", 7), sample_scene(0, "train", 8)]
    assert all(other != scenes[7] for other in others)
    assert len(set(map(format_scene, scenes))) == COUNT


def test_scenes_keep_their_bounds(scenes):
    sizes = {len(scene) for scene in scenes}
    assert sizes == set(range(3, 11))
    assert {each.label for scene in scenes for each in scene} == set(range(58))
    for scene in scenes:
        labels = [each.label for each in scene]
        assert labels == sorted(set(labels))
        assert parse_scene(format_scene(scene)) == used_clips(format_scene(scene)) == scene
        for each in scene:
            assert 0 <= each.x <= 500
            assert 0 <= each.y <= 400
            assert each.x == int(each.x)
            assert each.y == int(each.y)


def test_sizes_classes_and_depths_follow_the_measured_statistics(scenes, table):
    sizes = np.array([sum(row) for row in table["turns"]])
    mean = (sizes * np.arange(3, 11)).sum() / sizes.sum()
    assert np.mean([len(scene) for scene in scenes]) == pytest.approx(mean, abs=0.1)
    presence = np.array(table["presence"]) / table["scenes"]
    found = np.bincount([c.label for scene in scenes for c in scene], minlength=58) / COUNT
    for label, (real, ours) in enumerate(zip(presence, found, strict=True)):
        noise = 3 * np.sqrt(real / COUNT)
        assert ours == pytest.approx(real, rel=0.3, abs=noise), CLASS_NAMES[label]
    depths = np.array(table["depths"]).sum(axis=0)
    ours = np.bincount([c.depth for scene in scenes for c in scene], minlength=3)
    np.testing.assert_allclose(ours / ours.sum(), depths / depths.sum(), atol=0.03)


def test_classes_that_share_real_scenes_share_sampled_ones(scenes, table):
    pairs = list(itertools.combinations(range(58), 2))
    together = np.zeros((58, 58))
    for scene in scenes:
        for a, b in itertools.combinations([each.label for each in scene], 2):
            together[a, b] += 1
    ours = np.array([together[pair] for pair in pairs]) / COUNT
    real = np.array(table["pairs"]) / table["scenes"]
    few = real < 0.1  # all but the pairs with the boy and the girl, which would carry any correlation
    assert np.corrcoef(ours[few], real[few])[0, 1] > 0.9


def test_hats_sit_on_heads(scenes):
    near = total = 0
    for scene in scenes:
        people = [each for each in scene if each.kind in (2, 3)]
        for each in scene:
            if each.label in (26, 34, 35) and people:  # star cap, glasses, sunglasses
                total += 1
                near += any(abs(each.x - p.x) < 45 and 20 < p.y - each.y < 125 for p in people)
    assert total > 100
    assert near / total > 0.8


def test_boxes_scale_with_depth_and_overlap_as_areas():
    front, back = box_of(clip(0, 3, 100, 100)), box_of(clip(0, 3, 100, 100, 2))
    assert front.right - front.left == 148
    assert back.right - back.left == pytest.approx(148 * 0.49)
    assert overlap(front, back) == pytest.approx(back.area)
    assert overlap(front, box_of(clip(0, 3, 400, 100))) == 0


@pytest.mark.slow
def test_the_embedded_statistics_are_those_of_the_real_training_dialogues(real_data, scenes, table):
    with gzip.open(real_data / "codraw" / "CoDraw_1_0.json.gz") as stream:
        dialogues = json.load(stream)["data"]
    merged = []
    for name in sorted(dialogues):
        if name.startswith("train"):
            entries = [
                Entry(e["msg_t"], e["msg_d"], used_clips(e["abs_d"]) if e["abs_d"] else None)
                for e in dialogues[name]["dialog"]
            ]
            merged.append(merge_geneva(entries).turns)
    measured = measure(merged)
    assert {key: table[key] for key in measured} == json.loads(json.dumps(measured))
    real = [turns[-1].canvas for turns in merged if 3 <= len(turns[-1].canvas) <= 10]
    assert equal_depth(scenes) == pytest.approx(equal_depth(real), abs=0.05)
    assert overlapping(scenes) == pytest.approx(overlapping(real), abs=0.03)


def test_a_scene_of_given_classes_holds_just_those():
    for index in range(30):
        wanted = {18, 19, 14, 37} if index % 2 else {16, 24, 3}
        scene = scene_of(Dice(generator(index, "given")), wanted)
        assert [each.label for each in scene] == sorted(wanted)


def test_what_is_placed_again_stays_what_it_is():
    dice = Dice(generator(0, "again"))
    scene = scene_of(dice, {18, 14, 37})
    table, person = (next(i for i, each in enumerate(scene) if each.label == label) for label in (14, 18))
    moved = [placed_again(dice, scene, table) for _ in range(20)]
    assert {each.png for each in moved} == {scene[table].png}
    assert len({(each.x, each.y) for each in moved}) > 10
    looks = [placed_again(dice, scene, person) for _ in range(20)]
    assert {(each.label, each.x, each.y, each.depth) for each in looks} == {
        (18, scene[person].x, scene[person].y, scene[person].depth)
    }
    assert scene[person].variant not in {each.variant for each in looks}
