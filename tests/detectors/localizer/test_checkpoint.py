"""The converter of published checkpoints, and files that are none."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cfbench.errors import DataError, UsageError  # noqa: E402
from cfbench_detectors.localizer.checkpoint import convert_checkpoint  # noqa: E402
from cfbench_detectors.localizer.network import FULL, fresh  # noqa: E402
from cfbench_detectors.localizer.weights import read_network  # noqa: E402

CLASSES = [f"class {number}" for number in range(24)]


@pytest.fixture(scope="module")
def published():
    """As GeNeVA's script saves it."""
    network = fresh(FULL, 24, 2, torch.Generator().manual_seed(0))
    state = {f"module.{name}": value.contiguous() for name, value in network.state_dict().items()}
    head = {"epoch": 7, "best_f1": np.float64(0.99), "pretrained": False, "cuda_enabled": True}
    return {**head, "num_classes": 24, "state_dict": state}


@pytest.fixture(scope="module")
def hollow(published):
    """The same, all zeros, in a small file."""
    state = {
        name: torch.zeros((), dtype=value.dtype).expand(value.shape)
        for name, value in published["state_dict"].items()
    }
    return {**published, "state_dict": state}


def changed(published, **state):
    return {**published, "state_dict": {**published["state_dict"], **state}}


def convert(source, target, classes=CLASSES, **more):
    return convert_checkpoint(source, target, dataset="iclevr@1", classes=classes, **more)


def test_a_published_checkpoint_becomes_safetensors_that_load(published, tmp_path):
    source, target = tmp_path / "best.pth", tmp_path / "iclevr-published.safetensors"
    torch.save(published, source)
    card = convert(source, target)
    assert (card.size, card.side, card.coordinates, card.classes) == ("full", 299, 2, tuple(CLASSES))
    found, network = read_network(target, "iclevr")
    assert found == card
    name = "inception3.Mixed_7c.branch3x3dbl_3b.conv.weight"
    assert torch.equal(network.state_dict()[name], published["state_dict"][f"module.{name}"])


def test_the_form_of_older_torch_is_read_too(published, tmp_path):
    source = tmp_path / "best.pth"
    state = {k: v for k, v in published["state_dict"].items() if not k.endswith("num_batches_tracked")}
    torch.save({**published, "state_dict": state}, source, _use_new_zipfile_serialization=False)
    assert convert(source, tmp_path / "x.safetensors").coordinates == 2


class Evil:
    def __reduce__(self):
        return print, ("run",)


WEIGHT = "module.inception3.Conv2d_1a_3x3.conv.weight"
HOSTILE = {
    "code": lambda p: {**p, "note": Evil()},
    "no dictionary": lambda p: [1, 2],
    "no prefix": lambda p: {
        **p,
        "state_dict": {k.removeprefix("module."): v for k, v in p["state_dict"].items()},
    },
    "another name": lambda p: changed(p, **{"module.extra": torch.zeros(1)}),
    "another shape": lambda p: changed(p, **{WEIGHT: torch.zeros(32, 3, 5, 5)}),
    "whole numbers": lambda p: changed(p, **{WEIGHT: torch.zeros(32, 3, 3, 3, dtype=torch.int64)}),
    "not finite": lambda p: changed(p, **{WEIGHT: torch.full((32, 3, 3, 3), torch.nan)}),
    "classes": lambda p: changed(p, **{"module.detector.1.weight": torch.zeros(30, 256)}),
    "missing": lambda p: {**p, "state_dict": {k: v for k, v in p["state_dict"].items() if k != WEIGHT}},
    "no tensor": lambda p: changed(p, **{WEIGHT: "text"}),
    "negative variance": lambda p: changed(
        p, **{"module.inception3.Conv2d_1a_3x3.bn.running_var": torch.full((32,), -1.0)}
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_anything_else_is_refused_and_nothing_written(kind, hollow, tmp_path, capsys):
    source, target = tmp_path / "bad.pth", tmp_path / "out.safetensors"
    torch.save(HOSTILE[kind](hollow), source)
    with pytest.raises(DataError, match=r"bad\.pth"):
        convert(source, target)
    assert "run" not in capsys.readouterr().out
    assert not target.exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut", pickle.dumps({"state_dict": {}}), b"\x93NUMPY"])
def test_other_files_are_refused(data, tmp_path):
    source = tmp_path / "bad.pth"
    source.write_bytes(data)
    with pytest.raises(DataError, match=r"bad\.pth"):
        convert(source, tmp_path / "out.safetensors")


def test_digest_and_names_must_fit(hollow, tmp_path):
    source = tmp_path / "best.pth"
    torch.save(hollow, source)
    with pytest.raises(DataError, match="SHA-256"):
        convert(source, tmp_path / "out.safetensors", sha256="0" * 64)
    with pytest.raises(UsageError, match="knows 24 classes: 3 names"):
        convert(source, tmp_path / "out.safetensors", classes=CLASSES[:3])
    assert convert(source, tmp_path / "out.safetensors").size == "full"
