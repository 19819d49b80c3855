"""The vectors of published implementations, where they are lent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path


class Vectors:
    """Inputs and expected outputs, by stem: ``vectors.expected("image/fid")``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def expected(self, stem: str) -> Any:
        return json.loads((self.folder / f"{stem}.json").read_text())

    def inputs(self, stem: str) -> dict[str, np.ndarray]:
        with np.load(self.folder / f"{stem}.npz", allow_pickle=False) as arrays:
            return dict(arrays)


@pytest.fixture
def vectors(real_data: Path) -> Vectors:
    """The vectors beside the real data, or a skip."""
    folder = real_data.parent / "vectors"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return Vectors(folder)
