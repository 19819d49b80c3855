"""Boxes from COCO's own file and from lists of them, and what is refused."""

from __future__ import annotations

import json

import pytest

from cfbench.datasets.coco_cf.editing import read_annotations
from cfbench.datasets.coco_cf.editing.annotations import CATEGORIES, CLASSES, Box
from cfbench.errors import DataError


def instances():
    return {
        "images": [
            {"id": 9, "file_name": "b.jpg"},
            {"id": 3, "file_name": "val/a.jpg"},
            {"id": 5, "file_name": "c.jpg"},
        ],
        "annotations": [
            {"image_id": 9, "category_id": 18, "bbox": [1, 2, 10.5, 20]},
            {"image_id": 3, "category_id": 1, "bbox": [0, 0, 4, 4], "iscrowd": 1},
            {"image_id": 9, "category_id": 1, "bbox": [5, 5, 0, 3]},
        ],
        "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}],
    }


def written(tmp_path, value):
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(value))
    return path


def test_reads_cocos_own_file(tmp_path):
    found = read_annotations(written(tmp_path, instances()))
    assert found.classes == ("person", "dog")
    assert found.categories == (1, 18)
    assert [(one.id, one.file) for one in found.images] == [(3, "a.jpg"), (9, "b.jpg")]
    assert found.images[1].boxes == (Box(1, 2, 11.5, 22, 1), Box(5, 5, 5, 8, 0))


def test_reads_a_list(tmp_path):
    path = tmp_path / "boxes.txt"
    path.write_text("val2017/000000000139.jpg 1,2,3,4,0 5.5,6,7,8,79\n\nval2017/000000000632.jpg\n")
    found = read_annotations(path)
    assert found.classes == CLASSES
    (image,) = found.images
    assert (image.id, image.file) == (139, "000000000139.jpg")
    assert image.boxes == (Box(1, 2, 3, 4, 0), Box(5.5, 6, 7, 8, 79))


def test_knows_cocos_classes_and_their_numbers():
    assert len(CLASSES) == len(set(CLASSES)) == len(CATEGORIES) == 80
    assert dict(zip(CLASSES, CATEGORIES, strict=True)) | {
        "person": 1,
        "stop sign": 13,
        "toothbrush": 90,
    } == dict(zip(CLASSES, CATEGORIES, strict=True))


def change(part, at, **fields):
    def changed(value):
        value[part][at] |= fields

    return changed


HOSTILE = {
    "another image": (change("annotations", 1, image_id=77), "annotation 1.*no image 77"),
    "another class": (change("annotations", 2, category_id=2), "annotation 2.*no category 2"),
    "a box of three": (change("annotations", 0, bbox=[1, 2, 3]), "annotation 0.*'bbox'"),
    "a box of words": (change("annotations", 0, bbox=["1", 2, 3, 4]), "annotation 0.*'bbox'"),
    "a box of no number": (change("annotations", 0, bbox=[1, 2, float("inf"), 4]), "instances.json"),
    "a box without end": (change("annotations", 0, bbox=[1, 2, 1e30, 4]), "annotation 0.*'bbox'"),
    "a box turned round": (change("annotations", 0, bbox=[1, 2, -3, 4]), "annotation 0.*'bbox'"),
    "an id of text": (change("images", 1, id="3"), "image 1.*'id'"),
    "an id below": (change("images", 1, id=-3), "image 1.*'id'"),
    "an image twice": (change("images", 1, id=9), "image 1.*twice"),
    "a file that leads out": (change("images", 0, file_name="../.."), "image 0.*no name of a file"),
    "a class twice": (change("categories", 0, name="person"), "categories"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_names_the_place_of_what_cannot_be(tmp_path, case):
    changed, said = HOSTILE[case]
    value = instances()
    changed(value)
    with pytest.raises(DataError, match=said) as caught:
        read_annotations(written(tmp_path, value))
    assert "instances.json" in str(caught.value)


@pytest.mark.parametrize(
    "value", [[], {}, {"images": 3}, instances() | {"annotations": [3]}, instances() | {"annotations": []}]
)
def test_refuses_what_is_no_such_file(tmp_path, value):
    with pytest.raises(DataError, match=r"instances\.json"):
        read_annotations(written(tmp_path, value))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a/000000000007.jpg 1,2,3,4", "not x1,y1,x2,y2,class"),
        ("a/000000000007.jpg 1,2,3,4,80", "no class 80"),
        ("a/000000000007.jpg 4,2,3,4,0", "ends before it begins"),
        ("a/000000000007.jpg 1e9,2,3,4,0", "not x1,y1,x2,y2,class"),
        ("a/cat.jpg 1,2,3,4,0", "does not end in an image's number"),
        ("a/.. 1,2,3,4,0", "no name of a file"),
        ("b/000000000001.jpg 1,2,3,4,0", "is there twice"),
        ("a/999999999999.jpg 1,2,3,4,0", "does not end in an image's number"),
    ],
)
def test_names_the_line_of_a_list(tmp_path, line, said):
    path = tmp_path / "boxes.txt"
    path.write_text(f"a/000000000001.jpg 1,2,3,4,0\n{line}\n")
    with pytest.raises(DataError, match=f"line 2.*{said}"):
        read_annotations(path)


def test_refuses_lists_without_boxes_or_of_other_bytes(tmp_path):
    path = tmp_path / "boxes.txt"
    for data, said in ((b"", "no image in it has a box"), (b"\xff\xfe", "byte 0 is no UTF-8")):
        path.write_bytes(data)
        with pytest.raises(DataError, match=said):
            read_annotations(path)


def test_reads_the_real_list(real_data):
    found = read_annotations(real_data / "coco" / "val2017.txt")
    assert len(found.images) == 4952
    assert sum(len(one.boxes) for one in found.images) == 36_781
