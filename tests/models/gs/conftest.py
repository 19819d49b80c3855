"""What more than one file of these tests needs."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A transformer of our own, as a folder."""
    pytest.importorskip("transformers")
    from small_reader import save_reader

    return save_reader(tmp_path_factory.mktemp("readers") / "tiny")
