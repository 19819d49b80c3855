"""Data sets to look at."""

from __future__ import annotations

import pytest

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets.base import DataContext
from cfbench.datasets.codraw import CoDrawMini
from cfbench.datasets.iclevr import IClevrMini


@pytest.fixture
def blocks() -> IClevrMini:
    return IClevrMini(DataContext(default_cache_folder(), ContentCache(default_cache_folder())))


@pytest.fixture
def park() -> CoDrawMini:
    return CoDrawMini(DataContext(default_cache_folder(), ContentCache(default_cache_folder())))
