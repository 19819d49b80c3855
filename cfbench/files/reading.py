"""Opening files that come from outside: regular files only, never more than a stated size."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError
from cfbench.files.atomic import disk_error

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))


def open_regular(path: Path, *, what: str = "file") -> BinaryIO:
    """Open ``path`` for reading; a folder, a pipe or a device is refused without blocking on it."""
    try:
        # Without O_NONBLOCK, opening a pipe waits for its writer for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise reading_error(error, path, what) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = next((name for test, name in _KINDS if test(mode)), "a device")
        raise DataError(f"Cannot read the {what} {path}", f"it is {kind}, not a file", "Name a regular file")
    return open(descriptor, "rb")  # noqa: PTH123 (a descriptor, not a path)


def read_bytes(path: Path, *, max_bytes: int, what: str = "file") -> bytes:
    """The content of ``path``, which must be a regular file of at most ``max_bytes``."""
    with open_regular(path, what=what) as handle:
        try:
            data = handle.read(max_bytes + 1)
        except OSError as error:
            raise reading_error(error, path, what) from error
    if len(data) > max_bytes:
        raise too_large(path, max_bytes, what)
    return data


def too_large(source: Path | str, max_bytes: int, what: str) -> DataError:
    """The error for a file above its size limit."""
    return DataError(
        f"Cannot read the {what} {source}",
        f"it is larger than {human_size(max_bytes)}, more than such a file can be",
        "Check that this is the right file",
    )


def reading_error(error: OSError | ValueError, path: Path, what: str) -> CfbenchError:
    """What kept ``path`` from being read: missing (a data error), or the machine."""
    if isinstance(error, ValueError):
        return DataError(f"Cannot read the {what} {str(path)!r}", str(error), "Check the path")
    if isinstance(error, FileNotFoundError):
        return DataError(f"Cannot read the {what} {path}", "there is no such file", "Check the path")
    if isinstance(error, NotADirectoryError):
        return DataError(f"Cannot read the {what} {path}", "a part of the path is a file", "Check the path")
    if isinstance(error, PermissionError):
        return EnvironmentLackError(
            f"Cannot read the {what} {path}", "permission is denied", f"Allow it with: chmod u+r '{path}'"
        )
    return disk_error(error, path, f"read the {what}")


def human_size(size: int) -> str:
    """A number of bytes for people: ``1.5 MB``."""
    amount, units = float(size), ["TB", "GB", "MB", "kB", "bytes"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop()
    return f"{amount:.1f}".removesuffix(".0") + f" {units[-1]}"
