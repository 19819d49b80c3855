"""A data set of a few sequences, and a training of a few steps."""

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


@pytest.fixture(scope="session")
def trained(blocks, tmp_path_factory):
    """The weights of a training that was never stopped, in its folder."""
    pytest.importorskip("torch")
    from cfbench_models.explainer.training import train

    return train(blocks, preset="smoke", folder=tmp_path_factory.mktemp("trained"))
