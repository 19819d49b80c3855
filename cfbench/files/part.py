"""A download that is not complete yet: ``NAME.part`` beside its destination, and what is needed to resume it.

``NAME.part.json`` names the address, the server's validator (ETag or date) and the total size, and is written before
the first byte; so what lies in the part is always a beginning of what that validator names. One process at a time
holds a part; another gets ``UsageError``. ``finish`` moves the part to its destination whole.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError, UsageError
from cfbench.files.atomic import disk_error, sync_folder, write_bytes
from cfbench.files.jsonio import canonical_json, read_json, sha256_hex

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Part:
    """The beginning of ``destination``, as far as it has come from ``url``; a context manager."""

    def __init__(self, destination: Path, url: str) -> None:
        self.destination, self._url = destination, url
        self._path = destination.with_name(f"{destination.name}.part")
        self._notes = destination.with_name(f"{destination.name}.part.json")
        self.validator: str | None = None
        self.total: int | None = None
        self.size = 0
        self.stitched = False
        """Whether the content came over more than one connection."""

    def __enter__(self) -> Part:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise disk_error(error, self.destination) from error
        try:
            self._hold()
            self._recall()
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.size:  # nothing worth resuming
            self._path.unlink(missing_ok=True)
            self._notes.unlink(missing_ok=True)
        os.close(self._descriptor)

    def restart(self, validator: str | None, total: int | None) -> None:
        """Begin anew with the content that ``validator`` names."""
        self._truncate()
        self.validator, self.total, self.stitched = validator, total, False
        write_bytes(self._notes, canonical_json({"url": self._url, "validator": validator, "total": total}))

    def append(self, data: bytes) -> None:
        """Add what came next."""
        view = memoryview(data)
        try:
            while view:
                written = os.write(self._descriptor, view)
                self.size += written
                view = view[written:]
        except OSError as error:
            raise disk_error(error, self._path) from error

    def head(self, size: int) -> bytes:
        """The first bytes that are there."""
        with self._path.open("rb") as handle:
            return handle.read(size)

    def sha256(self) -> str:
        """The digest of what is on disk now."""
        return sha256_hex(self._path)

    def finish(self) -> None:
        """Put the content, complete and checked by the caller, in its place."""
        try:
            os.fsync(self._descriptor)
            self._path.replace(self.destination)
            sync_folder(self.destination.parent)
            self._notes.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, self.destination) from error

    def forget(self) -> None:
        """Throw away the content: it is of no use, and nothing of it may be resumed."""
        self._notes.unlink(missing_ok=True)
        self.validator = self.total = None
        self.stitched = False
        self._truncate()

    def _truncate(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self.size = 0

    def _hold(self) -> None:
        """Make this process the only one that writes the part."""
        if sys.platform == "win32":
            return
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The process that held it may have moved the file to its destination since we opened it.
            ours = os.fstat(self._descriptor).st_ino == self._path.stat().st_ino
        except OSError:
            ours = False
        if not ours:
            raise UsageError(
                f"Cannot download {self.destination}",
                "another process is downloading it",
                "Wait for that one and run the same command again",
            )

    def _recall(self) -> None:
        """Continue what lies there where its notes fit, begin anew otherwise."""
        self.size = os.fstat(self._descriptor).st_size
        notes = self._read_notes()
        if not self.size or notes.get("url") != self._url:
            self._truncate()
            return
        self.validator, self.total, self.stitched = notes.get("validator"), notes.get("total"), True
        os.lseek(self._descriptor, 0, os.SEEK_END)

    def _read_notes(self) -> dict[str, Any]:
        try:
            notes = read_json(self._notes, max_bytes=65_536)
        except DataError:
            return {}
        return notes if isinstance(notes, dict) else {}
