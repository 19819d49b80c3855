"""``edit-coco``: what it makes is what ``coco-cf`` reads; stopped and gone on with it is the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from drawn_coco import COUNT, Grey, Means, draw_coco

from cfbench.cache import ContentCache
from cfbench.cli._edit_coco import command
from cfbench.datasets import DataContext
from cfbench.datasets.coco_cf import CocoCf, editing
from cfbench.datasets.coco_cf.editing import Choices, Maker, making
from cfbench.errors import DataError, UsageError
from cfbench.files import read_image
from cfbench.reporter import silent


@pytest.fixture
def maker(tmp_path):
    images, annotations = draw_coco(tmp_path)
    out = tmp_path / "root" / "coco" / "coco_cf"
    return Maker(images, editing.read_annotations(annotations), out, Choices(size=60), Means(), Grey())


def opened(root):
    return CocoCf(DataContext(root, ContentCache(root / "cache")))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".npz", ".json"}}


def test_makes_what_coco_cf_reads(maker, tmp_path):
    summary = maker.make(silent)
    data = opened(tmp_path / "root")
    assert CocoCf.missing(tmp_path / "root") == []
    roles = {}
    for name in data.splits:
        split = data.split(name)
        roles[name] = [record.role for record in split.records]
        counts = {role: roles[name].count(role) for role in ("original", "edited", "placebo")}
        assert counts | {"hard": sum(record.hard for record in split.records)} == summary["counts"][name]
        for index, record in enumerate(split.records):
            if record.role == "edited":
                before = split.target(split.ids.index(f"{record.pair}_original")).labels
                lost = before & ~split.target(index).labels
                assert np.flatnonzero(lost).tolist() == [record.changed]
    assert sum(names.count("original") for names in roles.values()) == COUNT
    assert "placebo" not in roles["train"]
    assert "placebo" in roles["test"]
    assert split.inputs(0).features.shape == (16,)
    assert split.classes == ("person", "dog", "kite")


def test_edits_differ_where_their_class_was_and_nowhere_else(maker):
    maker.make(silent)
    edited = read_image(maker.out / "edited" / f"COCO_val2014_{2:012d}_{18:012d}.png")
    assert edited.shape == (40, 60, 3)
    assert (edited[8:14, 24:32] == 128).all()  # the dog, at half of its size
    assert edited[8:14, 6:14].tolist() == np.full((6, 8, 3), (200, 30, 30)).tolist()
    assert (edited[30:] == 240).all()
    assert len(list((maker.out / "placebo").iterdir())) > 0


def test_stopped_and_gone_on_with_is_the_same(maker, tmp_path):
    maker.make(silent)
    whole = content(maker.out)
    asked = maker.backbone.asked
    other = replace(maker, out=tmp_path / "other", backbone=Means())
    other.make(silent, limit=5)
    begun = other.backbone.asked
    (other.out / "features_train.npz").write_bytes(b"cut")
    other.make(silent)
    assert content(other.out) == whole
    assert begun < other.backbone.asked == asked
    maker.make(silent)
    assert maker.backbone.asked == asked


def test_other_choices_do_not_mix(maker):
    maker.make(silent, limit=3)
    for changed, said in (
        (replace(maker, choices=Choices(size=60, per_image=1)), "another per_image"),
        (replace(maker, inpainter=None), "another inpainter"),
        (replace(maker, images=maker.images.parent), None),
    ):
        with pytest.raises(DataError if said is None else UsageError, match=said or "annotated images"):
            changed.make(silent, limit=3)


def test_a_damaged_piece_of_work_is_refused_by_name(maker):
    maker.make(silent, limit=3)
    piece = sorted((maker.out / "work").glob("*.npz"))[1]
    piece.write_bytes(piece.read_bytes()[:50])
    with pytest.raises(DataError, match=piece.name):
        maker.make(silent, limit=3)


def test_images_edited_by_others_are_taken_by_their_names(maker, tmp_path):
    maker.make(silent)
    given = replace(
        maker,
        out=tmp_path / "given",
        edited=maker.out / "edited",
        inpainter=None,
        choices=Choices(size=60, placebo=False),
    )
    found = given.make(silent)
    assert sum(counts["edited"] for counts in found["counts"].values()) == len(
        list((maker.out / "edited").iterdir())
    )
    assert all(counts["placebo"] == 0 for counts in found["counts"].values())
    with np.load(given.out / "features_test.npz") as one, np.load(maker.out / "features_test.npz") as other:
        order = np.lexsort((other["removed_class"], other["pair_index"]))
        np.testing.assert_array_equal(one["features"], other["features"][order])
        np.testing.assert_array_equal(one["labels"], other["labels"][order])


def test_broken_and_huge_images_are_refused_by_name(maker, monkeypatch):
    first = sorted(maker.images.iterdir())[0]
    data = first.read_bytes()
    first.write_bytes(data[:100])
    with pytest.raises(DataError, match=first.name):
        maker.make(silent)
    first.write_bytes(data)
    monkeypatch.setattr(making, "MAX_PIXELS", 1000)
    with pytest.raises(DataError, match=r"120 x 80 pixels"):
        maker.make(silent)


class Careless:
    identity = "careless@1"

    def __init__(self, answer):
        self.fill = answer


@pytest.mark.parametrize(
    "answer",
    [
        lambda image, hole: np.zeros_like(image),
        lambda image, hole: image[:-1],
        lambda image, hole: image.astype(np.float32),
        lambda image, hole: None,
    ],
)
def test_an_inpainter_that_does_more_than_fill_is_refused(maker, answer):
    with pytest.raises(UsageError, match="careless@1"):
        replace(maker, inpainter=Careless(answer)).make(silent)


def test_too_few_images_make_no_set(maker):
    with pytest.raises(DataError, match="Too few images"):
        maker.make(silent, limit=2)


def test_large_features_are_kept_in_float32(maker):
    class Large(Means):
        def features(self, image):
            return super().features(image) * 1000

    replace(maker, backbone=Large()).make(silent)
    with np.load(maker.out / "features_val.npz") as arrays:
        assert arrays["features"].dtype == np.float32
        assert arrays["features"].max() > 100_000


def test_the_command_makes_a_set_with_an_inpainter_of_ones_own(tmp_path, monkeypatch):
    images, annotations = draw_coco(tmp_path)
    (tmp_path / "mine.py").write_text(
        "class Mine:\n    identity = 'mine'\n    def fill(self, image, hole):\n        image[hole] = 9\n        return image\n"
    )
    monkeypatch.setattr(editing, "open_backbone", lambda spec, normalise: Means())
    out = tmp_path / "out"
    asked = ["--images", images, "--annotations", annotations, "--out", out, "--backbone", "any.onnx"]
    done = CliRunner().invoke(
        command, [*map(str, asked), "--inpainter", f"{tmp_path / 'mine.py'}:Mine", "--limit", "6"]
    )
    assert done.exit_code == 0, done.output
    assert "test: 1 original" in done.output
    assert (out / "made.json").is_file()
