import copy

import numpy as np
import pytest

from cfbench.worlds.blocks import (
    COLORS,
    assemble,
    camera_of,
    make_object,
    object_mask,
    plain_setting,
    render,
    render_sequence,
    sample_scene,
)
from cfbench.worlds.blocks.camera import Camera
from cfbench.worlds.blocks.shapes import Block, enter, normal, visibility
from cfbench.worlds.blocks.vocabulary import RGB

SCENE = sample_scene(3, "test", 6)


def stage(*objects):
    """A scene without jitter: each object is (name, place, size, material)."""
    setting = plain_setting()
    camera = Camera(tuple(setting["camera"]["location"]))
    entries = [
        make_object(camera, name, place, size=size, material=material, rotation=20)
        for name, place, size, material in objects
    ]
    return assemble("made", 0, setting, entries)


@pytest.mark.parametrize("size", [64, 96, 128])
def test_images_are_square_rgb_bytes(size):
    image = render(SCENE, size)
    assert image.shape == (size, size, 3)
    assert image.dtype == np.uint8


@pytest.mark.parametrize("size", [64, 128])
def test_a_turn_alone_equals_the_turn_of_the_sequence(size):
    frames = render_sequence(SCENE, size)
    assert len(frames) == 5
    for count, frame in enumerate(frames, 1):
        assert np.array_equal(render(SCENE, size, count), frame)


def test_rendering_does_not_change_the_scene():
    before = copy.deepcopy(SCENE)
    render(SCENE, 64)
    assert before == SCENE


def test_each_turn_changes_the_image_where_its_object_is():
    frames = [render(SCENE, 128, 0), *render_sequence(SCENE, 128)]
    for turn in range(5):
        alone = object_mask({**SCENE, "objects": SCENE["objects"][: turn + 1]}, 128) == turn
        changed = (frames[turn + 1].astype(int) - frames[turn]).any(axis=2)
        assert changed[alone].mean() > 0.95


def test_golden_pixels():
    image = render(SCENE, 128).astype(int)
    golden = {
        (5, 5): (107, 107, 107),
        (64, 64): (130, 130, 130),
        (120, 120): (173, 173, 173),
        (100, 20): (137, 137, 137),
        (94, 51): (149, 116, 69),
        (61, 84): (176, 138, 87),
        (46, 49): (162, 77, 77),
        (72, 34): (59, 130, 130),
        (51, 31): (160, 102, 187),
    }
    for (row, column), expected in golden.items():
        assert np.abs(image[row, column] - expected).max() <= 1


def test_small_and_large_images_show_the_same_scene():
    large = render(SCENE, 128).reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(large - render(SCENE, 64)).mean() < 1.5


@pytest.mark.parametrize("material", ["rubber", "metal"])
@pytest.mark.parametrize("color", COLORS)
@pytest.mark.parametrize("shape", ["cube", "sphere", "cylinder"])
def test_objects_have_the_hue_of_their_color(shape, color, material):
    scene = stage((f"{shape} {color}", (0, 0), "large", material))
    image, mask = render(scene, 96).astype(float), object_mask(scene, 96) == 0
    seen = np.median(image[mask], axis=0)
    nearest = min(COLORS, key=lambda name: np.abs(_chroma(seen) - _chroma(_display(RGB[name]))).sum())
    assert nearest == color


def _display(rgb):
    return 255 * (np.array(rgb) / 255 * 0.6) ** (1 / 2.2)


def _chroma(rgb):
    return np.array(rgb) / np.sum(rgb)


def test_shadows_darken_the_ground_and_nothing_else():
    empty, scene = stage(), stage(("cylinder red", (0, 0), "large", "rubber"))
    ground = object_mask(scene, 128) == -1
    # Pixels at the silhouette mix block and ground.
    for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
        ground &= np.roll(object_mask(scene, 128) == -1, shift, axis)
    change = render(scene, 128).astype(int) - render(empty, 128)
    assert (change[ground] <= 0).all()
    assert (change[ground].min(axis=1) < -15).sum() > 60


def test_shadows_fall_on_other_objects():
    # The key lamp stands at the right: the block on the right shades the one on its left.
    left, right = (
        ("cube yellow", (-0.75, -0.1), "large", "rubber"),
        ("cylinder red", (1.0, 0.1), "large", "rubber"),
    )
    pair, alone = stage(left, right), stage(left)
    mask = (object_mask(pair, 128) == 0) & (object_mask(alone, 128) == 0)
    change = render(pair, 128).astype(int)[mask] - render(alone, 128)[mask]
    assert change.max() <= 1 or (change > 1).mean() < 0.1
    assert (change.min(axis=1) < -25).sum() > 40


