"""A GeNeVA and an explainer that learned a few steps."""

from __future__ import annotations

import pytest
from jobs import job


@pytest.fixture(scope="session")
def start(blocks, tmp_path_factory):
    """GeNeVA's weights, with the networks beside them."""
    pytest.importorskip("torch")
    from cfbench_models.geneva.training import train

    return train(job(blocks, tmp_path_factory.mktemp("geneva"), options={"epochs": 1}))


@pytest.fixture(scope="session")
def explainer(blocks, tmp_path_factory):
    """The explainer's weights."""
    pytest.importorskip("torch")
    from cfbench_models.explainer.training import train

    return train(job(blocks, tmp_path_factory.mktemp("explainer"), options={"epochs": 1}))
