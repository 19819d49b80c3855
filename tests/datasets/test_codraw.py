"""The official CoDraw: small files in its layouts, hostile ones, and the whole of the real one."""

import gzip
import json
import pickle
import shutil
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.datasets.codraw import CoDraw, reading
from cfbench.datasets.codraw.merging import merge_geneva
from cfbench.datasets.codraw.records import HELD_OUT
from cfbench.errors import DataError, UsageError
from cfbench.tasks.edit import Placement
from cfbench.worlds.park.classes import CLASS_NAMES, all_png_names

SMALL = {"train": 8, "val": 1, "test": 1}
SUN, DOG = "s_3s.png,0,3,0,{x},40,1,0,", "a_2s.png,1,2,4,250,300.5,2,1,"
UNUSED = "t_3s.png,2,3,7,-10000,77,0,0,"


def entry(teller, drawer, canvas):
    return {"msg_t": teller, "msg_d": drawer, "abs_d": canvas, "abs_b": "", "seq_t": "1", "score": []}


def dialogue(image_id, *, dog):
    sun = SUN.format(x=10 * image_id)
    entries = [entry("hi", "hi", ""), entry("A sun .", "ok", f"2,{sun}{UNUSED}")]
    entries.append(entry("move it", "where ?", f"2,{sun.replace(',40,', ',60,')}{UNUSED}"))
    if dog:
        entries.append(entry("a dog", "ok", f"3,{sun}{DOG}{UNUSED}"))
    return {"image_id": image_id, "abs_t": f"1,{sun}", "socketId": "x", "dialog": entries}


def small_table():
    keys = {
        image_id: "val" if image_id == 8 else "test" if image_id == 9 else "train" for image_id in range(10)
    }
    data = {f"{split}_{i:05d}": dialogue(i, dog=i % 2 == 1) for i, split in reversed(keys.items())}
    return {"count": 10, "data": data}


@pytest.fixture(autouse=True)
def small_counts(request, monkeypatch):
    if "real_data" not in request.fixturenames:
        monkeypatch.setattr(CoDraw, "counts", SMALL)


@pytest.fixture(scope="session")
def clip_art(tmp_path_factory):
    folder = tmp_path_factory.mktemp("art") / "Pngs"
    folder.mkdir()
    for number, name in enumerate(all_png_names()):
        Image.new("RGBA", (60, 40), (number, 0, 200, 255)).save(folder / name)
    Image.new("RGB", (500, 400), (0, 120, 0)).save(folder / "background.png")
    return folder


@pytest.fixture
def root(tmp_path, clip_art):
    folder = tmp_path / "data" / "codraw"
    folder.mkdir(parents=True)
    shutil.copytree(clip_art, folder / "Pngs")
    (folder / "CoDraw_1_0.json").write_text(json.dumps(small_table()))
    return tmp_path / "data"


def opened(root, cache=None, **options):
    return CoDraw(DataContext(root, ContentCache(cache or root / "cache"), options))


def test_a_dialogue_becomes_instructions_objects_and_images(root):
    assert CoDraw.missing(root) == []
    samples = opened(root).split("test")
    assert samples.ids == ["test_00009"]
    inputs, target = samples.inputs(0), samples.target(0)
    assert inputs.instructions == ("<teller> a sun", "<teller> move it <drawer> where <teller> a dog")
    assert inputs.start.shape == (128, 128, 3)
    assert (inputs.start == [0, 120, 0]).all()
    sun, dog = CLASS_NAMES.index("sun"), CLASS_NAMES.index("dog")
    assert target.objects == (
        (Placement(sun, 0.18, 0.1, 0.5),),
        (Placement(sun, 0.18, 0.1, 0.5), Placement(dog, 0.5, 0.75125, 1.0)),
    )
    assert [np.any(image != inputs.start, axis=2).sum() for image in target.images] == sorted(
        np.any(image != inputs.start, axis=2).sum() for image in target.images
    )
    assert np.array_equal(samples.final_image(0), target.images[1])


def test_rendering_is_that_of_the_clip_art_and_the_size(root, tmp_path):
    samples = opened(root).split("test")
    assert opened(root, size="64").split("test").rendering != samples.rendering
    shutil.copytree(root, tmp_path / "same")
    assert opened(tmp_path / "same").split("test").rendering == samples.rendering
    shutil.copytree(root, tmp_path / "retouched")
    png = tmp_path / "retouched/codraw/Pngs/a_2s.png"
    art = bytearray(png.read_bytes())
    art[-1] ^= 1  # of the same length
    png.write_bytes(art)
    retouched = opened(tmp_path / "retouched").split("test")
    assert retouched.rendering != samples.rendering
    assert retouched.fingerprint() == samples.fingerprint()


def test_incomplete_clip_art_is_told_before_anything_is_drawn(root):
    (root / "codraw/Pngs/a_2s.png").unlink()
    with pytest.raises(DataError, match=r"a_2s\.png: there is no such file"):
        opened(root).split("test")


