"""One random network for all tests, in both precisions, and the vectors of resizing."""

from __future__ import annotations

import json

import numpy as np
import pytest


@pytest.fixture(scope="session")
def state():
    pytest.importorskip("torch_fidelity")
    from inception_weights import random_state

    return random_state()


@pytest.fixture(scope="session")
def ours(state):
    from cfbench_detectors.inception import Inception2015

    return Inception2015.from_state_dict(state)


@pytest.fixture(scope="session")
def ours_bf16(state):
    from cfbench_detectors.inception import Inception2015

    return Inception2015.from_state_dict(state, precision="bf16")


@pytest.fixture
def vectors(real_data):
    """The pictures and what they become, and how far the ways are apart."""
    stem = real_data.parent / "vectors" / "image" / "resize"
    if not stem.with_suffix(".npz").is_file():
        pytest.skip(f"{stem}.npz is not there")
    with np.load(stem.with_suffix(".npz"), allow_pickle=False) as arrays:
        return dict(arrays), json.loads(stem.with_suffix(".json").read_text())["differences"]
