"""Files that clients sent, named by the SHA-256 of their content and never by a client.

    blobs/ab/cdef…    whole files; one that is there is complete and is what its name says
    partial/<id>      an upload on its way; only the bytes that the database counts are meant

Blobs are written by :mod:`cfbench.files`: whole, or not at all, and on the disk when the call returns.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cfbench.errors import DataError
from cfbench.files import disk_error, read_bytes, sha256_hex, sweep, sync_folder, write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[0-9a-f]{32,64}")


class Store:
    """A folder of such files."""

    def __init__(self, folder: Path | str) -> None:
        """Make the folder, readable by its owner alone, where it is not there."""
        self.folder = Path(folder).resolve()
        try:
            for part in ("blobs", "partial"):
                (self.folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise disk_error(error, self.folder, "make") from error
        for shelf in (self.folder / "blobs").iterdir():
            sweep(shelf)

    def path(self, digest: str) -> Path:
        """Where the content of a digest lies, or would."""
        return self.folder / "blobs" / _checked(digest)[:2] / digest[2:]

    def has(self, digest: str) -> bool:
        """Whether it is there."""
        return self.path(digest).is_file()

    def put(self, data: bytes) -> str:
        """Keep some content; its digest."""
        digest = sha256_hex(data)
        if not self.has(digest):
            write_bytes(self.path(digest), data)
        return digest

    def get(self, digest: str, *, max_bytes: int) -> bytes:
        """The content of a digest, held against it."""
        data = read_bytes(self.path(digest), max_bytes=max_bytes, what="stored file")
        if sha256_hex(data) != digest:
            raise DataError(f"The stored file {digest} is damaged", "", "Restore it from a backup")
        return data

    @contextmanager
    def scratch(self, data: bytes, suffix: str) -> Iterator[Path]:
        """A file with this content, which goes when the block ends."""
        with tempfile.TemporaryDirectory(prefix=".scratch-", dir=self.folder / "partial") as folder:
            path = Path(folder) / f"result{suffix}"
            path.write_bytes(data)
            yield path

    @contextmanager
    def holding(self, upload: str) -> Iterator[int]:
        """An upload's file, open for reading and writing, while no other request or process has it."""
        path = self._partial(upload)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise disk_error(error, path) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def append(self, handle: int, offset: int, data: bytes) -> None:
        """Let the file be its first ``offset`` bytes and then these, on the disk when this returns."""
        try:
            os.ftruncate(handle, offset)
            view = memoryview(data)
            while view:
                written = os.pwrite(handle, view, offset)
                view, offset = view[written:], offset + written
            os.fsync(handle)
        except OSError as error:
            raise disk_error(error, self.folder / "partial") from error

    def keep(self, upload: str, digest: str) -> bool:
        """Make a whole upload a blob, if it is what it should be; else it is thrown away."""
        path, place = self._partial(upload), self.path(digest)
        whole = sha256_hex(path) == digest
        try:
            if not whole:
                path.unlink()
                return False
            place.parent.mkdir(exist_ok=True, mode=0o700)
            path.replace(place)
            sync_folder(place.parent)
        except OSError as error:
            raise disk_error(error, place) from error
        return True

    def forget(self, upload: str) -> None:
        """Remove what came of an upload."""
        self._partial(upload).unlink(missing_ok=True)

    def _partial(self, upload: str) -> Path:
        return self.folder / "partial" / _checked(upload)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise DataError(f"'{name[:80]}' is no name of a stored file")
    return name
