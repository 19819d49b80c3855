"""Arrays as NPZ files, also from ones that nobody vouches for.

Nothing is unpickled. What a file claims of itself (sizes in the archive, shapes in the arrays' headers) is held against
limits before memory is taken, then against what is really there. Every fault is a ``DataError`` that names file, array
and, for numbers, the row.
"""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import prod
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError
from cfbench.files.reading import human_size, open_regular, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

MAX_BYTES = 4 * 1024**3
MAX_ARRAYS = 64
MAX_AXES = 4
_MAX_HEADER = 10_000  # what numpy itself takes for safe to read
_BROKEN = (  # the archive reader meets hostile bytes with many kinds of error
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
_FIX = "Get or make the file again"
_KINDS = {"f": "decimal numbers", "i": "whole numbers", "u": "whole numbers", "b": "yes or no"}


@dataclass(frozen=True)
class ArraySpec:
    """What an array must be. Axes of one name have one length in all arrays of a file; a number is a length."""

    kinds: str  # of numpy's: b, i, u, f
    axes: tuple[str | int, ...]
    optional: bool = False


def read_npz(
    path: Path, specs: Mapping[str, ArraySpec], *, max_bytes: int = MAX_BYTES, what: str = "array file"
) -> dict[str, NDArray[Any]]:
    """The arrays that ``specs`` name; optional ones that are absent are left out, and others in the file unread.

    ``max_bytes`` limits the file, and the sum of all of its arrays unpacked. Decimal numbers are finite.
    """
    with _opened(path, what, max_bytes) as archive:
        return _arrays(archive, specs, _Place(path, what), max_bytes)


def read_npz_shape(path: Path, name: str, *, what: str = "array file") -> tuple[int, ...]:
    """The shape that an array claims to have; its numbers are not read."""
    place = _Place(path, what)
    with _opened(path, what, MAX_BYTES) as archive:
        if f"{name}.npy" not in archive.namelist():
            raise place.fault(name, "it is not there")
        with archive.open(f"{name}.npy") as stream:
            return _header(stream, place, name)[0]


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The file of these arrays, packed. Equal arrays give equal bytes on one installation: it holds no times."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            data = BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")  # of 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data.getvalue())
    return out.getvalue()


@contextmanager
def _opened(path: Path, what: str, max_bytes: int) -> Iterator[zipfile.ZipFile]:
    with open_regular(path, what=what) as handle:
        if handle.seek(0, 2) > max_bytes:
            raise too_large(path, max_bytes, what)
        try:
            with zipfile.ZipFile(handle) as archive:
                yield archive
        except _BROKEN as error:
            raise DataError(
                f"Cannot read the {what} {path}", f"it is no sound NPZ file ({error})", _FIX
            ) from error


@dataclass(frozen=True)
class _Place:
    path: Path
    what: str

    def fault(self, name: str, why: str) -> DataError:
        return DataError(f"Cannot use the {self.what} {self.path}, array '{name}'", why, _FIX)


def _arrays(
    archive: zipfile.ZipFile, specs: Mapping[str, ArraySpec], place: _Place, max_bytes: int
) -> dict[str, NDArray[Any]]:
    members = archive.infolist()
    if len(members) > MAX_ARRAYS:
        raise DataError(
            f"Cannot read the {place.what} {place.path}", f"{len(members)} arrays; at most {MAX_ARRAYS}", _FIX
        )
    if sum(member.file_size for member in members) > max_bytes:
        raise too_large(f"{place.path} (unpacked)", max_bytes, place.what)
    held = {member.filename.removesuffix(".npy"): member for member in members}
    lengths: dict[str, tuple[int, str]] = {}
    found = {}
    for name, spec in specs.items():
        if name not in held:
            if spec.optional:
                continue
            raise place.fault(name, f"it is not there; there are {', '.join(sorted(held)) or 'none'}")
        with archive.open(held[name]) as stream:
            array = _array(stream, place, name, max_bytes)
        _check(array, spec, place, name, lengths)
        found[name] = array
    return found


def _header(stream: IO[bytes], place: _Place, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether it is kept by columns, and the kind of numbers."""
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            header = np.lib.format.read_array_header_1_0(stream, max_header_size=_MAX_HEADER)
        elif version == (2, 0):
            header = np.lib.format.read_array_header_2_0(stream, max_header_size=_MAX_HEADER)
        else:
            raise place.fault(name, f"version {version[0]}.{version[1]} of numpy's format is not read")
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise place.fault(name, f"its header is broken ({error})") from error
    shape, by_columns, dtype = header
    if dtype.hasobject or dtype.kind not in _KINDS:
        raise place.fault(name, f"it holds {dtype}, and only plain numbers are read")
    if len(shape) > MAX_AXES or any(side < 0 for side in shape):
        raise place.fault(name, f"its shape is {shape}")
    return shape, by_columns, dtype


def _array(stream: IO[bytes], place: _Place, name: str, max_bytes: int) -> NDArray[Any]:
    shape, by_columns, dtype = _header(stream, place, name)
    size = prod(shape) * dtype.itemsize
    if size > max_bytes:
        raise place.fault(name, f"it would take {human_size(size)}; at most {human_size(max_bytes)}")
    data = stream.read(size + 1)
    if len(data) != size:
        there = "more" if len(data) > size else f"{len(data):,}"
        raise place.fault(name, f"its shape {shape} needs {size:,} bytes, and there are {there}")
    flat = np.frombuffer(data, dtype)
    return flat.reshape(shape[::-1]).T if by_columns else flat.reshape(shape)


def _check(
    array: NDArray[Any], spec: ArraySpec, place: _Place, name: str, lengths: dict[str, tuple[int, str]]
) -> None:
    if array.dtype.kind not in spec.kinds:
        wanted = " or ".join(dict.fromkeys(_KINDS[kind] for kind in spec.kinds))
        raise place.fault(name, f"it holds {array.dtype}, and {wanted} are needed")
    if array.ndim != len(spec.axes):
        raise place.fault(name, f"its shape is {array.shape}, and {len(spec.axes)} axes are needed")
    for axis, (side, wanted_side) in enumerate(zip(array.shape, spec.axes, strict=True)):
        if isinstance(wanted_side, int):
            if side != wanted_side:
                raise place.fault(name, f"axis {axis} has {side} places, and {wanted_side} are needed")
            continue
        length, other = lengths.setdefault(wanted_side, (side, name))
        if side != length:
            raise place.fault(name, f"axis {axis} has {side} places, and '{other}' has {length}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0]) if array.ndim else 0
        raise place.fault(name, f"row {row} (counted from 0) holds a number that is not finite")
