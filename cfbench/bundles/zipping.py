"""The one form of a bundle as a file: a zip whose bytes follow from the names and contents alone.

Stored, not packed: what could be packed (predictions) is already, and packers differ by version. Names sorted, one
time for all, no comments, no extra fields, no folders. Since a bundle has one form, there is no place in it for
anything that its manifest does not name. Written here, byte by byte, so that no version of a library can change it.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CHUNK = 1024 * 1024
_VERSION, _ZIP64_VERSION, _UNIX = 20, 45, 3 << 8
_DATE = 1 << 5 | 1  # 1980-01-01, the first that a zip can hold
_PERMISSIONS = 0o100644 << 16
_MANY = 0xFFFF  # from so many members on, their number stands in a record of its own


@dataclass(frozen=True)
class Member:
    """A file of the zip."""

    name: str
    source: bytes | Path
    size: int
    crc: int
    sha256: str


def members_of(files: Mapping[str, bytes | Path]) -> list[Member]:
    """The files, given by their bytes or where they lie, each read once."""
    return [_member(name, files[name]) for name in sorted(files)]


def zip_pieces(members: list[Member]) -> Iterator[bytes]:
    """The bytes of the zip, piece by piece."""
    directory = bytearray()
    at = 0
    for member in members:
        name = member.name.encode("ascii")
        common = struct.pack("<HHHHIIIHH", 0, 0, 0, _DATE, member.crc, member.size, member.size, len(name), 0)
        head = b"PK\x03\x04" + struct.pack("<H", _VERSION) + common + name
        yield head
        yield from _content(member.source)
        directory += b"PK\x01\x02" + struct.pack("<HH", _UNIX | _VERSION, _VERSION) + common
        directory += struct.pack("<HHHII", 0, 0, 0, _PERMISSIONS, at) + name
        at += len(head) + member.size
    yield bytes(directory)
    yield _end(len(members), len(directory), at)


def is_in_the_one_form(path: Path, files: Mapping[str, Path]) -> bool:
    """Whether a zip is these files and not a byte else."""
    with open_regular(path, what="bundle") as handle:
        for piece in zip_pieces(members_of(files)):
            if handle.read(len(piece)) != piece:
                return False
        return not handle.read(1)


def _end(count: int, size: int, at: int) -> bytes:
    shown = min(count, _MANY)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, shown, shown, size, at, 0)
    if count < _MANY:
        return end
    sizes = (_UNIX | _ZIP64_VERSION, _ZIP64_VERSION, 0, 0, count, count, size, at)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, *sizes)
    return record + b"PK\x06\x07" + struct.pack("<IQI", 0, at + size, 1) + end


def _member(name: str, source: bytes | Path) -> Member:
    size, crc, digest = 0, 0, hashlib.sha256()
    for chunk in _content(source):
        size += len(chunk)
        crc = zlib.crc32(chunk, crc)
        digest.update(chunk)
    return Member(name, source, size, crc, digest.hexdigest())


def _content(source: bytes | Path) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with open_regular(source) as handle:
        while chunk := handle.read(_CHUNK):
            yield chunk
