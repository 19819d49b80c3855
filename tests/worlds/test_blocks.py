import json

import numpy as np
import pytest

from cfbench.files import canonical_json, sha256_hex
from cfbench.worlds.blocks import (
    CLASS_NAMES,
    class_index,
    object_mask,
    plain_setting,
    sample_scene,
)
from cfbench.worlds.blocks.camera import Camera
from cfbench.worlds.blocks.render import camera_of
from cfbench.worlds.blocks.scene import MARGIN, MIN_DISTANCE, MIN_VISIBLE, assemble, make_object
from cfbench.worlds.blocks.shapes import Block
from cfbench.worlds.blocks.vocabulary import RADIUS

SCENES = [sample_scene(3, "test", index) for index in range(25)]


def test_scene_is_a_pure_function_of_its_arguments():
    assert sample_scene(3, "test", 4) == SCENES[4]
    others = [sample_scene(4, "test", 4), sample_scene(3, "val", 4), sample_scene(3, "test", 5)]
    assert all(other["objects"] != SCENES[4]["objects"] for other in others)


def test_scenes_are_the_same_on_every_machine():
    digest = sha256_hex(b"".join(canonical_json(scene) for scene in SCENES))
    assert digest == "d7970300211cab4406866b8e98ae50b037dd108ca222f7a4a46575833171716b"


def test_scene_survives_json_exactly():
    for scene in SCENES:
        assert json.loads(json.dumps(scene)) == scene


def test_scene_has_clevrs_schema():
    for index, scene in enumerate(SCENES):
        assert scene["image_index"] == index
        assert scene["image_filename"] == f"CLEVR_test_{index:06d}.png"
        assert scene["split"] == "test"
        assert set(scene["directions"]) == {"left", "right", "front", "behind", "above", "below"}
        assert set(scene["relationships"]) == {"left", "right", "front", "behind"}
        assert len(scene["objects"]) == 5
        for entry in scene["objects"]:
            assert set(entry) == {
                "color", "shape", "size", "material", "3d_coords", "rotation", "pixel_coords"
            }  # fmt: skip
            column, row, _ = entry["pixel_coords"]
            assert isinstance(column, int)
            assert isinstance(row, int)


def test_all_sizes_materials_and_classes_occur():
    entries = [entry for scene in SCENES for entry in scene["objects"]]
    assert {entry["size"] for entry in entries} == {"large", "small"}
    assert {entry["material"] for entry in entries} == {"rubber", "metal"}
    assert len({(entry["shape"], entry["color"]) for entry in entries}) == 24


def test_objects_of_a_scene_differ_in_shape_or_color():
    for scene in SCENES:
        assert len({(entry["shape"], entry["color"]) for entry in scene["objects"]}) == 5


def test_class_index_is_shape_major():
    assert CLASS_NAMES[0] == "cube gray"
    assert CLASS_NAMES[8] == "sphere gray"
    assert CLASS_NAMES[23] == "cylinder yellow"
    for index, name in enumerate(CLASS_NAMES):
        assert class_index(*name.split()) == index


def test_relationships_are_true_of_the_coordinates():
    for scene in SCENES:
        points = np.array([entry["3d_coords"] for entry in scene["objects"]])
        for name, lists in scene["relationships"].items():
            along = points @ np.array(scene["directions"][name])
            for position, others in enumerate(lists):
                assert others == [k for k in range(5) if along[k] > along[position]]


def test_directions_belong_to_the_camera():
    for scene in SCENES:
        directions = {name: np.array(value) for name, value in scene["directions"].items()}
        assert np.allclose(directions["left"], -directions["right"])
        assert np.allclose(directions["behind"], -directions["front"])
        camera = camera_of(scene)
        middle = camera.project((0, 0, 0.5))
        right = camera.project(directions["right"] + (0, 0, 0.5))
        behind = camera.project(directions["behind"] + (0, 0, 0.5))
        assert right[0] > middle[0]
        assert right[1] == pytest.approx(middle[1], abs=1e-3)
        assert behind[1] < middle[1]
        assert behind[2] > middle[2]


