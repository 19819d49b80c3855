"""The folder layout of editing predictions that were made elsewhere, in any language.

Either one folder a sample, one PNG a turn::

    out/test_00009/turn-1.png
    out/test_00009/turn-2.png

or a file ``predictions.jsonl`` with a line a sample, paths relative to the folder::

    {"id": "test_00009", "images": ["a/1.png", "a/2.png"]}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cfbench.files import read_image
from cfbench.tasks._folder import LINES, Folder, Line, from_lines, given, image_in, no_predictions
from cfbench.tasks.base import PredictionFault
from cfbench.tasks.edit import EditPrediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TURN = re.compile(r"turn-([1-9][0-9]{0,3})\.png")


def read_edit_folder(folder: Path, ids: Sequence[str]) -> Mapping[str, EditPrediction | PredictionFault]:
    """The predictions of the asked samples that the folder holds."""
    if (folder / LINES).is_file():
        return from_lines(folder, ids, _from_line)
    found = {sample: folder / sample for sample in ids if (folder / sample).is_dir()}
    if not found:
        why = f"it holds neither {LINES} nor a folder named after a sample, such as {ids[0]}/turn-1.png"
        raise no_predictions(folder, why)
    return Folder(folder, found, _from_turns)


def _from_turns(folder: Path, sample: Path) -> EditPrediction:  # noqa: ARG001 - as every maker of predictions
    turns = {int(m[1]): path for path in sample.iterdir() if (m := TURN.fullmatch(path.name))}
    absent = next(turn for turn in range(1, len(turns) + 2) if turn not in turns)
    if absent <= len(turns):
        message = f"turn-{absent}.png is missing"
        raise PredictionFault(message)
    return EditPrediction(tuple(read_image(turns[turn]) for turn in sorted(turns)))


def _from_line(folder: Path, line: Line) -> EditPrediction:
    images = given(line, "images")
    if not isinstance(images, list) or not all(isinstance(name, str) for name in images):
        message = "'images' is not a list of paths"
        raise PredictionFault(message)
    return EditPrediction(tuple(image_in(folder, name, "images") for name in images))
