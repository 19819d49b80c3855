"""Figure 4: what is chosen to be shown, what is counted, and where the pictures are from."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gs_splits import Pictures as Features

from cfbench.datasets.coco_cf import CocoCf, layout
from cfbench.errors import DataError
from cfbench.files import encode_png
from cfbench.reproduction import Settings, Workshop
from cfbench.tasks.labels import ScoresPrediction
from cfbench_models.gs.reproduction import examples
from cfbench_models.gs.reproduction.examples import Labelled, _cards, _counts
from cfbench_models.gs.reproduction.photographs import Pictures, credits_of, pictures_of
from cfbench_models.gs.reproduction.sheet import sheet

SVG = "{http://www.w3.org/2000/svg}"


class Shown(Features):
    """With a picture of each sample but of the first pair's."""

    def inputs(self, index, *, teacher_forced=False):
        image = np.full((8, 12, 3), index, np.uint8)
        return replace(super().inputs(index), image=image if index >= 3 else None)

    def group(self, index):
        return f"pair {index // 3}"


@pytest.fixture
def images():
    return Labelled.of(Shown("test", pairs=20))


def scores(images, wrong):
    """The truth, but turned around at some places."""
    said = images.labels.astype(float)
    said[wrong] = 1 - said[wrong]
    return said


def measured(images, said):
    """A run that says this of the originals and edits."""
    rows = np.zeros((len(images.split), 3))
    rows[list(images.at)] = said
    run = SimpleNamespace(
        predictions=lambda: [ScoresPrediction(row) for row in rows],
        result=SimpleNamespace(protocol=SimpleNamespace(seed=0)),
    )
    return SimpleNamespace(runs=(run,))


def test_as_many_top_labels_are_looked_at_as_are_true(images):
    assert set(images.roles) == {"original", "edited"}
    true = images.labels.sum(axis=1)
    assert (images.right(scores(images, [])) == true).all()
    # of three classes two are true of an original: turned around, one of the two on top is still right
    turned = images.right(scores(images, slice(None)))
    assert set(turned[true == 2].tolist()) == {1}
    assert set(turned[true == 1].tolist()) == {0}
    assert (images.ahead(scores(images, [])) == 1).all()


def test_counts_are_by_role_and_say_both_ways(images):
    before, after = scores(images, [0, 2]), scores(images, [1])
    run = measured(images, after)
    assert (images.scores(run)[0] == after).all()
    cells = {(cell.method, cell.number): cell for cell in _counts(images, [before], [after], run)}
    more, fewer = (cells["+ GS", f"images with {word} of them, original"] for word in ("more", "fewer"))
    assert (more.value, fewer.value, more.n) == (2 / 20, 0, 20)
    assert cells["+ GS", "images with fewer of them, edited"].value == 1 / 20
    assert cells["without edited", "right top labels, original"].value == pytest.approx(1 - 2 * 0.5 / 20)
    assert cells["+ GS", "right top labels, original"].value == 1


def test_both_ends_are_shown_one_of_a_pair_and_only_what_has_a_picture(images, monkeypatch):
    monkeypatch.setattr(examples, "pictures_of", lambda work, split: Pictures(split))
    work = SimpleNamespace(dataset=SimpleNamespace(context=SimpleNamespace(root=Path("nowhere"))))
    better = [
        0,
        1,
        2,
        3,
        4,
        6,
        8,
        10,
        12,
        14,
        16,
        18,
        20,
    ]  # the pictures of the first pair, 0 and 1, are not here
    worse = [30, 31, 32]
    sections, told = _cards(work, images, scores(images, better), scores(images, worse))
    (first, towards), (second, away) = sections
    assert (len(towards), len(away)) == (8, 2)
    assert first == "Most towards the truth: 8 of 38 images"
    assert second == "Most away from it: 2 of 38 images"
    assert len({card.name for card in towards}) == 8
    assert {card.name for card in away} == {"test_15", "test_16"}
    assert all(not any(right for *_, right in card.said[0].labels) for card in towards if len(card.true) == 1)
    assert "at most one of a pair" in told[0]
    figure = sheet("A sheet", sections).figure("examples")
    root = ET.fromstring(figure.svg)
    assert len(list(root.iter(f"{SVG}image"))) == 10
    assert "test_15, original. True: ball, dog" in root.find(f"{SVG}desc").text
    assert figure.png.startswith(b"\x89PNG")


def test_without_pictures_nothing_is_shown_and_that_is_said():
    images = Labelled.of(Features("test", pairs=4))
    work = SimpleNamespace(dataset=SimpleNamespace(options={}))
    sections, told = _cards(work, images, scores(images, [0]), scores(images, []))
    assert sections == []
    assert "no pictures" in told[0]


def test_generated_pictures_are_drawn_larger():
    work = Workshop(Settings(threads=1, limit=3), "park-labels-mini")
    split = work.dataset.split("test", 3)
    found = pictures_of(work, split)
    assert 0 in found
    assert found.split.inputs(0).image.shape == (352, 352, 3)
    assert found.split.ids == split.ids
    assert found.data(0).startswith(b"\x89PNG")


@pytest.fixture
def photographs(tmp_path):
    """A folder of photographs, and a work that looks there."""
    folder = tmp_path / layout.FOLDER
    (folder / "pairs").mkdir(parents=True)
    picture = encode_png(np.zeros((4, 4, 3), np.uint8))
    for name in ("000000000007_rm_wine-glass_before", "000000000007_rm_wine-glass_after", "x_rm_y_after"):
        (folder / "pairs" / f"{name}.jpg").write_bytes(picture)
    data = object.__new__(CocoCf)
    data.context = SimpleNamespace(root=tmp_path)
    ids = ["test_000000000007_original", "test_000000000007_without-wine-glass", "test_000000000008_original"]
    return SimpleNamespace(dataset=data), SimpleNamespace(name="test", ids=ids), folder


def test_photographs_are_found_by_their_names(photographs):
    work, split, folder = photographs
    found = pictures_of(work, split)
    assert [index in found for index in range(3)] == [True, True, False]
    assert found.data(1).startswith(b"\x89PNG")
    (folder / "pairs" / "000000000007_rm_wine-glass_after.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match="wine-glass_after"):
        found.data(1)


def test_photographs_are_credited(photographs):
    work, split, folder = photographs
    assert credits_of(work, split.ids) == []
    file = folder / "pairs.csv"
    file.write_text("image_id,license_name,flickr_photo_page\n7,CC BY 2.0,https://example.org/7\n")
    (told,) = credits_of(work, split.ids)
    assert "CC BY 2.0, https://example.org/7" in told
    file.write_text("image,license\n7,CC\n")
    with pytest.raises(DataError, match=r"pairs\.csv"):
        credits_of(work, split.ids)