def test_every_canvas_is_a_turn_where_asked(root):
    target = opened(root, turns="every").split("test").target(0)
    assert len(target.images) == 3
    assert target.objects[1][0].y == pytest.approx(0.15)
    with pytest.raises(UsageError, match="geneva, every"):
        opened(root, turns="all")


def test_packed_cut_and_root_layouts_hold_the_same_samples(root, tmp_path):
    reference = opened(root)
    expected = {split: reference.split(split).fingerprint() for split in reference.splits}
    one = root / "codraw" / "CoDraw_1_0.json"
    data = one.read_bytes()
    one.unlink()
    (root / "codraw" / "CoDraw_1_0.json.gz").write_bytes(gzip.compress(data))
    assert fingerprints(root, tmp_path / "a") == expected
    (root / "codraw" / "CoDraw_1_0.json.gz").unlink()
    folder = root / "codraw" / "output"
    folder.mkdir()
    for key, value in json.loads(data)["data"].items():
        (folder / f"{key}.json").write_text(json.dumps(value))
    assert fingerprints(root, tmp_path / "b") == expected
    assert fingerprints(root / "codraw", tmp_path / "c") == expected


def fingerprints(root, cache):
    assert CoDraw.missing(root) == []
    dataset = opened(root, cache)
    return {split: dataset.split(split).fingerprint() for split in dataset.splits}


def test_named_subsets_of_training(root):
    dataset = opened(root)
    train = dataset.split("train")
    assert train.ids == [f"train_{i:05d}" for i in range(8)]
    assert dataset.split("train-50").ids == train.ids[:4]
    assert dataset.split("train-80").ids == train.ids[:6]
    assert dataset.split("train-zero-shot").ids == train.ids[::2]
    assert dataset.split("train-zero-shot", 2).ids == train.ids[:4:2]
    assert dataset.split("train", 3).ids == train.ids[:3]
    assert CLASS_NAMES.index("dog") in HELD_OUT


def test_what_is_missing_is_named(root, tmp_path):
    assert CoDraw.missing(tmp_path / "nowhere") == [
        "codraw/CoDraw_1_0.json (or .gz, or a file for each dialogue)",
        "the clip art codraw/Pngs/",
    ]
    (root / "codraw" / "Pngs" / "a_2s.png").unlink()
    (root / "codraw" / "Pngs" / "background.png").unlink()
    assert CoDraw.missing(root) == ["codraw/Pngs/a_2s.png", "codraw/Pngs/background.png"]
    (root / "codraw" / "CoDraw_1_0.json").rename(root / "codraw" / "train_00000.json")
    assert CoDraw.missing(root)[:3] == [
        "1 of 8 dialogues of train (train_<id>.json)",
        "0 of 1 dialogues of val (val_<id>.json)",
        "0 of 1 dialogues of test (test_<id>.json)",
    ]


def test_a_merged_split_is_kept_and_the_file_is_not_parsed_again(root, monkeypatch):
    first = opened(root).split("train").fingerprint()
    monkeypatch.setattr(reading.OneFile, "read", None)
    assert opened(root).split("train").fingerprint() == first
    with pytest.raises(TypeError):
        opened(root, turns="every").split("train")


def test_a_changed_file_is_parsed_again(root):
    opened(root).split("test")
    table = small_table()
    table["data"]["test_00009"]["dialog"][1]["msg_t"] = "another sun"
    (root / "codraw" / "CoDraw_1_0.json").write_text(json.dumps(table))
    assert opened(root).split("test").inputs(0).instructions[0] == "<teller> another sun"


def changed(**places):
    table = small_table()
    for place, value in places.items():
        target = table["data"]["test_00009"]
        if place in target:
            target[place] = value
        else:
            target["dialog"][1][place] = value
    return json.dumps(table)


def without(key):
    table = small_table()
    del table["data"]["test_00009"]["dialog"][1][key]
    return json.dumps(table)


