"""Pictures: fitted, kept, checked."""

from __future__ import annotations

import numpy as np
import pytest

from cfbench.errors import DataError
from cfbench.reporter import silent
from cfbench_detectors.pictures import fitted, open_pictures


def test_a_larger_image_is_reduced_to_means_of_areas():
    image = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    means = image.reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(fitted(image, 64) - means).max() <= 1
    assert fitted(image, 128) is image
    assert fitted(np.full((96, 80, 3), 7, np.uint8), 64).tolist() == np.full((64, 64, 3), 7).tolist()


def test_a_smaller_image_is_refused_unless_it_may_be_enlarged():
    small = np.full((32, 32, 3), 9, np.uint8)
    with pytest.raises(DataError, match="64 a side"):
        fitted(small, 64)
    assert (fitted(small, 64, enlarges=True) == 9).all()


def test_pictures_are_drawn_once_and_hold_what_is_there(park, tmp_path):
    split = park.split("val", 3)
    pictures = open_pictures(split, 64, 3, tmp_path, silent)
    at = 0
    for index, record in enumerate(split.records):
        for frame, objects in zip(split.frames(index), record.objects, strict=True):
            assert np.array_equal(pictures.images[at], frame)
            assert set(np.flatnonzero(pictures.present[at])) == {place.label for place in objects}
            for place in objects:
                assert pictures.places[at, place.label] == pytest.approx((place.x, place.y, place.depth))
            at += 1
        assert pictures.final[at - 1]
    assert at == len(pictures)
    assert pictures.final.sum() == 3
    assert not pictures.places[~pictures.present].any()

    split.frames = None  # type: ignore[assignment,method-assign]
    again = open_pictures(split, 64, 3, tmp_path, silent)
    assert np.array_equal(again.images, pictures.images)


def test_damaged_pictures_are_drawn_again(blocks, tmp_path):
    split = blocks.split("val", 2)
    before = np.array(open_pictures(split, 64, 2, tmp_path, silent).images)
    for damage in (b"\x00", b""):
        (kept,) = tmp_path.glob("pictures/*/*.rgb")
        kept.write_bytes(damage * (kept.stat().st_size if damage else 0))
        after = open_pictures(split, 64, 2, tmp_path, silent)
        assert np.array_equal(after.images, before)
