"""From the released table of bottom-up features to feature files."""

import base64
import json

import numpy as np
import pytest
from small_vqa_cp import BOXES, DIMENSION, HEIGHT, WIDTH, features

from cfbench.datasets.vqa_cp import unpack_bottom_up
from cfbench.errors import DataError


def packed(values):
    return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()


def row(image, **other):
    fields = {
        "id": image,
        "w": WIDTH,
        "h": HEIGHT,
        "n": len(BOXES),
        "boxes": packed(BOXES),
        "features": packed(features(image)),
    }
    return "\t".join(map(str, (fields | other).values()))


@pytest.fixture
def table(tmp_path):
    return tmp_path / "features.tsv"


def test_each_image_becomes_a_file(table, tmp_path):
    table.write_text("\n".join(row(image) for image in (3, 1)) + "\n")
    assert unpack_bottom_up(table, tmp_path) == 2
    with np.load(tmp_path / "features/3.npz") as held:
        assert np.array_equal(held["features"], features(3))
        assert np.array_equal(held["boxes"], BOXES)
        assert held["size"].tolist() == [WIDTH, HEIGHT]
    index = json.loads((tmp_path / "features/index.json").read_text())
    assert index == {"dimension": DIMENSION, "images": ["3", "1"]}


def test_only_the_images_that_are_asked_for(table, tmp_path):
    table.write_text("\n".join(row(image) for image in (3, 1)) + "\n")
    assert unpack_bottom_up(table, tmp_path, {"1"}) == 1
    assert not (tmp_path / "features/3.npz").exists()
    with pytest.raises(DataError, match="none of the images"):
        unpack_bottom_up(table, tmp_path, {"7"})


BROKEN = [
    ("1\t2", "line 2: it has 2 columns, not 6"),
    (row(2, w="x"), "line 2: its image_w is no whole number"),
    (row(2, h=0), "line 2: its image has no width or no height"),
    (row(2, n=0), "it has 0 boxes"),
    (row(2, n=1001), "it has 1,001 boxes"),
    (row(2, boxes="!"), "its boxes are no base64"),
    (row(2, boxes=packed(np.ones((3, 5)))), "its boxes have 5 numbers"),
    (row(2, features=packed(np.ones(7))), "28 bytes, no float32 for 3 boxes"),
    (row(2, features=packed(np.ones((3, 5)))), "line 2: its features are 5 wide, those before 4"),
    (row(2, features=packed([[1, 2, 3, 4]] * 2 + [[1, np.nan, 3, 4]])), r"not finite \(box 2, from 0\)"),
    (row(1), "the image 1 was there before"),
]


@pytest.mark.parametrize(("line", "message"), BROKEN)
def test_hostile_lines(table, tmp_path, line, message):
    table.write_text(f"{row(1)}\n{line}\n")
    with pytest.raises(DataError, match=message):
        unpack_bottom_up(table, tmp_path)
    assert not (tmp_path / "features/index.json").exists()