def test_penumbra_widens_with_distance_from_the_caster():
    block = Block.from_scene(stage(("cube red", (0, 0), "large", "rubber"))["objects"][0])
    light = (0.6, 0.0, 0.8)

    def width(x):
        y = np.linspace(-2, 2, 2001, dtype=np.float32)
        share = visibility(block, light, 0.3, (np.full_like(y, x), y, np.float32(0)))
        return ((share > 0.02) & (share < 0.98)).sum()

    assert width(-1.3) > 1.4 * width(-0.75) > 0


@pytest.mark.parametrize("shape", ["cube", "sphere", "cylinder"])
def test_soft_shadow_of_a_small_lamp_is_the_shadow_that_rays_find(shape):
    block = Block.from_scene(stage((f"{shape} red", (0.3, -0.2), "large", "rubber"))["objects"][0])
    light = np.array([0.48, 0.36, 0.8])
    x, y = (axis.astype(np.float32) for axis in np.meshgrid(np.linspace(-3, 3, 200), np.linspace(-3, 3, 200)))
    share = visibility(block, tuple(light), 1e-4, (x, y, np.float32(0)))
    # Rays toward the lamp, begun under the ground so that those beneath the block count too.
    origin = [axis - np.float32(d * 10) for axis, d in zip((x, y, np.zeros_like(x)), light, strict=True)]
    _, hit = enter(block, origin, *(np.full_like(x, d) for d in light))
    outside = np.hypot(x - 0.3, y + 0.2) > block.reach
    assert ((share < 0.5) == hit)[outside].mean() > 0.997


@pytest.mark.parametrize("shape", ["cube", "sphere", "cylinder"])
def test_normals_are_unit_vectors_that_face_the_camera(shape):
    scene = stage((f"{shape} red", (0.3, -0.2), "large", "rubber"))
    block, camera = Block.from_scene(scene["objects"][0]), camera_of(scene)
    columns, rows = np.meshgrid(np.arange(0, 320, 2.0), np.arange(0, 240, 2.0))
    rays = camera.rays(columns, rows)
    depth, hit = enter(block, camera.location, *rays)
    assert hit.sum() > 100
    point = [e + (depth * ray)[hit] for e, ray in zip(camera.location, rays, strict=True)]
    facing = normal(block, *point)
    assert np.allclose(sum(n * n for n in facing), 1, atol=1e-4)
    toward = sum(n * ray[hit] for n, ray in zip(facing, rays, strict=True))
    # Rounded edges may turn a little away at the silhouette.
    assert (toward < 0).mean() > 0.95


def test_metal_mirrors_other_blocks_and_rubber_does_not():
    neighbor = ("sphere yellow", (1.2, 0.5), "large", "rubber")

    def tinted(material):
        gray = ("cylinder gray", (-0.5, 0.4), "large", material)
        scene = stage(gray, neighbor)
        image, block = render(scene, 128).astype(int), object_mask(scene, 128) == 0
        for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
            block &= np.roll(object_mask(scene, 128) == 0, shift, axis)
        return (image[..., 0] - image[..., 2] > 20)[block].sum()

    assert tinted("metal") > 40
    assert tinted("rubber") == 0


def test_nearer_blocks_hide_farther_ones_in_any_order_of_addition():
    near, far = ("cube red", (1.4, -1.4), "large", "rubber"), ("sphere cyan", (0, 0), "large", "rubber")
    one, other = stage(near, far), stage(far, near)
    hidden = np.abs(render(one, 96).astype(int) - render(other, 96)).max()
    assert hidden <= 1
    assert ((object_mask(one, 96) == 0) == (object_mask(other, 96) == 1)).all()


def test_edges_are_smooth():
    scene = stage(("sphere yellow", (0, 0), "large", "rubber"))
    image = render(scene, 128).astype(int)[..., 0] - render(scene, 128).astype(int)[..., 2]
    mask = object_mask(scene, 128) == 0
    inside = image[mask].max()
    between = (image > 0.2 * inside) & (image < 0.6 * inside)
    assert between.sum() > 10
