"""OpenCV's inpainter and the backbones, where their packages are."""

from __future__ import annotations

import csv
import sys

import numpy as np
import pytest

from cfbench.datasets.coco_cf.editing import open_backbone, open_inpainter, read_annotations
from cfbench.datasets.coco_cf.editing.annotations import CLASSES
from cfbench.datasets.coco_cf.editing.inpainting import fill
from cfbench.datasets.coco_cf.editing.planning import edit_of, scaled
from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.files import read_image

LONGEST = 640  # of COCO's images, but for
OTHER_SIZES = {"574702"}


def test_opencv_fills_a_hole_from_its_rim():
    pytest.importorskip("cv2")
    image = np.full((40, 40, 3), (10, 120, 240), np.uint8)
    hole = np.zeros((40, 40), np.bool_)
    hole[10:20, 10:30] = True
    broken = image.copy()
    broken[hole] = 255
    inpainter = open_inpainter("opencv-telea")
    filled = fill(inpainter, broken, hole)
    assert np.abs(filled.astype(int) - image).max() <= 2
    np.testing.assert_array_equal(fill(inpainter, broken, hole), filled)


def test_without_opencv_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(
        EnvironmentLackError, match=r"opencv-python-headless.*pip install 'cfbench\[images\]'"
    ):
        open_inpainter("opencv-telea")


def test_what_is_no_inpainter_is_refused():
    with pytest.raises(UsageError, match=r"no inpainter 'opencv-tele'.*opencv-telea"):
        open_inpainter("opencv-tele")
    with pytest.raises(UsageError, match="no 'identity' and 'fill'"):
        open_inpainter("collections:OrderedDict")


def test_edits_are_those_of_the_real_set(real_data):
    """The pairs are JPEG files; where a hole is filled, ours is near theirs, and far from what was there."""
    pytest.importorskip("cv2")
    folder = real_data / "coco" / "coco_cf"
    boxes = {one.id: one.boxes for one in read_annotations(real_data / "coco" / "val2017.txt").images}
    inpainter, apart, change = open_inpainter("opencv-telea"), [], []
    with (folder / "pairs.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))[:12]
    for row in rows:
        if row["image_id"] in OTHER_SIZES:
            continue
        before, after = (read_image(folder / row[name]).astype(np.int16) for name in ("before", "after"))
        factor = max(before.shape[:2]) / LONGEST
        edit = edit_of(
            scaled(boxes[int(row["image_id"])], factor, factor),
            CLASSES.index(row["removed_class"]),
            *before.shape[:2],
        )
        assert edit.area == pytest.approx(float(row["area_removed"]), abs=0.005)
        assert {CLASSES[label] for label in edit.gone} == set(row["labels_before"].split("|")) - set(
            row["labels_after"].split("|")
        )
        ours = fill(inpainter, before.astype(np.uint8), edit.mask)
        apart.append(np.abs(ours - after)[edit.mask].mean())
        change.append(np.abs(before - after)[edit.mask].mean())
    assert np.mean(apart) < 0.1 * np.mean(change)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("resnet18", "neither torchvision:NAME nor a file"),
        ("nothing.onnx", "there is no file nothing.onnx"),
        ("nothing.tflite#3", "there is no file nothing.tflite"),
    ],
)
def test_an_unknown_backbone_is_refused(spec, said):
    with pytest.raises(UsageError, match=said):
        open_backbone(spec)


@pytest.mark.parametrize(
    ("file", "modules", "said"),
    [
        ("net.onnx", ["onnxruntime"], "pip install onnxruntime"),
        (
            "net.tflite",
            ["ai_edge_litert", "ai_edge_litert.interpreter", "tflite_runtime", "tensorflow"],
            "pip install ai-edge-litert",
        ),
        ("torchvision:resnet18", ["torchvision"], r"pip install 'cfbench\[torch\]'"),
    ],
)
def test_without_its_package_the_line_says_what_to_install(tmp_path, monkeypatch, file, modules, said):
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "net.onnx").write_bytes(b"")
    (tmp_path / "net.tflite").write_bytes(b"")
    with pytest.raises(EnvironmentLackError, match=said):
        open_backbone(file)


def test_torchvision_by_name(monkeypatch):
    torch = pytest.importorskip("torch")
    models = pytest.importorskip("torchvision").models
    make = models.get_model
    monkeypatch.setattr(models, "get_model", lambda name, weights: make(name, weights=None))
    torch.manual_seed(0)
    backbone = open_backbone("torchvision:squeezenet1_1")
    image = np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    found = backbone.features(image)
    assert found.ndim == 1
    assert found.dtype == np.float32
    np.testing.assert_array_equal(backbone.features(image), found)
    assert "squeezenet1_1" in backbone.identity.lower()
    with pytest.raises(UsageError, match="no network 'resnet1'"):
        open_backbone("torchvision:resnet1")


def test_broken_files_are_refused(tmp_path):
    for package, name in (("onnxruntime", "net.onnx"), ("ai_edge_litert", "net.tflite")):
        pytest.importorskip(package)
        (tmp_path / name).write_bytes(b"no network")
        with pytest.raises(DataError, match="no sound"):
            open_backbone(str(tmp_path / name))


def test_the_real_sets_backbone_gives_the_real_features(real_data):
    """From JPEG files of 320 pixels, not from the images themselves: near, not equal."""
    pytest.importorskip("ai_edge_litert")
    folder = real_data / "coco" / "coco_cf"
    network = real_data / "weights" / "mobilenet" / "mobilenet_v1_1.0_224_quant_embedding_extractor.tflite"
    backbone = open_backbone(f"{network}#81")
    with (folder / "pairs.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))[:5]
    with np.load(folder / "features_test.npz") as arrays:
        known = arrays["features"].astype(np.float32)
    for row in rows:
        found = backbone.features(read_image(folder / row["before"]))
        assert found.shape == (1024,)
        assert np.corrcoef(found, known[int(row["test_row_before"])])[0, 1] > 0.8


def test_an_onnx_file_gives_a_vector(real_data):
    pytest.importorskip("onnxruntime")
    backbone = open_backbone(str(real_data / "weights" / "fastestdet" / "FastestDet.onnx"), normalise="unit")
    image = np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    found = backbone.features(image)
    assert found.ndim == 1
    assert np.isfinite(found).all()
