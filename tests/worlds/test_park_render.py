import pickle
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageOps

from cfbench.errors import DataError, UsageError
from cfbench.worlds.park.art import SPRITE_NAMES, background, draw_sprite
from cfbench.worlds.park.classes import all_png_names, kind_of
from cfbench.worlds.park.render import ParkRenderer, draw_order
from cfbench.worlds.park.strings import DEPTH_SCALES, Clip

OWN = ParkRenderer(128)
EMPTY = OWN.render([]).astype(int)
CROWD = ["s_3", "s_2", "p_8", "hb0_7", "hb1_26", "a_2", "c_3", "e_1", "t_13"]


def clip(name, x=250.0, y=200.0, depth=0, *, flip=False):
    return Clip(f"{name}s.png", 0, 0, 0, x, y, depth, flip)


def crowd():
    places = np.random.default_rng(5).uniform((0, 0), (500, 400), (len(CROWD), 2)).tolist()
    return [
        clip(name, *at, depth=i % 3, flip=i % 2 == 1)
        for i, (name, at) in enumerate(zip(CROWD, places, strict=True))
    ]


def changed(*clips, size=128):
    return (
        np.abs(ParkRenderer(size).render(clips).astype(int) - ParkRenderer(size).render([])).max(axis=2) > 12
    )


def extent(mask):
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([np.ptp(columns) + 1, np.ptp(rows) + 1])


def slow_reference(clips, size):
    """The same scene by Pillow alone: whole pixels at 500 x 400, then made small."""
    canvas = background().convert("RGBA")
    for each in sorted(clips, key=lambda c: draw_order(c.png, c.depth)):
        image = draw_sprite(each.png.removesuffix("s.png"))
        image = ImageOps.mirror(image) if each.flip else image
        scale = DEPTH_SCALES[each.depth]
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BOX)
        sheet = Image.new("RGBA", canvas.size)
        sheet.paste(image, (round(each.x - image.width / 2), round(each.y - image.height / 2)))
        canvas = Image.alpha_composite(canvas, sheet)
    return np.asarray(canvas.convert("RGB").resize((size, size), Image.Resampling.BOX)).astype(int)


@pytest.mark.parametrize(("size", "tolerance"), [(64, 2), (128, 2), (256, 3)])
def test_agrees_with_a_slow_reference(size, tolerance):
    """Apart from edges: the reference rounds places to whole canvas pixels."""
    error = np.abs(ParkRenderer(size).render(crowd()) - slow_reference(crowd(), size))
    assert error.mean() < tolerance
    assert np.quantile(error, 0.9) < 3 * tolerance


@pytest.mark.parametrize("size", [16, 64, 100, 1024])
def test_image_has_the_size_asked_for(size):
    image = ParkRenderer(size).render(crowd())
    assert (image.shape, image.dtype, image.flags.c_contiguous) == ((size, size, 3), np.uint8, True)


@pytest.mark.parametrize("name", SPRITE_NAMES)
def test_every_sprite_shows_and_stands_about_its_centre(name):
    rows, columns = np.nonzero(changed(clip(name)))
    width, height = draw_sprite(name).size
    assert rows.size
    assert abs((columns.min() + columns.max() + 1) / 2 - 64) <= width * 128 / 500 * 0.2 + 1
    assert abs((rows.min() + rows.max() + 1) / 2 - 64) <= height * 128 / 400 * 0.2 + 1


@pytest.mark.parametrize("name", ["hb0_31", "s_7", "a_2", "t_8"])
def test_flip_mirrors_a_clip_about_its_centre(name):
    there, back = (OWN.render([clip(name, flip=flip)]).astype(int) - EMPTY for flip in (False, True))
    assert np.abs(there - back).max() > 50
    assert np.abs(there - back[:, ::-1]).mean() < 2  # hills are not symmetric, and places are steps of a grid


@pytest.mark.parametrize("name", ["hb1_2", "s_1", "p_3", "t_2"])
def test_depth_shrinks_a_clip(name):
    sizes = [extent(changed(clip(name, depth=depth))) for depth in range(3)]
    for depth in (1, 2):
        assert np.abs(sizes[depth] - sizes[0] * DEPTH_SCALES[depth]).max() <= 2


