"""Downloads that end with the right file or with an error that says what came instead.

Guarantees:
    * ``destination`` appears whole and checked (size, first bytes, SHA-256), or not at all.
    * Every file has a digest: the published one, or the one of its first download, kept in a lock file. A file that
      lies at ``destination`` already is held against it too, and nothing is fetched.
    * A download that stops, by a signal, a full disk or a dead server, continues where it was
      (``part.py``); one whose content turns out wrong is thrown away.
    * ``offline=True`` never touches the network.

Limits: a server that lies about a length cannot be caught where neither size nor digest is known beforehand; what
unpacks the file then finds it short.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.files.jsonio import sha256_hex
from cfbench.files.kinds import HEAD_BYTES, kind_of
from cfbench.files.part import Part
from cfbench.files.reading import open_regular, reading_error
from cfbench.files.transfer import Order, transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfbench.files.lockfile import LockFile

_CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Fetched:
    """A file that is in place and checked."""

    path: Path
    sha256: str
    size: int
    was_there: bool
    """Whether it was in place already, so that nothing was downloaded."""


def fetch(
    url: str,
    destination: Path,
    *,
    sha256: str | None,
    lock: LockFile,
    max_bytes: int,
    expected_size: int | None = None,
    magic: tuple[bytes, ...] = (),
    progress: Callable[[int, int | None], None] | None = None,
    offline: bool = False,
    retries: int = 5,
    timeout: float = 30.0,
    backoff: float = 0.5,
) -> Fetched:
    """Bring ``url`` (http, https or file) to ``destination``.

    Args:
        url: Where the file is.
        destination: Where it shall be; a file that is there is checked and kept.
        sha256: The published digest; ``None`` where none is known, and the first download decides.
        lock: Keeps the digests of first downloads.
        max_bytes: No more than this is ever received.
        expected_size: The published size.
        magic: How the file must begin, one of these.
        progress: Called with the bytes that are there and, where known, the total.
        offline: Never touch the network.
        retries: How many failed connections in a row are borne.
        timeout: Seconds of silence after which a connection counts as cut.
        backoff: Seconds of the first pause; each further one doubles.
    """
    if sha256 is not None and not _DIGEST.fullmatch(sha256):
        raise UsageError(
            f"'{sha256}' is not a SHA-256 digest", "64 hexadecimal digits in lower case are needed"
        )
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https", "file"}:
        raise UsageError(f"Cannot download {url}", "only http, https and file addresses are supported")
    wanted = sha256 or lock.digest(url)
    order = Order(
        url, str(destination), wanted, max_bytes, expected_size, magic, progress, retries, timeout, backoff
    )
    if destination.exists():
        return _keep(order, destination, lock)
    if scheme == "file":
        return _bring(order, destination, lock, _copy)
    if offline:
        raise EnvironmentLackError(
            f"Cannot download {url}",
            "--offline forbids the network",
            f"Put the file at {destination}, or run the same command without --offline",
        )
    return _bring(order, destination, lock, transfer)


def _keep(order: Order, destination: Path, lock: LockFile) -> Fetched:
    """Hold a file that is in place against all that is known of it."""
    with open_regular(destination) as handle:
        head = handle.read(HEAD_BYTES)
        size = handle.seek(0, os.SEEK_END)
    digest = sha256_hex(destination)
    why = ""
    if order.magic and not head.startswith(order.magic):
        why = f"it is {kind_of(head)}"
    elif order.expected_size not in {None, size}:
        why = f"it has {size:,} bytes, and {order.expected_size:,} are expected"
    elif order.sha256 not in {None, digest}:
        why = f"its SHA-256 is {digest}, and {order.sha256} is expected"
    if why:
        fix = f"Remove it and run the same command again: rm '{destination}'"
        raise DataError(f"{destination} is not the file that {order.url} should give", why, fix)
    lock.record(order.url, digest, size)
    return Fetched(destination, digest, size, was_there=True)


def _bring(
    order: Order, destination: Path, lock: LockFile, receive: Callable[[Order, Part], None]
) -> Fetched:
    """Receive, check, and put in place."""
    with Part(destination, order.url) as part:
        receive(order, part)
        digest = part.sha256()
        if part.stitched and order.sha256 not in {None, digest}:
            # The pieces may be of two versions, from a server without a validator: once more, in one piece.
            part.forget()
            receive(order, part)
            digest = part.sha256()
        try:
            _check(order, part, digest, lock)
        except DataError:
            part.forget()
            raise
        lock.record(order.url, digest, part.size)
        part.finish()
        return Fetched(destination, digest, part.size, was_there=False)


def _check(order: Order, part: Part, digest: str, lock: LockFile) -> None:
    order.check_start(part)
    if order.expected_size not in {None, part.size}:
        raise order.error(f"{part.size:,} bytes came where {order.expected_size:,} are expected")
    if order.sha256 not in {None, digest}:
        recorded = lock.digest(order.url) == order.sha256
        origin = f"the first download gave (recorded in {lock.path})" if recorded else "is published"
        raise order.error(
            f"its SHA-256 is {digest}, and {order.sha256} {origin}",
            "Nothing was kept. Run the same command again; if this repeats, the file changed upstream or on its way: "
            "ask its publisher before you trust it",
        )


def _copy(order: Order, part: Part) -> None:
    """Receive a file of this machine."""
    address = urlsplit(order.url)
    if address.netloc not in {"", "localhost"}:
        raise UsageError(
            f"Cannot download {order.url}", "a file address must not name a host", "Write file:///path"
        )
    source = Path(url2pathname(address.path))
    with open_regular(source) as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(0)
        order.check_size(size)
        part.restart(None, size)
        try:
            while chunk := handle.read(_CHUNK):
                part.append(chunk)
                order.report(part)
        except OSError as error:
            raise reading_error(error, source, "file") from error
