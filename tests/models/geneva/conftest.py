"""A training of a few steps."""

from __future__ import annotations

import pytest
from jobs import job

SMOKE = {"patience": None, "checked": 2}


@pytest.fixture(scope="session")
def trained(blocks, tmp_path_factory):
    """The weights of a training that was never stopped, in its folder."""
    pytest.importorskip("torch")
    from cfbench_models.geneva.training import train

    return train(job(blocks, tmp_path_factory.mktemp("trained"), options=SMOKE))
