"""Archives from outside, unpacked into a folder that appears whole or not at all.

Read: zip (stored and deflated), tar, tar.gz, told by content. Only plain files and folders come out, with ordinary
permissions and no time stamps. Refused, naming the member: absolute names, ``..``, drive letters, backslashes and
control characters; links, devices, pipes and sparse files; names that are equal, or would be on a file system that
ignores case or Unicode form; encrypted members; more files or bytes than allowed, counted while unpacking, because
what headers say proves nothing; and ratios that only a bomb has.
"""

from __future__ import annotations

import errno
import gzip
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from cfbench.errors import DataError
from cfbench.files.atomic import writing_folder
from cfbench.files.kinds import HEAD_BYTES, kind_of
from cfbench.files.reading import human_size, open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_RATIO = 200
"""Unpacked bytes a packed byte, over the whole archive. JSON text reaches about 30, deflate's limit is 1032."""

_RATIO_FREE_BYTES = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
_BLOCK = 512
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    gzip.BadGzipFile,
    ValueError,
    IndexError,
    NotImplementedError,
    RecursionError,
    struct.error,
)


class _Member(NamedTuple):
    name: str
    is_folder: bool
    oddity: str
    """Why it must not be unpacked, as a clause; empty for plain files and folders."""
    content: IO[bytes] | None


def unpack(path: Path, folder: Path, *, max_total_bytes: int, max_files: int) -> list[str]:
    """Unpack the archive ``path`` as the new ``folder``; the names of its files, sorted.

    ``folder`` must be absent or empty. Every fault of the archive is a ``DataError`` and leaves nothing behind.
    """
    with open_regular(path, what="archive") as handle:
        size = handle.seek(0, 2)
        limit = min(max_total_bytes, max(_RATIO_FREE_BYTES, MAX_RATIO * size))
        names = _Names(path, max_files)
        total = 0
        with writing_folder(folder) as target, _faults_of(path):
            for member in _members(handle, path, limit):
                parts = names.accept(member)
                place = target.joinpath(*parts)
                if member.content is None:
                    place.mkdir(parents=True, exist_ok=True)
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as out:
                    while chunk := member.content.read(_CHUNK):
                        total += len(chunk)
                        if total > limit:
                            raise _too_much(path, size, max_total_bytes)
                        out.write(chunk)
    return names.files()


class _Names:
    """The names met so far, and the rules for the next."""

    def __init__(self, archive: Path, max_files: int) -> None:
        self._archive, self._max_files = archive, max_files
        self._count = 0
        self._taken: dict[str, tuple[str, bool]] = {}

    def accept(self, member: _Member) -> list[str]:
        """The parts of the member's path; a refused one raises with the reason."""
        self._count += 1
        if self._count > self._max_files:
            raise _refusal(self._archive, f"it has more than {self._max_files:,} members")
        parts = [part for part in member.name.split("/") if part not in {"", "."}]
        nameless = "" if parts or member.is_folder else "has no name"
        why = member.oddity or nameless or _bad_name(member.name, parts)
        why = why or self._collision(parts, is_folder=member.is_folder)
        if why:
            raise _refusal(self._archive, f"its member {member.name[:200]!r} {why}")
        return parts

    def files(self) -> list[str]:
        """The files accepted so far, sorted."""
        return sorted(path for path, is_folder in self._taken.values() if not is_folder)

    def _collision(self, parts: list[str], *, is_folder: bool) -> str:
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            here = (path, is_folder or depth < len(parts))
            known = self._taken.setdefault(unicodedata.normalize("NFC", path).casefold(), here)
            # Only a folder may be met again, spelt as before. Files are entered once, by identity.
            if known is not here and (known != here or not here[1]):
                return f"collides with {known[0][:200]!r}"
        return ""


def _bad_name(name: str, parts: list[str]) -> str:
    """Why no file may bear this name, as a clause; empty for a good one."""
    if not name.isprintable():
        return "has control characters in its name"
    if name.startswith("/") or "\\" in name or name[1:2] == ":":
        return "has an absolute or foreign name"
    if ".." in parts:
        return "leads out of the folder"
    if any(len(part.encode("utf-8", "replace")) > 255 for part in parts) or len(parts) > 64:
        return "has too long a name"
    return ""


