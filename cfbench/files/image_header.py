"""PNG and JPEG taken apart without decoding: dimensions, and the data without its metadata."""

from __future__ import annotations

import struct
import zlib
from typing import Literal, NamedTuple

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})

_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and the steps between them, of each pass of an interlaced PNG."""

_JPEG_START = b"\xff\xd8"
_JPEG_SCAN, _JPEG_END, _JPEG_COMMENT = 0xDA, 0xD9, 0xFE
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# APP14 tells how colours are coded; the other application segments are metadata.
_JPEG_METADATA = (frozenset(range(0xE1, 0xF0)) - {0xEE}) | {_JPEG_COMMENT}
_JPEG_BARE = frozenset(range(0xD0, 0xD8)) | {0x01}


class BrokenImageError(Exception):
    """Why a PNG or JPEG cannot be read, as a clause: ``it is animated``."""


class Picture(NamedTuple):
    """An undecoded picture: ``data`` is the file without what carries no pixels."""

    kind: Literal["png", "jpeg"]
    width: int
    height: int
    data: bytes
    packed: bytes = b""
    unpacked_size: int = 0

    def is_short(self) -> bool:
        """Whether a PNG's pixel data unpack to less than its dimensions need; the decoder would paint black.

        Costs time and no memory in proportion to the dimensions: check them first.
        """
        size, unpacker, rest = 0, zlib.decompressobj(), self.packed
        while size < self.unpacked_size:
            part = unpacker.decompress(rest, 65_536)
            rest = unpacker.unconsumed_tail
            if not part:
                return True
            size += len(part)
        return False


def take_apart(data: bytes) -> Picture | None:
    """The picture in ``data``, or ``None`` where it is neither PNG nor JPEG."""
    try:
        if data.startswith(_PNG_SIGNATURE):
            return _take_png_apart(data)
        if data.startswith(_JPEG_START):
            return _take_jpeg_apart(data)
    except (struct.error, IndexError):
        raise BrokenImageError("it is truncated") from None
    return None


def _take_png_apart(data: bytes) -> Picture:
    kept, packed, at, kind = [_PNG_SIGNATURE], [], len(_PNG_SIGNATURE), b""
    if data[at + 4 : at + 8] != b"IHDR":
        raise BrokenImageError("it is truncated or broken (no PNG header)")
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, at + 8)
    if depth == 16:
        raise BrokenImageError("it has 16 bits a channel, and 8 are read")
    if not width or not height:
        raise BrokenImageError("it has no pixels")
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise BrokenImageError("it is truncated")
        if kind == b"acTL":
            raise BrokenImageError("it is animated, and one picture is needed")
        if kind in _PNG_PIXEL_CHUNKS:
            kept.append(data[at:end])
        if kind == b"IDAT":
            packed.append(data[at + 8 : end - 4])
        at = end
    bits = depth * _PNG_CHANNELS.get(colour, 0)
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    size = sum(_pass_size(width, height, bits, each) for each in passes)
    return Picture("png", width, height, b"".join(kept), b"".join(packed), size)


def _pass_size(width: int, height: int, bits: int, which: tuple[int, int, int, int]) -> int:
    """The bytes of one pass: every row is a filter byte and its pixels, rounded up to bytes."""
    left, top, across, down = which
    columns, rows = -((left - width) // across), -((top - height) // down)
    return rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0


def _take_jpeg_apart(data: bytes) -> Picture:
    kept, at = [_JPEG_START], len(_JPEG_START)
    size: tuple[int, int] | None = None
    while True:
        if data[at] != 0xFF:
            raise BrokenImageError("it is broken (no JPEG marker where one must be)")
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in _JPEG_BARE:
            at += 2
            continue
        if marker == _JPEG_END:
            raise BrokenImageError("it is truncated (no pixels before its end)")
        if marker == _JPEG_SCAN:
            kept.append(data[at:])
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if marker in _JPEG_FRAMES:
            size = _jpeg_size(data, at + 4)
        if marker not in _JPEG_METADATA:
            kept.append(data[at:end])
        at = end
    if size is None:
        raise BrokenImageError("it is broken (no JPEG frame)")
    return Picture("jpeg", *size, b"".join(kept))


def _jpeg_size(data: bytes, at: int) -> tuple[int, int]:
    precision, height, width, channels = struct.unpack_from(">BHHB", data, at)
    if precision != 8:
        raise BrokenImageError(f"it has {precision} bits a channel, and 8 are read")
    if channels not in {1, 3}:
        raise BrokenImageError(f"it has {channels} colour channels, and grey or RGB is read")
    if not width or not height:
        raise BrokenImageError("it has no pixels")
    return width, height
