"""JSON: one canonical form out, and careful reading of what comes in.

``canonical_json`` gives equal bytes for equal values on every machine: keys sorted, no spaces, UTF-8, floats by
their shortest exact form. Digests, fingerprints and cache keys are taken over these bytes.
The readers bound size and depth before anything else can use the value, and refuse what two programs could
understand differently: duplicate keys, NaN and infinity, lone surrogates.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, cast

import numpy as np

from cfbench.errors import DataError
from cfbench.files.reading import open_regular, reading_error, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_JSON_BYTES = 512 * 1024 * 1024
MAX_JSON_DEPTH = 64
MAX_LINE_BYTES = 16 * 1024 * 1024

_CHUNK = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_SCALARS = frozenset({str, bool, int, type(None)})


def canonical_json(value: object) -> bytes:
    """The one canonical form of ``value``.

    Numpy scalars become Python's; tuples become lists. NaN, infinity and lone surrogates are ``DataError``;
    what JSON cannot hold (arrays, sets, keys that are not strings) is ``TypeError``, a defect of the caller.
    """
    try:
        plain = _plain(value)
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8")
    except _NotFiniteError as error:
        place = "".join(reversed(error.trail)) or "the value"
        raise DataError(
            f"Cannot write {place} as JSON", "it is NaN or infinite", "Store null with a reason instead"
        ) from None
    except UnicodeEncodeError as error:
        raise DataError("Cannot write a text as JSON", f"it is not valid Unicode ({error.reason})") from error


def sha256_hex(source: bytes | Path) -> str:
    """The SHA-256 of bytes, or of the content of a file, as 64 hex digits."""
    if not isinstance(source, Path):
        return hashlib.sha256(source).hexdigest()
    digest = hashlib.sha256()
    with open_regular(source) as handle:
        try:
            while chunk := handle.read(_CHUNK):
                digest.update(chunk)
        except OSError as error:
            raise reading_error(error, source, "file") from error
    return digest.hexdigest()


def read_json(path: Path, *, max_bytes: int = MAX_JSON_BYTES, max_depth: int = MAX_JSON_DEPTH) -> Any:
    """The value in a JSON file, plain or gzip (told by content); ``max_bytes`` counts what is unpacked.

    Every fault of the file is a ``DataError`` that names it.
    """
    with _open_plain(path) as handle:
        data = _read(handle, max_bytes + 1, path)
    if len(data) > max_bytes:
        raise too_large(path, max_bytes, "JSON file")
    return parse_json(data, source=str(path), max_depth=max_depth)


def read_json_lines(
    path: Path, *, max_line_bytes: int = MAX_LINE_BYTES, max_depth: int = MAX_JSON_DEPTH
) -> Iterator[Any]:
    """The values of a JSON Lines file, plain or gzip, one at a time; blank lines are skipped."""
    with _open_plain(path) as handle:
        number = 0
        while line := _read(handle, max_line_bytes + 1, path, line=True):
            number += 1
            source = f"{path}, line {number}"
            if len(line) > max_line_bytes:
                raise too_large(source, max_line_bytes, "JSON file")
            if line.strip():
                yield parse_json(line, source=source, max_depth=max_depth)


def parse_json(data: bytes, *, source: str, max_depth: int = MAX_JSON_DEPTH) -> Any:
    """The value of JSON text; ``source`` names it in errors. Same checks as ``read_json``."""
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(
            text,
            object_pairs_hook=_object_of_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
        )
        if _SURROGATE_ESCAPE.search(data):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise _fault(source, f"it is nested deeper than {max_depth} levels") from None
    except UnicodeDecodeError as error:
        raise _fault(source, f"it is not UTF-8 text (byte {error.start})") from error
    except UnicodeEncodeError as error:
        raise _fault(source, "a text in it is not valid Unicode (a lone surrogate)") from error
    except json.JSONDecodeError as error:
        why = (
            "it is empty" if not text.strip() else f"{error.msg} (line {error.lineno}, column {error.colno})"
        )
        raise _fault(source, why) from error
    except ValueError as error:
        raise _fault(source, str(error)) from error
    if _deeper_than(value, max_depth):
        raise _fault(source, f"it is nested deeper than {max_depth} levels")
    return value


class _NotFiniteError(Exception):
    """A NaN or an infinity; collects the way to it, innermost step first."""

    def __init__(self) -> None:
        self.trail: list[str] = []


def _plain(value: object) -> object:
    """``value`` out of nothing but JSON's own types."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, dict):
        return _plain_object(value)
    if isinstance(value, (list, tuple)):
        return _plain_array(value)
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _NotFiniteError
        return value
    if isinstance(value, (str, int)):  # enumerations and other subclasses
        return value
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def _plain_object(value: dict[Any, Any]) -> dict[str, object]:
    plain: dict[str, object] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"a JSON key must be a string, not {type(key).__name__}")
        try:
            plain[key] = _plain(item)
        except _NotFiniteError as error:
            error.trail.append(f".{key}")
            raise
    return plain


def _plain_array(value: list[Any] | tuple[Any, ...]) -> list[object]:
    plain: list[object] = []
    try:
        for item in value:
            plain.append(_plain(item))  # noqa: PERF401 (the error handler needs what is done so far)
    except _NotFiniteError as error:
        error.trail.append(f"[{len(plain)}]")
        raise
    return plain


def _object_of_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:100]!r} stands twice in one object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is not JSON")


def _finite_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _deeper_than(value: object, max_depth: int) -> bool:
    level = [value]
    for _ in range(max_depth + 1):
        if not level:
            return False
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
    return bool(level)


def _fault(source: str, why: str) -> DataError:
    return DataError(
        f"Cannot read {source} as JSON", why, "Check that this is the right file, whole and unchanged"
    )


@contextmanager
def _open_plain(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked when they are gzip."""
    with open_regular(path, what="JSON file") as handle:
        packed = _read(handle, len(_GZIP_MAGIC), path) == _GZIP_MAGIC
        handle.seek(0)
        if not packed:
            yield handle
        else:
            with gzip.GzipFile(fileobj=handle) as plain:
                yield cast("BinaryIO", plain)


def _read(handle: BinaryIO, size: int, path: Path, *, line: bool = False) -> bytes:
    try:
        return handle.readline(size) if line else handle.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _fault(str(path), f"its gzip data is broken or cut short ({error})") from error
    except OSError as error:
        raise reading_error(error, path, "JSON file") from error
