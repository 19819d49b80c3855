"""Which labels go with what is taken out, and where a placebo may be."""

from __future__ import annotations

import numpy as np
import pytest

from cfbench.datasets.coco_cf.editing.annotations import Box
from cfbench.datasets.coco_cf.editing.planning import class_mask, edit_of, edits_of, placebo_of, scaled
from cfbench.randomness import generator

PERSON = Box(10, 10, 50, 50, 0)


def test_a_mask_is_every_box_of_the_class_grown_by_two_pixels():
    mask = class_mask([PERSON, Box(60.5, 60, 62, 61, 0), Box(0, 0, 5, 5, 1)], 0, 100, 100)
    wanted = np.zeros((100, 100), np.bool_)
    wanted[8:52, 8:52] = True
    wanted[58:63, 58:64] = True
    np.testing.assert_array_equal(mask, wanted)


def test_masks_stay_within_the_image():
    mask = class_mask([Box(-50, 90, 3, 400, 0)], 0, 100, 80)
    assert mask.shape == (100, 80)
    np.testing.assert_array_equal(np.argwhere(mask).min(0), (88, 0))
    np.testing.assert_array_equal(np.argwhere(mask).max(0), (99, 4))


@pytest.mark.parametrize(
    ("tie", "gone", "weak"),
    [
        (Box(20, 20, 30, 30, 1), (0, 1), ()),  # wholly inside
        (Box(20, 20, 24, 60, 1), (0,), (1,)),  # 30 of 40 rows, 75 %
        (Box(20, 48, 24, 60, 1), (0,), ()),  # a third
    ],
)
def test_a_class_goes_with_another_that_covers_it(tie, gone, weak):
    edit = edit_of([PERSON, tie], 0, 100, 100)
    assert (edit.removed, edit.gone, edit.weak, edit.boxes) == (0, gone, weak, 1)
    assert edit.area == 40 * 40 / 100**2
    assert edit.mask.mean() == 44 * 44 / 100**2


def test_one_box_in_sight_keeps_a_label():
    edit = edit_of([PERSON, Box(20, 20, 30, 30, 1), Box(80, 80, 90, 90, 1)], 0, 100, 100)
    assert (edit.gone, edit.weak) == ((0,), ())


def test_no_more_edits_than_asked_for_in_an_order_of_chance():
    boxes = [Box(10 * label, 0, 10 * label + 5, 5, label) for label in range(6)]
    orders = {
        tuple(edit.removed for edit in edits_of(boxes, 100, 100, 3, generator(seed, "order")))
        for seed in range(20)
    }
    assert {len(order) for order in orders} == {3}
    assert len(orders) > 10
    assert {label for order in orders for label in order} == set(range(6))


def test_what_fills_the_image_is_left_in():
    boxes = [Box(0, 0, 100, 61, 0), Box(90, 90, 99, 99, 1)]
    assert [edit.removed for edit in edits_of(boxes, 100, 100, 3, generator(0, "large"))] == [1]


def test_a_placebo_is_where_next_to_nothing_is():
    boxes = [Box(0, 0, 60, 100, 0)]
    for seed in range(30):
        hole = placebo_of(boxes, 100, 100, 0.1, generator(seed, "placebo"))
        assert hole is not None
        assert class_mask(boxes, 0, 100, 100)[hole].mean() < 0.05
        assert 0.005 < hole.mean() < 0.12


def test_a_placebo_shrinks_to_the_room_there_is_and_there_may_be_none():
    narrow = [Box(0, 0, 75, 100, 0)]
    found = [placebo_of(narrow, 100, 100, 0.5, generator(seed, "placebo")) for seed in range(10)]
    assert all(hole is not None and hole.mean() < 0.25 for hole in found)
    assert placebo_of([Box(0, 0, 100, 100, 0)], 100, 100, 0.1, generator(0, "placebo")) is None


def test_boxes_are_scaled_with_their_image():
    assert scaled([Box(10, 20, 30, 40, 3)], 0.5, 0.25) == [Box(5, 5, 15, 10, 3)]
