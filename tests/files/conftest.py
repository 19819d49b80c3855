import pytest
from downloads import ZIP
from misbehaving import serving

from cfbench.files import LockFile, fetch


@pytest.fixture
def server(monkeypatch):
    """A server to be scripted; proxies of the environment are kept out."""
    for name in ["http_proxy", "https_proxy", "all_proxy"]:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving() as script:
        yield script


@pytest.fixture
def get(server, tmp_path):
    """Fetch from the server with short pauses."""

    def call(**options):
        defaults = {
            "sha256": None,
            "max_bytes": 10**6,
            "magic": ZIP,
            "backoff": 0.001,
            "retries": 3,
            "timeout": 5,
        }
        lock = LockFile(tmp_path / "lock.json")
        url = options.pop("url", server.url)
        return fetch(url, tmp_path / "out" / "data.zip", lock=lock, **(defaults | options))

    return call
