"""The digests of what was downloaded first, so that a file that changes upstream is noticed ever after.

The lock is a small JSON file, written whole or not at all. Several processes may use one lock: an entry is read
afresh each time, and of two that record different entries at the same instant the last may drop the other's,
which is then recorded again at its next download.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cfbench.errors import DataError
from cfbench.files.atomic import write_bytes
from cfbench.files.jsonio import read_json

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")


class LockFile:
    """First digests by URL, kept in one JSON file at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def digest(self, url: str) -> str | None:
        """The SHA-256 recorded for ``url``, or ``None``."""
        entry = self._entries().get(url)
        return entry["sha256"] if entry else None

    def record(self, url: str, sha256: str, size: int) -> None:
        """Remember what ``url`` gave; an equal entry is left alone, another one is replaced."""
        entries = self._entries()
        entry = {"sha256": sha256, "size": size}
        if entries.get(url) != entry:
            lock = {"schema": _SCHEMA, "files": {**entries, url: entry}}
            write_bytes(
                self.path, json.dumps(lock, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
            )

    def _entries(self) -> dict[str, dict[str, str]]:
        if not self.path.exists():
            return {}
        lock = read_json(self.path, max_bytes=16 * 1024 * 1024)
        files = lock.get("files") if isinstance(lock, dict) and lock.get("schema") == _SCHEMA else None
        if not isinstance(files, dict) or not all(_is_entry(entry) for entry in files.values()):
            raise DataError(
                f"Cannot use the lock file {self.path}",
                "it is not one that this version of cfbench wrote",
                f"Move it away to record digests anew: mv '{self.path}' '{self.path}.old'",
            )
        return files


def _is_entry(entry: object) -> bool:
    digest = entry.get("sha256") if isinstance(entry, dict) else None
    return isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None
