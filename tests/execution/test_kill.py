"""SIGKILL at any moment: the same command continues, and the result is the same, byte for byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from running import EDITORS

if TYPE_CHECKING:
    from pathlib import Path


def command(out: Path, *more: str) -> list[str]:
    code = "from cfbench.cli import main; main()"
    arguments = ["run", "--model", f"{EDITORS}:Slow", "--dataset", "mock", "--metric", "mock"]
    return [
        sys.executable,
        "-c",
        code,
        *arguments,
        "--batch-size",
        "1",
        "--shards",
        "8",
        "--out",
        str(out),
        *more,
    ]


def folder_of(out: Path) -> Path:
    return next(path for path in out.iterdir() if path.is_dir())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_runs_continue(workers: str, tmp_path: Path) -> None:
    quick = os.environ | {"TEST_SECONDS": "0"}
    subprocess.run(command(tmp_path / "whole"), env=quick, check=True, capture_output=True)
    slow = os.environ | {"TEST_SECONDS": "0.15"}
    kept = []
    for _ in range(3):
        process = subprocess.Popen(
            command(tmp_path / "cut", "--workers", workers), env=slow, stdout=-3, stderr=-3
        )
        before = len(kept_shards(tmp_path / "cut"))
        deadline = time.monotonic() + 60
        while len(kept_shards(tmp_path / "cut")) <= before and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept.append(len(kept_shards(tmp_path / "cut")))
    assert kept == sorted(kept)
    assert 0 < kept[0] < 8
    done = subprocess.run(command(tmp_path / "cut"), env=quick, check=True, capture_output=True, text=True)
    assert "shards were there already" in done.stderr
    whole, cut = (folder_of(tmp_path / name) / "result.json" for name in ("whole", "cut"))
    assert whole.read_bytes() == cut.read_bytes()


def kept_shards(out: Path) -> list[Path]:
    return list(out.glob("*/predictions/*.parquet"))
