"""Folders of workers for one job each. One whose worker was killed is removed by the next worker.

A worker holds a lock on its folder, which ends with the worker however that ends; so no names of processes are compared,
which other machines or containers on the same disk have too.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "cfbench-worker-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def own_folder() -> Iterator[Path]:
    """An empty folder, which goes when the block ends, or after the worker's sudden end."""
    path, handle = _made()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def remove_abandoned() -> int:
    """Remove the folders of workers that are gone; how many."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, held by its worker, or gone by now
            handle = os.open(path, _FOLDER)
            try:
                if os.fstat(handle).st_uid != os.geteuid():
                    continue
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
                removed += 1
            finally:
                os.close(handle)
    return removed


def _made() -> tuple[Path, int]:
    """A new folder and the lock on it; another, should it have been taken for abandoned before it was locked."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            handle = os.open(path, _FOLDER)
            fcntl.flock(handle, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), os.fstat(handle)):
                    return path, handle
            os.close(handle)
