"""A file to the server in pieces. Cut off at any point, the upload goes on where the server says that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cfbench.errors import EnvironmentLackError
from cfbench.files import human_size, open_regular, sha256_hex
from cfbench.submitting.connection import InterruptedRequestError

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.reporter import Reporter
    from cfbench.submitting.connection import Connection

LARGEST_PIECE = 4 * 1024 * 1024
LONGEST_NAME = 200
_CONFLICT = 409


def upload(connection: Connection, path: Path, reporter: Reporter) -> str:
    """Bring a file to the server; the id under which it lies there."""
    size, digest = path.stat().st_size, sha256_hex(path)
    order = {"sha256": digest, "bytes": size, "kind": "bundle"}
    patience = connection.patience()
    name, offset, chunk = _begin(connection, order, size)
    told = offset
    if offset < size:
        reporter.line(f"Sending {human_size(size - offset)} to {connection.url}")
    with open_regular(path, what="bundle") as handle, reporter.track(f"sending {path.name}", size) as advance:
        advance(offset)
        while offset < size:
            handle.seek(offset)
            try:
                response = connection.send(
                    "PATCH",
                    f"/api/v1/uploads/{quote(name, safe='')}",
                    allow=frozenset({_CONFLICT}),
                    content=handle.read(chunk),
                    headers={"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"},
                )
                here = _offset(connection, response.headers.get("Upload-Offset"), size)
                if here <= offset:
                    raise InterruptedRequestError("the server did not take the piece")
                patience.progress()
            except InterruptedRequestError as error:
                patience.failed(error)
                name, here, chunk = _begin(connection, order, size)
            offset = here
            advance(max(0, offset - told))
            told = max(told, offset)
    return name


def _begin(connection: Connection, order: dict[str, Any], size: int) -> tuple[str, int, int]:
    """The upload's id, how much of it is there, and the largest piece; the same for one that began before."""
    answer = connection.post("/api/v1/uploads", order)
    name, chunk = str(answer.get("upload", "")), answer.get("chunk")
    if not name.strip(".") or len(name) > LONGEST_NAME:
        raise EnvironmentLackError(f"{connection.url} is not a cfbench leaderboard", "its upload has no id")
    piece = chunk if isinstance(chunk, int) and 0 < chunk <= LARGEST_PIECE else LARGEST_PIECE
    return name, _offset(connection, answer.get("offset"), size), piece


def _offset(connection: Connection, told: object, size: int) -> int:
    text = str(told)
    if not text.isdecimal() or not text.isascii() or len(text) > 20 or int(text) > size:
        what = f"{connection.url} is not a cfbench leaderboard"
        raise EnvironmentLackError(what, "it does not say how much of the upload is there")
    return int(text)