def test_draw_order_is_sun_sky_then_far_to_near_then_class():
    keys = [
        draw_order("s_3s.png", 0),
        draw_order("s_0s.png", 0),
        draw_order("s_7s.png", 2),
        draw_order("p_0s.png", 2),
        draw_order("t_14s.png", 2),
        draw_order("p_0s.png", 1),
        draw_order("p_9s.png", 0),
        draw_order("hb0_34s.png", 0),
        draw_order("hb1_0s.png", 0),
        draw_order("a_0s.png", 0),
        draw_order("t_14s.png", 0),
    ]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert {kind_of(draw_order(png, 0) % 100) for png in all_png_names() if png[0] in "pacet"} == {
        1,
        4,
        5,
        6,
        7,
    }


def test_nearer_clips_cover_farther_ones_whatever_their_order():
    tree, dog = clip("p_9", depth=1), clip("a_2")
    image = OWN.render([dog, tree])
    assert np.array_equal(image, OWN.render([tree, dog]))
    alone = OWN.render([dog]).astype(int)
    middle = changed(dog)
    body = np.asarray(draw_sprite("a_2").getchannel("A").resize((36, 34), Image.Resampling.BOX)) == 255
    assert body.mean() > 0.3
    same = np.abs(image.astype(int) - alone).max(axis=2) < 3
    assert (same & middle).sum() > 0.6 * middle.sum()


def test_sun_is_behind_clouds_even_when_nearer():
    cloud, sun = clip("s_2", 250, 100, depth=2), clip("s_3", 250, 100, depth=0)
    assert np.array_equal(OWN.render([cloud, sun])[32, 64], OWN.render([cloud])[32, 64])


@pytest.mark.parametrize("place", [(900.0, 200.0), (250.0, -700.0), (250.0, 999.0), (999.0, 999.0)])
def test_a_clip_off_the_canvas_changes_nothing(place):
    assert np.array_equal(OWN.render([clip("p_3", *place)]), EMPTY)


@pytest.mark.parametrize("place", [(0.0, 0.0), (499.0, 399.0), (510.0, 200.0), (250.0, -20.0), (3.0, 410.0)])
def test_a_clip_across_the_border_is_cut_off(place):
    assert changed(clip("p_9", *place)).any()


def test_a_centre_left_of_the_canvas_is_not_drawn():
    assert changed(clip("p_5", 0.0)).any()
    assert np.array_equal(OWN.render([clip("p_5", -0.5)]), EMPTY)


def test_small_moves_show():
    """Places are finer than pixels: at 64 px a pixel is eight canvas pixels wide."""
    images = [ParkRenderer(64).render([clip("a_0", 250.0 + dx)]).astype(int) for dx in (0, 2, 4, 6)]
    assert all(np.abs(a - b).sum() > 0 for a, b in pairwise(images))


@pytest.mark.parametrize(
    "wrong",
    [
        clip("z_1"),
        clip("s_8"),
        clip("hb0_35"),
        Clip("s_٣s.png", 0, 0, 0, 1.0, 1.0, 0, flip=False),
        Clip("../s_3s.png", 0, 0, 0, 1.0, 1.0, 0, flip=False),
        clip("s_3", depth=3),
        clip("s_3", depth=-10000),
        clip("s_3", float("nan")),
        clip("s_3", y=float("inf")),
    ],
)
def test_what_is_no_clip_is_refused(wrong):
    with pytest.raises(DataError):
        OWN.render([wrong])


@pytest.mark.parametrize("size", [0, 15, 1025, -64])
def test_a_senseless_size_is_refused(size):
    with pytest.raises(UsageError):
        ParkRenderer(size)


def test_another_process_draws_the_same():
    renderer = pickle.loads(pickle.dumps(OWN))
    assert renderer == OWN
    program = (
        "import pickle, sys; renderer, clips = pickle.load(sys.stdin.buffer);"
        "sys.stdout.buffer.write(renderer.render(clips).tobytes())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps((renderer, crowd())),
        capture_output=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == OWN.render(crowd()).tobytes()
