"""One finished run and its bundle for all tests; each gets copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bundled import unzipped

from cfbench.api import start_run
from cfbench.bundles import write_bundle


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on the mock data."""
    out = tmp_path_factory.mktemp("runs")
    options = {
        "dataset": "mock",
        "metric": ("mock", "mock-seen", "pixel"),
        "out": out,
        "resamples": 20,
        "threads": 1,
        "shards": 2,
        "batch_size": 4,
    }
    return start_run("mock", options).folder


@pytest.fixture(scope="session")
def _bundle(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(finished, tmp_path_factory.mktemp("bundles") / "mock.cfbundle")[0]


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A run's folder of one's own."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture
def packed(_bundle: Path, tmp_path: Path) -> Path:
    """A bundle of one's own."""
    return Path(shutil.copy(_bundle, tmp_path / "mock.cfbundle"))


@pytest.fixture
def folder(_bundle: Path, tmp_path: Path) -> Path:
    """The folder of a bundle of one's own."""
    return unzipped(_bundle, tmp_path / "unzipped")
