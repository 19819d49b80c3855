"""What every test has: a cache and a data root of its own, and the real data where it is lent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL_DATA = os.environ.get("CFBENCH_DATA")


@pytest.fixture
def real_data() -> Path:
    """The folder of real data, or a skip."""
    if not REAL_DATA or not Path(REAL_DATA).is_dir():
        pytest.skip("CFBENCH_DATA names no folder of real data")
    return Path(REAL_DATA).resolve()


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for the whole session: what is generated is generated once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> tuple[Path, Path]:
    """The folders of a worse and of a better run of the mock data set, made once."""
    from two_runs import two_runs

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFBENCH_CACHE", str(shared_cache))
        return two_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, shared_cache: Path, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CFBENCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CFBENCH_CACHE", str(shared_cache))
    monkeypatch.setenv("CFBENCH_DATA", str(tmp_path / "no-data"))
    monkeypatch.chdir(tmp_path)
