import json
import re
import shutil
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets import DataContext, open_dataset
from cfbench.datasets.iclevr import IClevr, IClevrMini
from cfbench.datasets.iclevr.painting import squeeze
from cfbench.errors import DataError, UsageError
from cfbench.tasks.edit import Placement
from cfbench.worlds.blocks import class_index, instructions, render, render_sequence, sample_scene

COUNTS = {"train": 4, "val": 1, "test": 2}
SCENES = {
    f"CLEVR_{split}_{index:06d}": sample_scene(1, split, index, first_at_center=True)
    for split, count in COUNTS.items()
    for index in range(count)
}


class SmallIClevr(IClevr):
    """i-CLEVR with few sequences."""

    counts = COUNTS


def save(image, path):
    Image.fromarray(image).resize((320, 240), Image.Resampling.BILINEAR).save(path)


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """A small copy of the official layout, drawn by our own world."""
    root = tmp_path_factory.mktemp("official")
    folder = root / "iclevr"
    for part in ("scenes", "images", "text"):
        (folder / part).mkdir(parents=True)
    save(render(next(iter(SCENES.values())), 128, 0), folder / "background.png")
    for name, scene in SCENES.items():
        (folder / "scenes" / f"{name}.json").write_text(json.dumps(scene))
        (folder / "text" / f"{name}.txt").write_text("\n".join(instructions(scene, 1)) + "\n")
        for turn, image in enumerate(render_sequence(scene, 128)):
            save(image, folder / "images" / f"{name}_{turn}.png")
    return root


@pytest.fixture
def root(original, tmp_path):
    shutil.copytree(original, tmp_path / "data")
    return tmp_path / "data"


def opened(root, **options):
    return SmallIClevr(DataContext(root, ContentCache(default_cache_folder()), options))


def test_counts_are_the_published_ones():
    assert IClevr.counts == {"train": 6000, "val": 2000, "test": 2000}


def test_reads_the_official_layout(root):
    assert SmallIClevr.missing(root) == []
    samples = opened(root).split("test")
    assert samples.ids == ["test_000000", "test_000001"]
    for index, sample in enumerate(samples.ids):
        scene = SCENES[f"CLEVR_{sample}"]
        inputs, target = samples.inputs(index), samples.target(index)
        assert list(inputs.instructions) == instructions(scene, 1)
        assert inputs.start.shape == (128, 128, 3)
        for seen, drawn in zip(target.images, render_sequence(scene, 128), strict=True):
            assert np.abs(seen.astype(int) - drawn).mean() < 2
        added = [
            Placement(
                class_index(entry["shape"], entry["color"]),
                entry["pixel_coords"][0] / 320,
                entry["pixel_coords"][1] / 240,
                entry["pixel_coords"][2],
            )
            for entry in scene["objects"]
        ]
        for turn, places in enumerate(target.objects):
            assert set(places) == set(added[: turn + 1])
            assert [place.label for place in places] == sorted(place.label for place in places)
        assert np.array_equal(samples.final_image(index), target.images[-1])


@pytest.mark.parametrize("inside", ["GeNeVA-v1/raw-data/i-CLEVR", "raw-data/i-CLEVR", "i-CLEVR"])
def test_reads_the_unpacked_archive_where_it_lies(original, tmp_path, inside):
    shutil.copytree(original / "iclevr", tmp_path / "iclevr" / inside)
    assert SmallIClevr.missing(tmp_path) == []
    assert opened(tmp_path).split("val").final_image(0).shape == (128, 128, 3)


def test_training_shares_and_zero_shot(root):
    dataset = opened(root)
    assert dataset.split("train-50").ids == dataset.split("train").ids[:2]
    assert dataset.split("train-80").ids == dataset.split("train").ids[:3]
    held_out = {("cube", "gray"), ("cube", "red"), ("sphere", "green"), ("cylinder", "purple")}
    expected = [
        name.removeprefix("CLEVR_")
        for name, scene in SCENES.items()
        if "train" in name and not held_out & {(e["shape"], e["color"]) for e in scene["objects"]}
    ]
    assert dataset.split("train-zero-shot").ids == expected


