from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from cfbench.errors import DataError
from cfbench.worlds.park.art import BACKGROUND_SIZE, SPRITE_NAMES, background, draw_sprite
from cfbench.worlds.park.art.canvas import Sketch, arc, ellipse, hull, rotate, smooth, star
from cfbench.worlds.park.art.gallery import draw_sprite as gallery_draw
from cfbench.worlds.park.classes import all_png_names
from cfbench.worlds.park.render import ParkRenderer
from cfbench.worlds.park.strings import Clip

PEOPLE = [name for name in SPRITE_NAMES if name.startswith("hb")]


def alpha(image):
    return np.asarray(image)[..., 3].astype(float) / 255


def seen_at_64(name):
    clip = Clip(f"{name}s.png", 0, 0, 0, 250.0, 200.0, 0, flip=False)
    return ParkRenderer(64).render([clip]).astype(int)


def test_there_is_one_drawing_for_each_official_picture():
    assert tuple(f"{name}s.png" for name in SPRITE_NAMES) == all_png_names()


@pytest.mark.parametrize("name", SPRITE_NAMES)
def test_sprite_has_a_body_on_a_transparent_ground(name):
    image = draw_sprite(name)
    cover = alpha(image)
    assert image.mode == "RGBA"
    assert (cover == 1).mean() > 0.02
    assert (cover == 0).mean() > 0.1


@pytest.mark.parametrize("name", sorted(set(SPRITE_NAMES) - {"p_7"}))
def test_sprite_is_not_cut_off_by_its_frame(name):
    cover = alpha(draw_sprite(name))
    sides = {"top": cover[0], "bottom": cover[-1], "left": cover[:, 0], "right": cover[:, -1]}
    cut = {
        side: round(float((line > 0.9).mean()), 2)
        for side, line in sides.items()
        if (line > 0.9).mean() > 0.3
    }
    assert not cut


def test_sprites_differ_even_on_a_canvas_of_64_pixels():
    seen = {name: seen_at_64(name) for name in SPRITE_NAMES}
    alike = [
        pair for pair in combinations(SPRITE_NAMES, 2) if np.abs(seen[pair[0]] - seen[pair[1]]).max() < 40
    ]
    assert alike == []


def test_a_sprite_is_not_its_own_mirror_image():
    """Else the flip of a person, whom the words call looking left or right, would not show."""
    assert all(
        np.abs(np.asarray(draw_sprite(n)).astype(int) - np.asarray(draw_sprite(n))[:, ::-1]).max() > 100
        for n in PEOPLE
    )


def test_drawing_again_gives_the_same_pixels():
    fresh = [gallery_draw.__wrapped__(name) for name in SPRITE_NAMES[::9]]
    assert all(
        np.array_equal(draw_sprite(name), image) for name, image in zip(SPRITE_NAMES[::9], fresh, strict=True)
    )


def test_an_unknown_sprite_is_refused():
    with pytest.raises(DataError, match="z_1"):
        draw_sprite("z_1")


def test_background_is_sky_over_grass():
    image = background()
    assert (image.mode, image.size) == ("RGB", BACKGROUND_SIZE)
    pixels = np.asarray(image).astype(int)
    assert (pixels[:150].mean(axis=(0, 1)).argmax(), pixels[200:].mean(axis=(0, 1)).argmax()) == (2, 1)


def test_sprites_are_as_large_as_the_official_ones(real_data):
    folder = real_data / "codraw" / "Pngs"
    for name in SPRITE_NAMES:
        with Image.open(folder / f"{name}s.png") as official:
            theirs, box = official.size, official.convert("RGBA").getchannel("A").getbbox()
        ours = draw_sprite(name)
        mine = ours.getchannel("A").getbbox()
        assert max(abs(a - b) for a, b in zip(ours.size, theirs, strict=True)) <= 2, name
        for axis in (0, 1):
            share = (mine[axis + 2] - mine[axis]) / (box[axis + 2] - box[axis])
            assert 0.8 <= share <= 1.25, (name, axis, share)


def test_filled_area_is_exact():
    sheet = Sketch(60, 50)
    sheet.shape([(10.25, 5), (40.75, 5), (40.75, 25.5), (10.25, 25.5)], "#ffffff", ink=None)
    assert alpha(sheet.image()).sum() == pytest.approx(30.5 * 20.5, rel=2e-3)
    disc = Sketch(60, 60)
    disc.ellipse(30, 30, 20, 10, "#ffffff", ink=None, turn=30)
    assert alpha(disc.image()).sum() == pytest.approx(np.pi * 200, rel=0.02)


def test_a_ring_is_hollow_and_cut_off_at_the_edge_of_the_sheet():
    sheet = Sketch(20, 20)
    sheet.shape([*ellipse(0, 10, 8, 8), (8, 10), *ellipse(0, 10, 4, 4)], "#ffffff", ink=None)
    cover = alpha(sheet.image())
    assert cover[10, 6] == 1
    assert cover[10, 1] == 0


def test_stroke_has_its_width_and_round_ends():
    sheet = Sketch(60, 20)
    sheet.stroke([(10, 10), (50, 10)], 6, "#ff0000")
    assert alpha(sheet.image()).sum() == pytest.approx(40 * 6 + np.pi * 9, rel=0.01)


def test_what_lies_outside_the_sheet_or_the_clip_is_not_painted():
    sheet = Sketch(20, 20)
    sheet.ellipse(100, 100, 5, 5, "#ffffff")
    sheet.stroke([(-50, -50), (-20, -30)], 4, "#ffffff")
    sheet.shape([(0, 0), (20, 0), (20, 20), (0, 20)], "#ffffff", inside=[(0, 0), (10, 0), (10, 20), (0, 20)])
    cover = alpha(sheet.image())
    assert (cover[:, :10] == 1).all()
    assert (cover[:, 10:] == 0).all()


def test_gradient_runs_from_the_first_colour_to_the_second():
    sheet = Sketch(10, 30)
    sheet.shape([(0, 0), (10, 0), (10, 30), (0, 30)], ("#000000", "#ffffff"), ink=None)
    column = np.asarray(sheet.image())[:, 5, 0].astype(int)
    assert (column[0], column[-1]) == (0, 255)
    assert (np.diff(column) > 0).all()


def test_laying_sheets_over_one_another_cuts_off_what_falls_outside():
    upper, lower = Sketch(10, 10), Sketch(10, 10)
    upper.shape([(0, 0), (10, 0), (10, 10), (0, 10)], "#ff0000", ink=None)
    lower.lay(upper, 6, -7)
    assert alpha(lower.image()).sum() == 4 * 3


def test_curves_pass_through_their_points():
    points = [(0.0, 0.0), (10.0, 5.0), (3.0, 20.0)]
    assert set(points) <= set(smooth(points))
    assert smooth(points, closed=False)[-1] == points[-1]
    assert rotate([(10.0, 0.0)], 90, (0.0, 0.0))[0] == pytest.approx((0, 10))
    assert arc(0, 0, 5, 5, (0, 180))[-1] == pytest.approx((-5, 0))
    assert star(0, 0, 10)[0] == pytest.approx((0, -10))


def test_hull_wraps_every_circle():
    skin = hull([(10, 10, 5), (40, 12, 3), (25, 11, 2)])
    sheet = Sketch(60, 30)
    sheet.shape(skin, "#ffffff", ink=None)
    cover = alpha(sheet.image())
    assert cover[10, 10] == cover[12, 40] == cover[11, 25] == 1
    assert min(x for x, _ in skin) == pytest.approx(5, abs=0.2)
    assert max(x for x, _ in skin) == pytest.approx(43, abs=0.2)
