"""A data set of a few sequences."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfbench.cache import ContentCache
from cfbench.datasets.opening import open_dataset
from cfbench.reporter import silent


@pytest.fixture(scope="session")
def blocks(tmp_path_factory):
    """The twin of i-CLEVR, with a cache of its own."""
    cache = ContentCache(tmp_path_factory.mktemp("pictures"), silent)
    return open_dataset("iclevr-mini", root=Path("none"), options={}, reporter=silent, cache=cache)
