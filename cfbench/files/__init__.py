"""Files that come in from outside, and files that are written whole or not at all."""

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
