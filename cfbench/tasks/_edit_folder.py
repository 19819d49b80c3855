"""The folder layout of editing predictions that were made elsewhere, in any language.

Either one folder a sample, one PNG a turn::

    out/test_00009/turn-1.png
    out/test_00009/turn-2.png

or a file ``predictions.jsonl`` with a line a sample, paths relative to the folder::

    {"id": "test_00009", "images": ["a/1.png", "a/2.png"]}
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from cfbench.errors import CfbenchError, DataError
from cfbench.files import read_image, read_json_lines
from cfbench.tasks.base import PredictionFault
from cfbench.tasks.edit import EditPrediction

TURN = re.compile(r"turn-([1-9][0-9]{0,3})\.png")
MAX_TURNS = 1000


class LazyFolder(Mapping[str, "EditPrediction | PredictionFault"]):
    """Predictions by sample id, read when they are asked for."""

    def __init__(self, folder: Path, paths: Mapping[str, Sequence[Path] | PredictionFault]) -> None:
        """``paths`` are the images of each sample, or what is wrong with them."""
        self._folder, self._paths = folder, paths

    def __getitem__(self, sample: str) -> EditPrediction | PredictionFault:
        paths = self._paths[sample]
        if isinstance(paths, PredictionFault):
            return paths
        try:
            return EditPrediction(tuple(read_image(path) for path in paths))
        except CfbenchError as error:
            # A result holds no path of this machine: they are said from the folder on.
            return PredictionFault(str(error).replace(f"{self._folder}{os.sep}", ""))

    def __iter__(self) -> Any:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def read_edit_folder(folder: Path, ids: Sequence[str]) -> Mapping[str, EditPrediction | PredictionFault]:
    """The predictions of the asked samples that the folder holds."""
    lines = folder / "predictions.jsonl"
    listed = _from_lines(lines, set(ids)) if lines.is_file() else _from_folders(folder, ids)
    if not listed:
        why = f"it holds neither predictions.jsonl nor a folder named after a sample, such as {ids[0]}/turn-1.png"
        raise DataError(f"{folder} has no predictions for this split", why, "See docs/predictions.md")
    return LazyFolder(folder, listed)


def _from_folders(folder: Path, ids: Sequence[str]) -> dict[str, Sequence[Path] | PredictionFault]:
    found: dict[str, Sequence[Path] | PredictionFault] = {}
    for sample in ids:
        inner = folder / sample
        if not inner.is_dir():
            continue
        turns = {int(m[1]): path for path in inner.iterdir() if (m := TURN.fullmatch(path.name))}
        if sorted(turns) == list(range(1, len(turns) + 1)):
            found[sample] = [turns[turn] for turn in sorted(turns)]
        else:
            absent = next(turn for turn in range(1, MAX_TURNS) if turn not in turns)
            found[sample] = PredictionFault(f"turn-{absent}.png is missing")
    return found


def _from_lines(path: Path, ids: set[str]) -> dict[str, Sequence[Path] | PredictionFault]:
    found: dict[str, Sequence[Path] | PredictionFault] = {}
    for number, line in enumerate(read_json_lines(path), 1):
        sample = line.get("id") if isinstance(line, dict) else None
        if not isinstance(sample, str):
            raise DataError(f"{path}, line {number} is not a prediction", "it has no text 'id'")
        if sample in found:
            raise DataError(f"{path}, line {number} repeats the id '{sample}'")
        if sample in ids:
            found[sample] = _image_paths(path.parent, line.get("images"))
    return found


def _image_paths(folder: Path, images: Any) -> Sequence[Path] | PredictionFault:
    if not isinstance(images, list) or not all(isinstance(name, str) for name in images):
        return PredictionFault("'images' is not a list of paths")
    for name in images:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name:
            return PredictionFault(f"the path '{name}' leads out of the folder")
    return [folder / name for name in images]