def as_table(**fields):
    return json.dumps(small_table() | fields)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (as_table()[:-40], "as JSON"),
        ("[]", "no object 'data'"),
        ('{"data": []}', "no object 'data'"),
        (as_table(count=11), "announces 11 dialogues and holds 10"),
        (as_table(data={"../x": {}}, count=1), "is not the key of a dialogue"),
        (as_table(data={"test_00009": {}}, count=1), "holds 0 dialogues of train, not 8"),
        (changed(image_id=19), "test_00009: its image_id 19 is of test_00019"),
        (changed(image_id="9"), "'image_id' is missing or not of type int"),
        (changed(image_id=True), "'image_id' is missing"),
        (changed(dialog={}), "'dialog' is missing or not of type list"),
        (changed(dialog=[7]), "entry 1: it is not a JSON object"),
        (changed(dialog=[]), "never draws anything"),
        (changed(dialog=[entry("a", "b", "")] * 1001), "1,001 entries"),
        (changed(msg_t=None), "'msg_t' is missing or not of type str"),
        (changed(msg_d="x" * 10_001), "more than 10,000 characters"),
        (changed(abs_d="1,s_3s.png,0,3,0,nan,40,1,0,"), "entry 2: A coordinate .* is 'nan'"),
        (changed(abs_d="3,s_3s.png"), "announces 3 clips"),
        (without("abs_d"), "'abs_d' is missing"),
        (as_table(extra=1).replace("1}", "NaN}"), "NaN"),
    ],
)
def test_foreign_and_broken_files_are_one_clear_line(root, text, says):
    path = root / "codraw" / "CoDraw_1_0.json"
    path.write_text(text)
    with pytest.raises(DataError, match=says) as caught:
        opened(root).split("test")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_truncated_gzip_file_is_one_clear_line(root):
    packed = gzip.compress((root / "codraw" / "CoDraw_1_0.json").read_bytes())
    (root / "codraw" / "CoDraw_1_0.json").unlink()
    (root / "codraw" / "CoDraw_1_0.json.gz").write_bytes(packed[:-20])
    with pytest.raises(DataError, match="cut short"):
        opened(root).split("test")


def test_a_broken_cut_file_is_named(root):
    (root / "codraw" / "CoDraw_1_0.json").unlink()
    for key, value in small_table()["data"].items():
        (root / "codraw" / f"{key}.json").write_text(json.dumps(value))
    (root / "codraw" / "val_00008.json").write_text("{")
    assert opened(root).split("test").ids == ["test_00009"]
    with pytest.raises(DataError, match=r"val_00008\.json"):
        opened(root).split("val")


def test_painter_and_records_survive_the_journey_to_a_worker(root):
    samples = opened(root).split("train", 2)
    again = pickle.loads(pickle.dumps(samples))
    assert np.array_equal(again.final_image(1), samples.final_image(1))


PUBLISHED_TEST_TURNS = {1: 35, 2: 64, 3: 206, 4: 252, 5: 253, 6: 145, 7: 36, 8: 8, 9: 2, 10: 1}


@pytest.fixture(scope="module")
def real_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("codraw-cache")


def test_the_real_test_split_has_the_published_counts(real_data, real_cache):
    assert CoDraw.missing(real_data) == []
    samples = opened(real_data, real_cache).split("test")
    records = samples.records
    assert len(records) == 1002
    assert Counter(len(record.instructions) for record in records) == PUBLISHED_TEST_TURNS
    assert np.mean([len(record.instructions) for record in records]) == pytest.approx(4.26, abs=0.005)
    words = [len(text.split()) for record in records for text in record.instructions]
    assert np.mean(words) == pytest.approx(22.8, abs=0.05)
    assert max(words) == 112
    objects = [len(record.objects[-1]) for record in records]
    assert np.mean(objects) == pytest.approx(6.43, abs=0.005)
    assert samples.fingerprint() == CoDraw.fingerprints["test"]
    image = samples.target(0).images[-1]
    assert image.shape == (128, 128, 3)
    assert np.any(image != samples.inputs(0).start)


def test_what_the_real_test_dialogues_say_after_their_last_turn(real_data):
    """901 as published; 902 here, where test_09689 does not go stale and so keeps its last words apart."""
    file = reading.OneFile(real_data / "codraw" / "CoDraw_1_0.json.gz", CoDraw.counts)
    dialogues = file.read("test")
    merged = {key: merge_geneva(reading.entries_of("real", key, value)) for key, value in dialogues.items()}
    assert sum(bool(each.trailing) for each in merged.values()) == 902
    assert merged["test_09689"].trailing


@pytest.mark.slow
def test_the_other_real_splits(real_data, real_cache):
    dataset = opened(real_data, real_cache)
    sizes = {"train": 7989, "train-50": 3994, "train-80": 6391, "train-zero-shot": 4463, "val": 1002}
    for split, size in sizes.items():
        samples = dataset.split(split)
        assert len(samples) == size
        assert samples.fingerprint() == CoDraw.fingerprints[split]


def test_pictures_that_were_changed_are_told(real_data, tmp_path):
    from cfbench.datasets.installing import verify

    root = tmp_path / "root"
    shutil.copytree(real_data / "codraw", root / "codraw")
    (root / "codraw" / "Pngs").chmod(0o755)
    sun, cloud = (root / "codraw" / "Pngs" / name for name in ("s_3s.png", "s_2s.png"))
    context = DataContext(real_data, ContentCache(tmp_path / "cache"))
    assert {c.what: c.state for c in verify("codraw", context)}["codraw pictures"] == "ok"
    sun.chmod(0o644)
    sun.write_bytes(cloud.read_bytes())
    context = DataContext(root, ContentCache(tmp_path / "cache"))
    found = {c.what: c.state for c in verify("codraw", context)}
    assert found["codraw pictures"] == "wrong"
    assert found["codraw@1 test"] == "ok"