def test_a_limit_reads_no_more_than_it_needs(root):
    (root / "iclevr/scenes/CLEVR_train_000002.json").write_text("broken")
    assert len(opened(root).split("train", 2)) == 2
    with pytest.raises(DataError, match="CLEVR_train_000002"):
        opened(root).split("train", 3)


def test_foreign_files_are_left_alone(root):
    (root / "iclevr/scenes/notes.json").write_text("{}")
    (root / "iclevr/scenes/CLEVR_trial_000000.json").write_text("{}")
    (root / "iclevr/images/.DS_Store").write_text("x")
    assert SmallIClevr.missing(root) == []
    assert len(opened(root).split("train")) == 4


def test_fingerprint_covers_texts_and_scenes(root):
    before = opened(root).split("test").fingerprint()
    assert opened(root).split("test").fingerprint() == before
    path = root / "iclevr/text/CLEVR_test_000001.txt"
    path.write_text(path.read_text().replace("add", "put", 1))
    assert opened(root).split("test").fingerprint() != before


def renderings(root):
    return {split: opened(root).split(split, 1).rendering for split in ("val", "test")}


def test_rendering_follows_what_is_seen_of_the_pictures(root, tmp_path):
    before = renderings(root)
    assert before["val"] == before["test"] != opened(root, size="64").split("test", 1).rendering
    shutil.copytree(root, tmp_path / "same")
    (tmp_path / "same/iclevr/images/.DS_Store").write_text("x")
    assert renderings(tmp_path / "same") == before
    shutil.copytree(root, tmp_path / "longer")
    with (tmp_path / "longer/iclevr/images/CLEVR_train_000003_4.png").open("ab") as picture:
        picture.write(b"x")
    assert renderings(tmp_path / "longer") != before
    shutil.copytree(root, tmp_path / "background")
    save(np.zeros((240, 320, 3), np.uint8), tmp_path / "background/iclevr/background.png")
    assert renderings(tmp_path / "background") != before
    assert opened(tmp_path / "longer").split("test").fingerprint() == opened(root).split("test").fingerprint()


def test_size_option(root):
    assert opened(root, size="64").split("test", 1).inputs(0).start.shape == (64, 64, 3)
    with pytest.raises(UsageError, match="16 to 512"):
        opened(root, size="1000")


def test_compose_lays_blocks_on_the_official_background(root):
    painter = opened(root).painter()
    background = painter.empty().astype(int)
    image = painter.compose([Placement(class_index("sphere", "red"), 0.3, 0.6, 9.0)]).astype(int)
    rows, columns = np.nonzero(np.ptp(image, axis=2) > 40)
    assert (columns.mean() / 128, rows.mean() / 128) == pytest.approx((0.3, 0.6), abs=0.04)
    assert np.abs(image[:10] - background[:10]).max() <= 2


# Partly installed is not installed.


def remove(part):
    def break_it(folder):
        path = folder / part
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return break_it


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("", "the folder iclevr/"),
        ("images", "iclevr/images/"),
        ("text", "iclevr/text/"),
        ("scenes", "iclevr/scenes/"),
        ("background.png", "iclevr/background.png"),
        ("images/CLEVR_test_000001_3.png", "iclevr/images/CLEVR_test_000001_3.png"),
        ("text/CLEVR_val_000000.txt", "iclevr/text/CLEVR_val_000000.txt"),
        ("scenes/CLEVR_train_000003.json", "iclevr/scenes/: 3 of 4 scenes of train"),
    ],
)
def test_what_is_missing_is_named(root, part, named):
    remove(part)(root / "iclevr")
    assert SmallIClevr.missing(root) == [named]


def test_a_partly_installed_data_set_runs_its_twin_and_says_why(root, monkeypatch):
    (root / "iclevr/images/CLEVR_test_000001_3.png").unlink()
    monkeypatch.setattr(IClevr, "counts", COUNTS)

    class Listener:
        def __init__(self):
            self.lines = []

        def line(self, text):
            self.lines.append(text)

    listener = Listener()
    dataset = open_dataset("iclevr", root=root, options={}, reporter=listener)
    assert isinstance(dataset, IClevrMini)
    assert "CLEVR_test_000001_3.png" in listener.lines[0]


# Broken files: one clear line each.


