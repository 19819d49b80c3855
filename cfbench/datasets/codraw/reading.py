"""The official dialogues, checked: from JSON to the entries of a dialogue.

Every fault of a file is a :class:`DataError` of one line that names the file and the dialogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from cfbench.datasets.codraw.layout import KEY
from cfbench.datasets.codraw.merging import Entry
from cfbench.errors import DataError
from cfbench.files import parse_json, read_bytes, read_json, sha256_hex
from cfbench.worlds.park.strings import used_clips

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VALIDATION_DIGIT, TEST_DIGIT = 8, 9

_MAX_BYTES = 512 * 1024 * 1024  # unpacked; CoDraw 1.0 has 150 MB
_MAX_DIALOGUE_BYTES = 4 * 1024 * 1024
_MAX_ENTRIES = 1000  # the longest of CoDraw 1.0 has 35
_MAX_MESSAGE = 10_000  # characters
_MEND = "Get CoDraw again with 'cfbench data get codraw'"


@dataclass(frozen=True)
class RawSplit:
    """The dialogues of one split by key, as JSON values; ``digest`` stands for the bytes they came from."""

    source: str
    digest: str
    dialogues: Mapping[str, Any]


def split_of(image_id: int) -> str:
    """The split that an image id belongs to."""
    digit = image_id % 10
    return "val" if digit == VALIDATION_DIGIT else "test" if digit == TEST_DIGIT else "train"


def read_one_file(path: Path, split: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """The dialogues of a split from the released file, by key in order; all splits are counted."""
    table = read_json(path, max_bytes=_MAX_BYTES)
    dialogues = table.get("data") if isinstance(table, dict) else None
    if not isinstance(dialogues, dict):
        _refuse(path, "it is not CoDraw's file: it has no object 'data' of dialogues")
    if table.get("count", len(dialogues)) != len(dialogues):
        _refuse(path, f"it announces {table['count']!r} dialogues and holds {len(dialogues)}")
    for key in dialogues:
        if not KEY.fullmatch(key):
            _refuse(path, f"{key[:40]!r} is not the key of a dialogue, such as 'test_00009'")
    for name, expected in counts.items():
        found = sum(key.startswith(f"{name}_") for key in dialogues)
        if found != expected:
            _refuse(path, f"it holds {found:,} dialogues of {name}, not {expected:,}")
    return {key: dialogues[key] for key in sorted(dialogues) if key.startswith(f"{split}_")}


def read_cut_files(files: Mapping[str, Path], split: str) -> RawSplit:
    """The dialogues of a split from one file each."""
    chosen = {key: path for key, path in files.items() if key.startswith(f"{split}_")}
    read = {
        key: read_bytes(path, max_bytes=_MAX_DIALOGUE_BYTES, what="CoDraw dialogue")
        for key, path in chosen.items()
    }
    digest = sha256_hex("".join(f"{key} {sha256_hex(data)}\n" for key, data in read.items()).encode())
    dialogues = {key: parse_json(data, source=str(chosen[key])) for key, data in read.items()}
    folder = next(iter(chosen.values())).parent if chosen else ""
    return RawSplit(str(folder), digest, dialogues)


def entries_of(source: str, key: str, dialogue: Any) -> list[Entry]:
    """The checked entries of a dialogue."""
    place = f"{source}, {key}"
    image_id = _field(place, dialogue, "image_id", int)
    named = KEY.fullmatch(key)
    if named is None or int(named[2]) != image_id or named[1] != split_of(image_id):
        _refuse(place, f"its image_id {image_id!r} is of {split_of(image_id)}_{image_id:05d}")
    exchanges = _field(place, dialogue, "dialog", list)
    if len(exchanges) > _MAX_ENTRIES:
        _refuse(place, f"it has {len(exchanges):,} entries, at most {_MAX_ENTRIES:,} are read")
    return [_entry(f"{place}, entry {number}", exchange) for number, exchange in enumerate(exchanges, 1)]


def _entry(place: str, exchange: Any) -> Entry:
    teller, drawer = (_field(place, exchange, name, str) for name in ("msg_t", "msg_d"))
    if max(len(teller), len(drawer)) > _MAX_MESSAGE:
        _refuse(place, f"a message of more than {_MAX_MESSAGE:,} characters")
    canvas = _field(place, exchange, "abs_d", str)
    try:
        return Entry(teller, drawer, used_clips(canvas) if canvas else None)
    except DataError as error:
        raise DataError(f"Cannot use {place}", str(error), _MEND) from error


def _field(place: str, value: Any, name: str, kind: type[Any]) -> Any:
    if not isinstance(value, dict):
        _refuse(place, "it is not a JSON object")
    if not isinstance(value.get(name), kind) or isinstance(value[name], bool):
        _refuse(place, f"its '{name}' is missing or not of type {kind.__name__}")
    return value[name]


def _refuse(place: Path | str, why: str) -> NoReturn:
    raise DataError(f"Cannot use {place}", why, _MEND)
