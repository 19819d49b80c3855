"""The cache keeps values by everything they depend on, and trusts nothing that it reads."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from cfbench.cache import ContentCache

if TYPE_CHECKING:
    from pathlib import Path

KEY = {"kind": "test", "model": "a", "seed": 1}


def test_a_value_comes_back(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    assert cache.get(KEY) is None
    cache.put(KEY, b"one\ntwo\n")
    assert ContentCache(tmp_path).get(KEY) == b"one\ntwo\n"


def test_any_difference_in_the_key_is_another_value(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    cache.put(KEY, b"a")
    assert cache.get(KEY | {"model": "b"}) is None
    assert cache.get(KEY | {"seed": 2}) is None
    assert cache.get(KEY | {"more": None}) is None


@pytest.mark.parametrize("position", [0, 5, 60, -1])
def test_damage_is_seen_and_removed(position: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = ContentCache(tmp_path)
    cache.put(KEY, b"payload")
    path = cache.path(KEY)
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING, "cfbench"):
        assert cache.get(KEY) is None
    assert "damaged" in caplog.text
    assert not path.exists()


def test_another_keys_file_is_not_taken(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    other = KEY | {"model": "b"}
    cache.put(other, b"b")
    cache.path(KEY).parent.mkdir(parents=True)
    cache.path(KEY).write_bytes(cache.path(other).read_bytes())
    assert cache.get(KEY) is None


def test_a_cache_that_cannot_be_written_is_only_slower(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    cache = ContentCache(blocked)
    cache.put(KEY, b"a")
    cache.put(KEY, b"a")
    assert cache.get(KEY) is None
    assert caplog.text.count("Nothing is cached") == 1
