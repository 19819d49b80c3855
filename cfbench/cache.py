"""A cache by content: the key holds everything that a value depends on.

The file is named by the SHA-256 of the key's canonical JSON; the key itself and the digest of the
value stand in its first line and are checked on reading. A damaged entry is removed and counts as
absent; a cache that cannot be written (read-only, full) is no error, only slower.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.errors import EnvironmentLackError
from cfbench.files import canonical_json, sha256_hex, write_bytes
from cfbench.reporter import Reporter, silent

if TYPE_CHECKING:
    from collections.abc import Mapping


def default_cache_folder() -> Path:
    """``CFBENCH_CACHE``, or the user's cache folder."""
    from platformdirs import user_cache_path

    given = os.environ.get("CFBENCH_CACHE")
    return Path(given) if given else user_cache_path("cfbench", appauthor=False)


class ContentCache:
    """Values by key, in one folder. Safe for several processes: entries are whole or absent."""

    def __init__(self, folder: Path, reporter: Reporter = silent) -> None:
        """Nothing is made until something is put."""
        self.folder = folder
        self._reporter = reporter
        self._writable = True

    def path(self, key: Mapping[str, Any]) -> Path:
        """Where the value of a key is kept."""
        name = sha256_hex(canonical_json(dict(key)))
        return self.folder / str(key.get("kind", "other")) / name[:2] / name

    def get(self, key: Mapping[str, Any]) -> bytes | None:
        """The value, or None where there is none that can be trusted."""
        path = self.path(key)
        try:
            header, _, value = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if header == self._header(key, value):
            return value
        self._reporter.warn(f"The cache entry {path} is damaged; it is made again.")
        with suppress(OSError):  # a cache that is read-only keeps it, and it is seen again
            path.unlink()
        return None

    def put(self, key: Mapping[str, Any], value: bytes) -> None:
        """Keep a value; where that fails, say so once and go on without."""
        if not self._writable:
            return
        path = self.path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = self._header(key, value) + b"\n" + value
            write_bytes(path, whole, lasting=False)  # what the machine loses is seen on reading
        except (OSError, EnvironmentLackError) as error:
            self._writable = False
            self._reporter.warn(f"Nothing is cached in {self.folder}: {error}")

    @staticmethod
    def _header(key: Mapping[str, Any], value: bytes) -> bytes:
        return json.dumps(
            {"key": json.loads(canonical_json(dict(key))), "sha256": sha256_hex(value)}, sort_keys=True
        ).encode()
