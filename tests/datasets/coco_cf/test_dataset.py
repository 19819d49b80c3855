"""``coco-cf``: small files, hostile ones, and the whole of the real set."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from coco_cf_files import CLASSES, small_set, write_set

from cfbench.cache import ContentCache
from cfbench.cli import main
from cfbench.datasets import DataContext
from cfbench.datasets.coco_cf import CocoCf
from cfbench.errors import DataError


def opened(root, **options):
    return CocoCf(DataContext(root, ContentCache(root / "cache"), options))


def test_an_original_stands_before_its_edits_and_its_placebo(tmp_path):
    write_set(tmp_path)
    split = opened(tmp_path).split("test")
    assert split.ids == [
        "test_000000000005_original",
        "test_000000000006_original",
        "test_000000000006_without-traffic-light",
        "test_000000000006_without-person",
        "test_000000000006_placebo",
    ]
    assert [split.slices(index) for index in range(5)] == [
        ("original",),
        ("original",),
        ("edited",),
        ("edited", "hard"),
        ("placebo",),
    ]
    assert [split.group(index) for index in range(5)] == ["test_000000000005"] + ["test_000000000006"] * 4
    assert split.grouped_by == "pair"


def test_an_edit_knows_what_it_lost_and_its_original(tmp_path):
    write_set(tmp_path)
    split = opened(tmp_path).split("test")
    target, original = split.target(2), split.inputs(1)
    assert target.changed == 1
    assert target.role == "edited"
    assert target.labels.tolist() == [True, False, False]
    assert target.counterpart.id == original.id
    np.testing.assert_array_equal(target.counterpart.features, original.features)
    assert (split.target(1).changed, split.target(1).counterpart) == (None, None)
    assert (split.target(4).changed, split.target(4).counterpart) == (None, None)
    assert split.target(4).labels.tolist() == split.target(1).labels.tolist()


def test_features_are_those_of_the_file_in_float32_and_nothing_else_is_seen(tmp_path):
    files = small_set()
    write_set(tmp_path, files)
    split = opened(tmp_path).split("test")
    for index in range(4):
        inputs = split.inputs(index)
        assert inputs.features.dtype == np.float32
        np.testing.assert_array_equal(inputs.features, files["features_test"]["features"][index])
        assert inputs.classes == tuple(CLASSES)
        assert inputs.image is None
    np.testing.assert_array_equal(split.inputs(4).features, [7, 7, 7, 7])


def test_weak_labels_can_be_dropped_and_hard_is_what_is_left(tmp_path):
    files = small_set()
    files["features_test"]["weak"][2, 0] = (
        1  # of the edit that is hard with it dropped: nothing is left to see
    )
    write_set(tmp_path, files)
    kept, dropped = opened(tmp_path).split("test"), opened(tmp_path, weak="drop").split("test")
    assert kept.target(2).labels.tolist() == [True, False, False]
    assert dropped.target(2).labels.tolist() == [False, False, False]
    assert dropped.slices(2) == ("edited", "hard")
    assert kept.fingerprint() != dropped.fingerprint()


def test_a_share_of_train_leaves_the_hard_edits_of_test_alone(tmp_path):
    write_set(tmp_path)
    small = opened(tmp_path, train_share="1/5", train_draw="1")
    assert len({small.split("train").group(i) for i in range(len(small.split("train")))}) == 1
    whole = opened(tmp_path).split("test")
    assert small.split("test").fingerprint() == whole.fingerprint()
    assert small.split("test").slices(3) == whole.slices(3)


def test_other_features_are_another_rendering_of_the_same_samples(tmp_path):
    files = small_set()
    write_set(tmp_path, files)
    before = opened(tmp_path).split("val")
    files["features_val"]["features"] = files["features_val"]["features"] + np.float16(1)
    write_set(tmp_path, files)
    after = opened(tmp_path).split("val")
    assert before.fingerprint() == after.fingerprint()
    assert before.rendering != after.rendering


def test_a_limit_takes_the_first_samples(tmp_path):
    write_set(tmp_path)
    data = opened(tmp_path)
    assert data.split("test", 3).ids == data.split("test").ids[:3]


def test_names_every_file_that_is_missing(tmp_path):
    folder = write_set(tmp_path)
    assert CocoCf.missing(tmp_path) == []
    (folder / "placebo_val.npz").unlink()
    (folder / "classes.json").unlink()
    assert CocoCf.missing(tmp_path) == ["coco/coco_cf/classes.json", "coco/coco_cf/placebo_val.npz"]


def changed(file, array, place, value):
    def change(files):
        files[file][array][place] = value

    return change


HOSTILE = {
    "an original with another's row": (changed("features_test", "pair_index", 1, 0), "'pair_index', row 1"),
    "an edit of another original": (changed("features_test", "pair_index", 2, 0), "'pair_index', row 2"),
    "an edit before its original": (changed("features_test", "pair_index", 2, 9), "'pair_index', row 2"),
    "a class that is not there": (changed("features_test", "removed_class", 2, 3), "'removed_class', row 2"),
    "an original without a class": (
        changed("features_test", "removed_class", 0, 1),
        "'removed_class', row 0",
    ),
    "the same edit twice": (changed("features_test", "removed_class", 3, 1), "'removed_class', row 3"),
    "another image in a pair": (changed("features_test", "image_id", 2, 8), "'image_id', row 2"),
    "an image twice": (changed("features_test", "image_id", 0, 6), "'image_id', row 1"),
    "an image of train": (changed("features_test", "image_id", 0, 1), "row 0.*in train"),
    "a label of two": (changed("features_test", "labels", (1, 2), 2), "'labels', row 1.*neither"),
    "an edit that adds a class": (changed("features_test", "labels", (2, 2), 1), "'labels', row 2"),
    "an edit that removes nothing": (changed("features_test", "labels", (3, 0), 1), "'labels', row 3"),
    "a class that was never there": (
        changed("features_val", "removed_class", 1, 1),
        "'removed_class', row 1",
    ),
    "a hard edit that is none": (changed("features_test", "hard", 2, 1), "'hard', row 2"),
    "features that are no numbers": (
        changed("features_val", "features", (1, 2), np.nan),
        "'features'.*row 1",
    ),
    "a placebo of nothing": (changed("placebo_test", "original_index", 0, 7), "'original_index', row 0"),
    "a placebo of an edit": (changed("placebo_test", "original_index", 0, 2), "'original_index', row 0"),
    "a placebo of other labels": (changed("placebo_test", "labels", (0, 2), 1), "'labels', row 0"),
    "a placebo of another image": (changed("placebo_test", "image_id", 0, 5), "'image_id', row 0"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_names_file_array_and_row_of_what_cannot_be(tmp_path, case):
    change, said = HOSTILE[case]
    files = small_set()
    change(files)
    write_set(tmp_path, files)
    with pytest.raises(DataError, match=said) as caught:
        for split in ("val", "test"):
            opened(tmp_path).split(split)
    assert ".npz" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "width", "said"),
    [
        ("features_test", 5, "5 numbers an image, and those of train have 4"),
        ("placebo_test", 3, "3 numbers an image, and those of the split have 4"),
    ],
)
def test_features_of_another_width_are_refused(tmp_path, file, width, said):
    files = small_set()
    files[file]["features"] = np.zeros((len(files[file]["features"]), width), np.float16)
    if file == "features_test":
        files["placebo_test"]["features"] = np.zeros((1, width), np.float16)
    write_set(tmp_path, files)
    with pytest.raises(DataError, match=said):
        opened(tmp_path).split("test")


def test_a_split_without_images_and_labels_of_another_width_are_refused(tmp_path):
    files = small_set()
    files["features_train"] = {name: array[:0] for name, array in files["features_train"].items()}
    write_set(tmp_path, files)
    with pytest.raises(DataError, match="holds no image"):
        opened(tmp_path).split("train")
    files["features_val"]["labels"] = np.zeros((2, 4), np.uint8)
    write_set(tmp_path, files)
    with pytest.raises(DataError, match=r"'labels'.*4 places, and 3 are needed"):
        opened(tmp_path).split("val")


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"classes": [1]}', '{"classes": ["a", "a"]}', '["a", ""]', "nothing"]
)
def test_hostile_classes_are_refused(tmp_path, text):
    folder = write_set(tmp_path)
    (folder / "classes.json").write_text(text)
    with pytest.raises(DataError, match=r"classes\.json"):
        opened(tmp_path).split("val")


def test_the_real_set_is_what_its_description_says(real_data):
    data = opened(real_data)
    counts = {}
    for name in data.splits:
        split = data.split(name)
        assert split.fingerprint() == CocoCf.fingerprints[name]
        counts[name] = Counter(one for index in range(len(split)) for one in split.slices(index))
    assert counts == {
        "train": {"original": 1900, "edited": 4630},
        "val": {"original": 300, "edited": 740, "hard": 229, "placebo": 261},
        "test": {"original": 672, "edited": 1634, "hard": 514, "placebo": 571},
    }
    assert split.rendering == CocoCf.rendering
    assert split.inputs(0).features.shape == (1024,)
    assert len(split.classes) == 80


def test_a_run_scores_every_slice(tmp_path, capsys):
    write_set(tmp_path / "data")
    asked = [
        "run",
        "--model",
        "mock-oracle",
        "--dataset",
        "coco-cf",
        "--data-root",
        str(tmp_path / "data"),
        "--json",
    ]
    with pytest.raises(SystemExit) as ended:
        main([*asked, "--out", str(tmp_path / "out")])
    assert not ended.value.code
    result = json.loads(capsys.readouterr().out)
    found = {(row["metric"], row["name"], row["slice"]): row["value"] for row in result["scores"]}
    for name in ("all", "original", "edited", "hard", "placebo"):
        assert found["average-precision", "map", name] == 1
    assert found["pairs", "pair_order", "all"] == 1
