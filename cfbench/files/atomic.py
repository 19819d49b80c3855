"""Files and folders that are written whole or not at all.

Guarantees, on a local POSIX file system:
    * A reader sees the old content or the new content of a path, never a mixture and never a part.
    * When a call returns, the content survives a crash of the process and of the machine (file and folder are synced).
    * A call that fails leaves the old content as it was, and no temporary file; failures of the disk
      (full, read-only, no permission, bad path) are ``EnvironmentLackError`` with the way to mend them.
    * A process that is killed leaves at most a hidden file or folder named ``.cfbench-tmp.*``, which nothing
      reads and which ``sweep`` removes.

Trade-offs:
    * Two syncs a file: tens of microseconds to tens of milliseconds by disk. Write one file a unit of work.
    * The old and the new content are on disk together for a moment, so a replacement needs free space for both.
    * The last of several concurrent writers of one path wins.

Scope:
    * A symbolic link at the path is replaced, not followed; the new file has the permissions of a new file.
    * Missing parent folders are made, and stay where the write fails. Network file systems may weaken the
      second guarantee. There is no appending and no locking.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import socket
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cfbench.errors import EnvironmentLackError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPORARY_PREFIX = ".cfbench-tmp."
_ORPHAN_SECONDS = 24 * 3600
_MANY_FILES = 256
"""Above this, one sync of the whole system is quicker than one a file."""

_DISK_CAUSES = {
    errno.ENOSPC: ("the disk is full", "Free space and run the same command again; what is complete is kept"),
    errno.EDQUOT: (
        "your disk quota is used up",
        "Free space and run the same command again; what is complete is kept",
    ),
    errno.EFBIG: ("the file would be larger than this file system or limit allows", "Choose another folder"),
    errno.EIO: ("the disk reports a failure", "Check the disk, or choose a folder on another one"),
}
_PATH_CAUSES = {
    errno.EROFS: ("the file system is read-only", "Choose a folder that you can write to"),
    errno.EACCES: (
        "permission is denied",
        "Choose a folder that you can write to, or change its permissions",
    ),
    errno.EPERM: ("permission is denied", "Choose a folder that you can write to, or change its permissions"),
    errno.ENOTDIR: (
        "a part of the path is a file, not a folder",
        "Move that file away or choose another path",
    ),
    errno.EEXIST: (
        "a part of the path is a file, not a folder",
        "Move that file away or choose another path",
    ),
    errno.EISDIR: ("a folder is in its place", "Move that folder away or choose another path"),
    errno.ENAMETOOLONG: ("the name is too long for this file system", "Choose a shorter path"),
    errno.ELOOP: ("its symbolic links go in a circle", "Choose another path"),
    errno.EMFILE: ("too many files are open", "Raise the limit with 'ulimit -n 4096'"),
}


def disk_error(error: OSError, path: Path, action: str = "write") -> EnvironmentLackError:
    """What went wrong on the disk with ``path``, and how to mend it."""
    causes = _DISK_CAUSES | _PATH_CAUSES
    why, fix = causes.get(error.errno or 0, (error.strerror or str(error), "Check the path and the disk"))
    return EnvironmentLackError(f"Cannot {action} {path}", why, fix)


def write_bytes(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Make ``data`` the content of ``path``, whole or not at all; see :func:`writing` on ``lasting``."""
    with writing(path, lasting=lasting) as handle:
        handle.write(data)


def write_text(path: Path, text: str) -> None:
    """Make ``text`` (as UTF-8, line ends untouched) the content of ``path``, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


@contextmanager
def writing(path: Path, *, lasting: bool = True) -> Iterator[BinaryIO]:
    """A binary file (its ``name`` is the temporary path) that becomes ``path`` when the block ends well.

    What need not be ``lasting`` may be lost or damaged if the machine stops in the next seconds, and is written faster.
    """
    temporary = _temporary_beside(path)
    with _explained(path):
        _refuse_early(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = temporary.open("xb")
    try:
        with _explained(path, temporary), handle:
            yield handle
            handle.flush()
            if lasting:
                os.fsync(handle.fileno())
        with _explained(path):
            temporary.replace(path)
            if lasting:
                sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


@contextmanager
def writing_folder(path: Path) -> Iterator[Path]:
    """An empty temporary folder that becomes ``path``, with all that is in it, when the block ends well.

    ``path`` must not exist (an empty folder there is replaced); of several concurrent writers the first wins
    and the others get ``UsageError``.
    """
    temporary = _temporary_beside(path)
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_occupied(path)
        temporary.mkdir()
    try:
        with _explained(path, temporary):
            yield temporary
        with _explained(path):
            _sync_tree(temporary)
            try:
                temporary.replace(path)
            except OSError as error:
                if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise _occupied(path) from error
                raise
            sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def sweep(folder: Path) -> int:
    """Remove what killed writers left directly in ``folder``; the number of things removed.

    A leftover is removed when its process, on this host, is gone, or when it is a day old.
    """
    removed = 0
    for leftover in folder.glob(f"{TEMPORARY_PREFIX}*"):
        with suppress(OSError, ValueError):  # a strange name is not ours
            if not _is_orphan(leftover):
                continue
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
            removed += 1
    return removed


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a crash of the machine, where the system can do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def _sync_tree(folder: Path) -> None:
    if sum(len(names) for _, _, names in os.walk(folder)) > _MANY_FILES and hasattr(os, "sync"):
        os.sync()
        return
    for here, _, names in os.walk(folder):
        for name in names:
            with (Path(here) / name).open("rb") as handle:
                os.fsync(handle.fileno())
        sync_folder(Path(here))


@contextmanager
def _explained(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Turn errors of the disk into ones a user can mend.

    With ``temporary`` the block is a caller's, in which an OSError may concern another file: only errors
    about what is in ``temporary``, or those of an open handle (they bear no name) when the disk fails, are explained.
    """
    try:
        yield
    except OSError as error:
        if temporary is not None and not _is_about(error, temporary):
            raise
        raise disk_error(error, path) from error


def _is_about(error: OSError, temporary: Path) -> bool:
    if error.filename is None:
        return error.errno in _DISK_CAUSES
    known = error.errno in _DISK_CAUSES or error.errno in _PATH_CAUSES
    return known and str(error.filename).startswith(str(temporary))


def _refuse_early(path: Path) -> None:
    """Find out before any work is done that ``path`` can never be a file."""
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(path.lstat().st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _refuse_occupied(path: Path) -> None:
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if any(path.iterdir()):
            raise _occupied(path)


def _occupied(path: Path) -> UsageError:
    return UsageError(
        f"Cannot write the folder {path}", "it is there and not empty", f"Remove it: rm -r '{path}'"
    )


def _temporary_beside(path: Path) -> Path:
    name = f"{TEMPORARY_PREFIX}{_host()}.{os.getpid()}.{secrets.token_hex(6)}"
    return path.parent / name


def _host() -> str:
    """Names this host among those that share a file system; process numbers mean nothing elsewhere."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _is_orphan(leftover: Path) -> bool:
    if time.time() - leftover.lstat().st_mtime > _ORPHAN_SECONDS:
        return True
    host, process, _ = leftover.name.removeprefix(TEMPORARY_PREFIX).split(".")
    return host == _host() and not _alive(int(process))


def _alive(process: int) -> bool:
    if os.name == "nt":  # os.kill would end the process there
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