def broken_text(content):
    return lambda folder: (folder / "text/CLEVR_test_000001.txt").write_bytes(content)


def broken_scene(change):
    def break_it(folder):
        path = folder / "scenes/CLEVR_test_000001.json"
        scene = json.loads(path.read_text())
        path.write_text(json.dumps(change(scene)))

    return break_it


def with_object(**changes):
    return broken_scene(
        lambda scene: {
            "objects": [*scene["objects"][:2], {**scene["objects"][2], **changes}, *scene["objects"][3:]]
        }
    )


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (broken_text(b"add a red cube\n" * 4), "CLEVR_test_000001.txt: it holds 4 instructions, not 5"),
        (broken_text(b"add a red cube\n" * 6), "it holds 6 instructions, not 5"),
        (broken_text(b"add a red cube\n\n" * 3), "it holds 3 instructions, not 5"),
        (broken_text(b""), "it holds 0 instructions, not 5"),
        (broken_text(b"\xff\xfe\n" * 5), "it is not UTF-8"),
        (broken_text(b"a" * 2_000_000), "it is larger than"),
        (with_object(color="pink"), r"CLEVR_test_000001.json, object 3: color 'pink' is none of gray, red"),
        (with_object(shape=["cube"]), r"object 3: shape \['cube'\] is none of cube"),
        (with_object(pixel_coords=[1, 2]), "object 3: pixel_coords is not a list of three numbers"),
        (with_object(pixel_coords=[1, 2, True]), "pixel_coords is not a list of three numbers"),
        (broken_scene(lambda scene: {"objects": scene["objects"][:4]}), "no scene with a list of 5 objects"),
        (broken_scene(lambda scene: [scene]), "no scene with a list of 5 objects"),
        (broken_scene(lambda scene: {"objects": [1, 2, 3, 4, 5]}), "object 1: it is not a JSON object"),
        (remove("text/CLEVR_test_000001.txt"), "CLEVR_test_000001.txt: there is no such file"),
    ],
)
def test_broken_sequences_are_refused(root, break_it, message):
    break_it(root / "iclevr")
    with pytest.raises(DataError, match=message) as error:
        opened(root).split("test")
    assert "\n" not in str(error.value)


def truncated(path):
    path.write_bytes(path.read_bytes()[:2000])


def huge(path):
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def web_page(path):
    path.write_text("<html>not found</html>")


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (truncated, "truncated|broken|cut short|ends"),
        (huge, "50000 x 50000 pixels"),
        (web_page, "not PNG or JPEG"),
        (lambda path: path.unlink(), "there is no such file"),
    ],
)
def test_broken_pictures_are_refused(root, break_it, message):
    path = root / "iclevr/images/CLEVR_test_000001_4.png"
    break_it(path)
    samples = opened(root).split("test")
    assert samples.final_image(0).shape == (128, 128, 3)
    for read in (samples.final_image, samples.target):
        with pytest.raises(DataError, match=message) as error:
            read(1)
        assert re.search("CLEVR_test_000001_4.png", str(error.value))
        assert "\n" not in str(error.value)


def test_a_split_without_scenes_is_refused(root):
    remove("scenes/CLEVR_val_000000.json")(root / "iclevr")
    with pytest.raises(DataError, match="no split val"):
        opened(root).split("val")


# The squeeze.


def test_squeeze_is_bilinear_between_pixel_centres():
    ramp = np.repeat(np.arange(0, 240, 3, dtype=np.uint8)[None, :, None], 60, axis=0).repeat(3, axis=2)
    out = squeeze(ramp, 32)
    expected = (np.arange(32) + 0.5) * 80 / 32 - 0.5
    assert np.array_equal(out[5, :, 0], np.rint(np.clip(expected, 0, 79) * 3))
    assert (out == out[0]).all()


def test_squeeze_of_the_same_size_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.array_equal(squeeze(image, 64), image)


def test_squeeze_does_not_smooth():
    image = np.zeros((240, 320, 3), dtype=np.uint8)
    image[:, 1::5] = 255
    # Every other sample falls between black columns; an averaging filter would make all of them gray.
    assert squeeze(image, 128).max() > 120
    assert squeeze(image, 128).min() == 0
