import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("cfbench_test_server", Path(__file__).with_name("server.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_SERVER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_SERVER)


@pytest.fixture
def server(monkeypatch):
    """A server to be scripted; proxies of the environment are kept out."""
    for name in ["http_proxy", "https_proxy", "all_proxy"]:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with _SERVER.serving() as script:
        yield script
