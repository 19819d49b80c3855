"""Reading predictions that were made elsewhere: ``predictions.jsonl``, a line a sample, images as files beside it.

A line is ``{"id": …}`` and what the task's predictions hold. Whether that is sound, the task's ``check`` says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

from cfbench.errors import CfbenchError, DataError
from cfbench.files import read_image, read_json_lines
from cfbench.tasks.base import Image, PredictionFault

LINES = "predictions.jsonl"
Entry = TypeVar("Entry")
Prediction = TypeVar("Prediction")
Line = dict[str, Any]


class Folder(Mapping[str, "Prediction | PredictionFault"], Generic[Entry, Prediction]):
    """Predictions by sample id. Each is made from its entry, images and all, when it is asked for."""

    def __init__(
        self, folder: Path, entries: Mapping[str, Entry], make: Callable[[Path, Entry], Prediction]
    ) -> None:
        """``make`` gets the folder and an entry; what it raises is that sample's fault."""
        self._folder, self._entries, self._make = folder, entries, make

    def __getitem__(self, sample: str) -> Prediction | PredictionFault:
        entry = self._entries[sample]
        try:
            return self._make(self._folder, entry)
        except PredictionFault as fault:
            return fault
        except CfbenchError as error:
            # A result holds no path of this machine: they are said from the folder on.
            return PredictionFault(str(error).replace(f"{self._folder}{os.sep}", ""))

    def __iter__(self) -> Any:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def from_lines(
    folder: Path, ids: Sequence[str], make: Callable[[Path, Line], Prediction]
) -> Folder[Line, Prediction]:
    """The predictions of the asked samples that ``predictions.jsonl`` has; DataError where it has none."""
    if not (folder / LINES).is_file():
        raise no_predictions(folder, f"it holds no {LINES}")
    return Folder(folder, read_lines(folder / LINES, ids), make)


def read_lines(path: Path, ids: Sequence[str]) -> dict[str, Line]:
    """The lines of the asked samples, by id. A line without an id, or with one that was there, is an error."""
    wanted, found = set(ids), dict[str, Line]()
    for number, line in enumerate(read_json_lines(path), 1):
        sample = line.get("id") if isinstance(line, dict) else None
        if not isinstance(sample, str):
            raise DataError(f"{path}, line {number} is not a prediction", "it has no text 'id'")
        if sample in found:
            raise DataError(f"{path}, line {number} repeats the id '{sample}'")
        if sample in wanted:
            found[sample] = line
    if not found:
        raise no_predictions(path.parent, f"its {LINES} has none of the samples, such as {ids[0]}")
    return found


def given(line: Line, key: str) -> Any:
    """What a line has under a key, None where it has nothing; the task's ``check`` judges it."""
    return line.get(key)


def no_predictions(folder: Path, why: str) -> DataError:
    """The error for a folder that has nothing for any sample."""
    return DataError(f"{folder} has no predictions for this split", why, "See docs/predictions.md")


def image_in(folder: Path, name: object, key: str) -> Image:
    """The image that a line names, which must lie in the folder."""
    if not isinstance(name, str) or not PurePosixPath(name).parts:
        message = f"'{key}' is not a path to a file"
        raise PredictionFault(message)
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        message = f"the path '{name}' leads out of the folder"
        raise PredictionFault(message)
    return read_image(folder / name)
