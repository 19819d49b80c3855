"""A localizer with random weights in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from cfbench.datasets.base import DataContext  # noqa: E402
from cfbench.datasets.iclevr import IClevrMini  # noqa: E402
from cfbench_detectors.localizer.network import NARROW, fresh  # noqa: E402
from cfbench_detectors.localizer.weights import Card, write_weights  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = IClevrMini(DataContext(None, None)).painter().classes  # type: ignore[arg-type]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Random ones, of ``iclevr-mini``."""
    path = tmp_path / "random.safetensors"
    network = fresh(NARROW, len(CLASSES), 2, torch.Generator().manual_seed(0))
    card = Card("random", "iclevr-mini@1", "", "narrow", 64, CLASSES, 2, {"licence": "Apache-2.0"})
    write_weights(path, network.state_dict(), card)
    return path
