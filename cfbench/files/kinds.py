"""What a file is, told by its first bytes: for errors that say what came instead of what was asked for."""

from __future__ import annotations

import re

HEAD_BYTES = 512
"""How much of a file's start the functions here look at."""

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"\x93NUMPY", "a numpy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)
_HTML = re.compile(rb"\s*(<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)
_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,200})", re.I)


def kind_of(head: bytes) -> str:
    """A name for what a file that begins with ``head`` is, such as ``an HTML page``."""
    if not head:
        return "an empty file"
    if is_html(head):
        return "an HTML page"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP image"
    if head[257:262] == b"ustar":
        return "a tar archive"
    return next((name for magic, name in _KINDS if head.startswith(magic)), "a file of an unknown kind")


def is_html(head: bytes) -> bool:
    """Whether ``head`` begins an HTML page."""
    return _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def html_title(head: bytes) -> str:
    """The title of an HTML page on one line, without control characters; empty where there is none."""
    found = _TITLE.search(head)
    text = found.group(1).decode("utf-8", "replace") if found else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
