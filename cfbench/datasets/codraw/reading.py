"""The official dialogues, checked: from JSON to the entries of a dialogue.

Every fault of a file is a :class:`DataError` of one line that names the file and the dialogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from cfbench.datasets.codraw.layout import KEY
from cfbench.datasets.codraw.merging import Entry
from cfbench.errors import DataError
from cfbench.files import parse_json, read_bytes, read_json, sha256_hex
from cfbench.worlds.park.strings import used_clips

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VALIDATION_DIGIT, TEST_DIGIT = 8, 9

_MAX_BYTES = 512 * 1024 * 1024  # unpacked; CoDraw 1.0 has 150 MB
_MAX_DIALOGUE_BYTES = 4 * 1024 * 1024
_MAX_ENTRIES = 1000  # the longest of CoDraw 1.0 has 35
_MAX_MESSAGE = 10_000  # characters
MEND = "Get CoDraw again with 'cfbench data get codraw'"


def split_of(image_id: int) -> str:
    """The split that an image id belongs to."""
    digit = image_id % 10
    return "val" if digit == VALIDATION_DIGIT else "test" if digit == TEST_DIGIT else "train"


class Dialogues(Protocol):
    """The official dialogues in one of their forms."""

    @property
    def name(self) -> str:
        """Where they are, for messages."""

    def digest(self, split: str) -> str:
        """The SHA-256 of the bytes that a split is read from."""

    def read(self, split: str) -> dict[str, Any]:
        """The dialogues of a split as JSON values, by key in order."""


@dataclass(frozen=True)
class OneFile:
    """The released file. Its dialogues are counted whenever it is read, those of all splits."""

    path: Path
    counts: Mapping[str, int]

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    def digest(self, split: str) -> str:  # noqa: ARG002
        """Of the whole file."""
        return sha256_hex(self.path)

    def read(self, split: str) -> dict[str, Any]:
        """The dialogues of a split."""
        table = read_json(self.path, max_bytes=_MAX_BYTES)
        dialogues = table.get("data") if isinstance(table, dict) else None
        if not isinstance(dialogues, dict):
            _refuse(self.name, "it is not CoDraw's file: it has no object 'data' of dialogues")
        if table.get("count", len(dialogues)) != len(dialogues):
            _refuse(self.name, f"it announces {table['count']!r} dialogues and holds {len(dialogues)}")
        for key in dialogues:
            if not KEY.fullmatch(key):
                _refuse(self.name, f"{key[:40]!r} is not the key of a dialogue, such as 'test_00009'")
        for name, expected in self.counts.items():
            found = sum(key.startswith(f"{name}_") for key in dialogues)
            if found != expected:
                _refuse(self.name, f"it holds {found:,} dialogues of {name}, not {expected:,}")
        return {key: dialogues[key] for key in sorted(dialogues) if key.startswith(f"{split}_")}


@dataclass(frozen=True)
class CutFiles:
    """One file a dialogue, by key."""

    files: Mapping[str, Path]

    @property
    def name(self) -> str:
        """The folder."""
        return str(next(iter(self.files.values())).parent) if self.files else "an empty folder"

    def digest(self, split: str) -> str:
        """Of the keys and the digests of the files of a split."""
        lines = (f"{key} {sha256_hex(data)}\n" for key, data in self._bytes(split))
        return sha256_hex("".join(lines).encode())

    def read(self, split: str) -> dict[str, Any]:
        """The dialogues of a split."""
        return {key: parse_json(data, source=str(self.files[key])) for key, data in self._bytes(split)}

    def _bytes(self, split: str) -> Iterator[tuple[str, bytes]]:
        for key, path in sorted(self.files.items()):
            if key.startswith(f"{split}_"):
                yield key, read_bytes(path, max_bytes=_MAX_DIALOGUE_BYTES, what="CoDraw dialogue")


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
        raise DataError(f"Cannot use {place}", str(error), MEND) from error


def _field(place: str, value: Any, name: str, kind: type[Any]) -> Any:
    if not isinstance(value, dict):
        _refuse(place, "it is not a JSON object")
    if not isinstance(value.get(name), kind) or isinstance(value[name], bool):
        _refuse(place, f"its '{name}' is missing or not of type {kind.__name__}")
    return value[name]


def _refuse(place: str, why: str) -> NoReturn:
    raise DataError(f"Cannot use {place}", why, MEND)
