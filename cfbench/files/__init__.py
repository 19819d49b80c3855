"""Files that come in from outside, and files that are written whole or not at all.

Each name is loaded at its first use, so that writing a file brings in neither the decoder of images nor HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfbench.files.archive import unpack
    from cfbench.files.atomic import (
        disk_error,
        sweep,
        sync_folder,
        write_bytes,
        write_text,
        writing,
        writing_folder,
    )
    from cfbench.files.download import Fetched, fetch
    from cfbench.files.images import decode_png, encode_png, read_image, read_image_rgba
    from cfbench.files.jsonio import canonical_json, parse_json, read_json, read_json_lines, sha256_hex
    from cfbench.files.lockfile import LockFile
    from cfbench.files.reading import human_size, open_regular, read_bytes

__all__ = [
    "Fetched",
    "LockFile",
    "canonical_json",
    "decode_png",
    "disk_error",
    "encode_png",
    "fetch",
    "human_size",
    "open_regular",
    "parse_json",
    "read_bytes",
    "read_image",
    "read_image_rgba",
    "read_json",
    "read_json_lines",
    "sha256_hex",
    "sweep",
    "sync_folder",
    "unpack",
    "write_bytes",
    "write_text",
    "writing",
    "writing_folder",
]

_MODULES = {
    "archive": ("unpack",),
    "atomic": (
        "disk_error",
        "sweep",
        "sync_folder",
        "write_bytes",
        "write_text",
        "writing",
        "writing_folder",
    ),
    "download": ("Fetched", "fetch"),
    "images": ("decode_png", "encode_png", "read_image", "read_image_rgba"),
    "jsonio": ("canonical_json", "parse_json", "read_json", "read_json_lines", "sha256_hex"),
    "lockfile": ("LockFile",),
    "reading": ("human_size", "open_regular", "read_bytes"),
}
_HOMES = {name: f"cfbench.files.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name at its first use."""
    if name not in _HOMES:
        message = f"module 'cfbench.files' has no attribute '{name}'"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
