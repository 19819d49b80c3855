"""Where the baseline is: a run folder, a result file, or an https address.

A baseline that is not there is an outcome of its own; one that cannot be read is an error.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from cfbench.comparing import Side, open_side
from cfbench.errors import DataError, UsageError
from cfbench.results.reading import MAX_RESULT_BYTES, read_result

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ABSENT = ("the server answers 404", "the server answers 410")


def find_baseline(given: str | Path, *, offline: bool = False) -> Side | str:
    """The baseline, or the words that say that there is none."""
    text = str(given)
    if urlsplit(text).scheme in {"http", "https"}:
        return _fetched(text, offline=offline)
    path = Path(given)
    if not path.exists():
        return f"there is nothing at {path}"
    if path.is_dir() and not (path / "result.json").is_file():
        return f"{path} holds no result.json"
    return open_side(path)


def _fetched(url: str, *, offline: bool) -> Side | str:
    """From a server: bounded, checked against the schema, and kept nowhere, for a baseline moves on."""
    from cfbench.files import LockFile, fetch

    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise UsageError(f"{url} cannot be a baseline", "over http anyone may change it", "Use https")
    with tempfile.TemporaryDirectory(prefix="cfbench-baseline-") as folder:
        file = Path(folder) / "result.json"
        lock = LockFile(Path(folder) / "lock.json")
        try:
            fetch(url, file, sha256=None, lock=lock, max_bytes=MAX_RESULT_BYTES, offline=offline, retries=2)
        except DataError as error:
            if error.why.startswith(ABSENT):
                return f"{url} is not there ({error.why})"
            raise
        try:
            return Side(read_result(file))
        except DataError as error:
            raise DataError(f"What {url} gives is no result", str(error).replace(str(file), "it")) from None
