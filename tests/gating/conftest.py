"""Two runs of the mock data set, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from two_runs import two_runs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> tuple[Path, Path]:
    """The folders of a worse and of a better run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(shared_cache))
        return two_runs(tmp_path_factory.mktemp("runs"))