def _members(handle: BinaryIO, path: Path, limit: int) -> Iterator[_Member]:
    """The members in order; the content of one is to be read before the next is asked for."""
    handle.seek(0)
    head = handle.read(HEAD_BYTES)
    handle.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zip_members(handle)
    elif head.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=handle) as unpacked:
            yield from _tar_members(_Guarded(cast("BinaryIO", unpacked), path, limit))
    elif head[257:262] == b"ustar":
        yield from _tar_members(_Guarded(handle, path, limit))
    else:
        why = f"it is {kind_of(head)}, not zip, tar or tar.gz"
        raise DataError(f"Cannot unpack {path}", why, "Check that this is the right file")


def _zip_members(handle: BinaryIO) -> Iterator[_Member]:
    with zipfile.ZipFile(handle) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            oddity = ""
            if info.flag_bits & 0x1:
                oddity = "is encrypted"
            elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
                oddity = "is a link or a device"
            elif info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                oddity = "is packed by a method that is not read"
            if oddity or info.is_dir():
                yield _Member(info.orig_filename, info.is_dir(), oddity, None)
            else:
                with archive.open(info) as content:
                    yield _Member(info.orig_filename, is_folder=False, oddity="", content=content)


def _tar_members(source: _Guarded) -> Iterator[_Member]:
    with tarfile.open(fileobj=cast("IO[bytes]", source), mode="r:") as archive:
        for info in archive:
            plain = info.isdir() or (info.isreg() and not info.issparse())
            content = archive.extractfile(info) if plain and info.isreg() else None
            yield _Member(
                info.name, info.isdir(), "" if plain else "is a link, a device or a sparse file", content
            )
        # Tarfile takes a cut between two members for the end; the true end is a block of zeros.
        source.seek(archive.offset)
        if source.read(_BLOCK) != bytes(_BLOCK):
            raise tarfile.ReadError("its end is missing")
    while source.read(_CHUNK):  # to the end, so that gzip's own check of the content takes place
        pass


class _Guarded:
    """A tar stream that is never read in large pieces or beyond a limit: its headers say how much to read."""

    def __init__(self, stream: BinaryIO, archive: Path, limit: int) -> None:
        self._stream, self._archive = stream, archive
        # Headers and padding come on top of the content, for which the limit stands.
        self._limit = 2 * limit + _RATIO_FREE_BYTES

    def read(self, size: int = -1) -> bytes:
        """Read, as a file does."""
        if not 0 <= size <= _CHUNK or self._stream.tell() + size > self._limit:
            raise _refusal(self._archive, "a header in it claims more than the archive may hold")
        return self._stream.read(size)

    def seek(self, position: int, whence: int = 0) -> int:
        """Move, as a file does."""
        if position > self._limit:
            raise _refusal(self._archive, "a header in it claims more than the archive may hold")
        return self._stream.seek(position, whence)

    def tell(self) -> int:
        """Where the next read begins."""
        return self._stream.tell()


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    try:
        yield
    except (*_BROKEN, OSError) as error:
        # Zipfile seeks where a broken directory points, which may be before the start of the file.
        if isinstance(error, OSError) and not isinstance(error, _BROKEN) and error.errno != errno.EINVAL:
            raise
        why = f"it is truncated or broken ({str(error) or type(error).__name__})"
        raise DataError(f"Cannot unpack {path}", why, f"Remove it and get it again: rm '{path}'") from error


def _too_much(path: Path, size: int, max_total_bytes: int) -> DataError:
    if max_total_bytes <= MAX_RATIO * size:
        return _refusal(path, f"it unpacks to more than {human_size(max_total_bytes)}")
    return _refusal(path, f"it unpacks to more than {MAX_RATIO} times its size, as only a bomb does")


def _refusal(path: Path, why: str) -> DataError:
    return DataError(
        f"Cannot unpack {path}",
        why,
        "Nothing was unpacked. Do not trust this archive; get it from its publisher",
    )