def test_objects_keep_their_distance_and_margins():
    for scene in SCENES:
        for i, one in enumerate(scene["objects"]):
            for other in scene["objects"][:i]:
                offset = np.subtract(one["3d_coords"], other["3d_coords"])
                reach = Block.from_scene(one).reach + Block.from_scene(other).reach
                assert np.hypot(*offset[:2]) - reach >= MIN_DISTANCE - 1e-9
                for name in ("right", "behind"):
                    assert abs(offset @ np.array(scene["directions"][name])) >= MARGIN - 1e-6


def test_every_object_of_a_scene_is_visible():
    for scene in SCENES:
        shown = np.bincount(object_mask(scene, 240).ravel() + 1, minlength=6)[1:] / 240**2
        # Counted on another grid than the one that placed them: allow a few pixels of difference.
        assert (shown >= MIN_VISIBLE * 0.85).all()


def test_pixel_coordinates_are_those_of_the_image():
    hits = 0
    for scene in SCENES:
        for entry in scene["objects"]:
            alone = object_mask({**scene, "objects": [entry]}, 240)
            column, row, _ = entry["pixel_coords"]
            assert alone[row, int(column * 240 / 320)] == 0
            rows, columns = np.nonzero(alone == 0)
            if rows.min() > 0 and columns.min() > 0 and rows.max() < 239 and columns.max() < 239:
                assert (rows.min() + rows.max()) / 2 == pytest.approx(row, abs=6)
                assert (columns.min() + columns.max()) / 2 == pytest.approx(column * 240 / 320, abs=3)
                hits += 1
    assert hits > 80


def test_depth_is_the_distance_along_the_line_of_sight():
    entry = SCENES[0]["objects"][0]
    camera = camera_of(SCENES[0])
    offset = np.subtract(entry["3d_coords"], camera.location)
    assert entry["pixel_coords"][2] == pytest.approx(offset @ np.array(camera.forward), abs=1e-5)


def test_camera_agrees_with_a_real_clevr_scene():
    # CLEVR jitters its camera by up to 0.5 a axis: coordinates of its released scenes are met within that.
    camera = Camera((7.48113, -6.50764, 5.34367))
    for point, pixel in [
        ((2.445556640625, -2.729666233062744, 0.7), (140, 162, 7.83)),
        ((1.66547751, 0.77068908, 0.35), (220, 122, 9.876)),
        ((-2.8096659, 1.48736250, 0.7), (142, 71, 14.137)),
    ]:
        column, row, depth = camera.project(point)
        assert (column, row) == pytest.approx(pixel[:2], abs=14)
        assert depth == pytest.approx(pixel[2], abs=0.7)


def test_camera_axes_are_orthonormal():
    camera = camera_of(SCENES[7])
    axes = np.array([camera.right, camera.up, camera.forward])
    assert np.allclose(axes @ axes.T, np.eye(3))
    assert camera.up[2] > 0


def test_restricted_sampling_and_central_first_object():
    for index in range(5):
        scene = sample_scene(
            1, "train", index, 3, sizes=("large",), materials=("metal",), first_at_center=True
        )
        assert len(scene["objects"]) == 3
        assert {entry["size"] for entry in scene["objects"]} == {"large"}
        assert {entry["material"] for entry in scene["objects"]} == {"metal"}
        assert scene["objects"][0]["3d_coords"][:2] == [0, 0]
        assert scene["objects"][0]["pixel_coords"][:2] == pytest.approx([160, 100], abs=8)


def test_blocks_stand_on_the_ground():
    camera = Camera((7.48113, -6.50764, 5.34367))
    for shape in ("cube", "sphere", "cylinder"):
        for size in ("large", "small"):
            entry = make_object(camera, f"{shape} red", (0, 1), size=size, material="rubber", rotation=10)
            assert entry["3d_coords"][2] == pytest.approx(Block.from_scene(entry).half)
            assert entry["3d_coords"][2] <= RADIUS[size]


def test_assemble_keeps_objects_and_settles_relations():
    setting = plain_setting()
    camera = Camera(tuple(setting["camera"]["location"]))
    objects = [
        make_object(camera, "cube red", place, size="large", material="rubber", rotation=0)
        for place in [(0, 0), (-1.5, 1.3)]
    ]
    scene = assemble("made", 0, setting, objects)
    assert scene["objects"] == objects
    assert scene["relationships"]["behind"] == [[1], []]
