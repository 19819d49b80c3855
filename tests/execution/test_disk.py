"""A full disk, a read-only folder: one clear line, and nothing computed is lost."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from cfbench.api import start_run
from cfbench.errors import CfbenchError, EnvironmentLackError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 400 kB, where we may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a tmpfs can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_loses_nothing_already_computed(small_disk: Path, tmp_path: Path) -> None:
    options = {"dataset": "mock", "metric": ("mock",), "batch_size": 1, "shards": 8}
    whole = start_run("random-edit", {**options, "out": tmp_path / "whole"})
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file:
        file.write(b"x" * 360_000)
    with pytest.raises(EnvironmentLackError, match="the disk is full") as caught:
        start_run("random-edit", {**options, "out": small_disk})
    assert "\n" not in str(caught.value)
    kept = list(small_disk.glob("*/predictions/*.parquet"))
    assert 0 < len(kept) < 8
    ballast.unlink()
    again = start_run("random-edit", {**options, "out": small_disk})
    assert (again.folder / "result.json").read_bytes() == (whole.folder / "result.json").read_bytes()
    assert set(kept) <= set((again.folder / "predictions").iterdir())


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(CfbenchError) as caught:
        start_run("mock", {"dataset": "mock", "metric": ("mock",), "out": tmp_path / "out"})
    assert str(tmp_path / "out") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_read_only_disk(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(EnvironmentLackError, match="read-only"):
        start_run("mock", {"dataset": "mock", "metric": ("mock",), "out": small_disk})
