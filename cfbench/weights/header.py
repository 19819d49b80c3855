"""The head of a safetensors file, checked without reading a tensor: whole, in order, and nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench.files import open_regular, parse_json

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_HEADER = 16 * 1024 * 1024
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
}  # fmt: skip


def read_header(path: Path) -> dict[str, Any]:
    """The tensors' types, shapes and places by name, and ``__metadata__`` where there is one.

    Raises:
        DataError: The file is none of safetensors, is cut short, or holds more or less than its head says.
    """
    with open_regular(path, what="weights") as handle:
        size = handle.seek(0, 2)
        handle.seek(0)
        start = handle.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or not 2 <= length <= LARGEST_HEADER:
            raise _fault(path, "it does not begin as one")
        text = handle.read(length)
    if len(text) < length:
        raise _fault(path, f"it is cut short: {size:,} bytes, and its head alone has {8 + length:,}")
    if not text.startswith(b"{"):
        raise _fault(path, "it does not begin as one")
    header = parse_json(text, source=f"the head of {path}")
    tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
    _check(path, tensors, size - 8 - length)
    return dict(header)


def metadata_of(header: dict[str, Any]) -> dict[str, str]:
    """What the writer of the file noted."""
    found = header.get("__metadata__")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _check(path: Path, tensors: dict[str, Any], body: int) -> None:
    """Hold the places of the tensors, each behind the one before it, against the size of the body."""
    if not tensors:
        raise _fault(path, "it holds no tensor")
    places = []
    for name, entry in tensors.items():
        try:
            (first, last), shape, kind = entry["data_offsets"], entry["shape"], entry["dtype"]
            counts = [first, last, *shape]
            if any(type(count) is not int or count < 0 for count in counts):
                raise _fault(path, f"'{name:.80}' has a shape or a place that is no count")
            bits = _BITS[kind]
        except (TypeError, ValueError, KeyError) as error:
            raise _fault(path, f"'{name:.80}' is described by no known type, shape and place") from error
        if (last - first) * 8 != math.prod(shape) * bits:
            raise _fault(
                path, f"'{name:.80}' has {last - first:,} bytes, which is not {kind} of shape {shape}"
            )
        places.append((first, last))
    end = 0
    for first, last in sorted(places):
        if first != end:
            raise _fault(path, "its tensors overlap or leave gaps")
        end = last
    if end > body:
        raise _fault(path, f"it is cut short: {body:,} bytes of tensors where its head names {end:,}")
    if end < body:
        raise _fault(path, f"{body - end:,} bytes follow that its head does not name")


def _fault(path: Path, why: str) -> DataError:
    return DataError(f"{path} is no whole safetensors file", why, "Get the file again")
