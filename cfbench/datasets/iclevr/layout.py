"""Where the official files lie, and which of them are missing."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cfbench.datasets.iclevr.sequences import TURNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INSIDE = ("", "GeNeVA-v1/raw-data/i-CLEVR", "raw-data/i-CLEVR", "i-CLEVR")
"""Where below ``<data root>/iclevr`` the unpacked archive may have put its files."""
PARTS = ("scenes", "images", "text")
BACKGROUND = "background.png"
_SCENE = re.compile(r"CLEVR_(train|val|test)_\d{6}\.json")
_PICTURE = re.compile(rf"CLEVR_(train|val|test)_\d{{6}}_[0-{TURNS - 1}]\.png")


def find_folder(root: Path) -> Path:
    """The folder that holds the files; ``<data root>/iclevr`` where there is none yet."""
    candidates = [root / "iclevr" / inside for inside in INSIDE]
    return next((folder for folder in candidates if (folder / "scenes").is_dir()), candidates[0])


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir()}
    except OSError:
        return set()


def sequences(folder: Path, split: str) -> list[str]:
    """The names of a split's sequences, by id, such as ``CLEVR_train_000000``."""
    found = ((name, _SCENE.fullmatch(name)) for name in _names(folder / "scenes"))
    return sorted(name.removesuffix(".json") for name, match in found if match and match[1] == split)


def picture_sizes(folder: Path) -> list[tuple[str, int]]:
    """The pictures of the sequences with their bytes, by name; files of other names do not count."""
    try:
        with os.scandir(folder / "images") as entries:
            return sorted(
                (each.name, each.stat().st_size) for each in entries if _PICTURE.fullmatch(each.name)
            )
    except OSError:
        return []


def missing(root: Path, counts: Mapping[str, int]) -> list[str]:
    """What is not there, as paths below ``root`` or phrases; empty when all splits are whole."""
    folder = find_folder(root)
    place = folder.relative_to(root).as_posix()
    if not folder.is_dir():
        return [f"the folder {place}/"]
    absent = [f"{place}/{part}/" for part in PARTS if not (folder / part).is_dir()]
    if not (folder / BACKGROUND).is_file():
        absent.append(f"{place}/{BACKGROUND}")
    if absent:
        return absent
    texts, images = _names(folder / "text"), _names(folder / "images")
    for split, expected in counts.items():
        names = sequences(folder, split)
        if len(names) != expected:
            absent.append(f"{place}/scenes/: {len(names):,} of {expected:,} scenes of {split}")
        for name in names:
            if f"{name}.txt" not in texts:
                absent.append(f"{place}/text/{name}.txt")
            pictures = (f"{name}_{turn}.png" for turn in range(TURNS))
            absent += [f"{place}/images/{picture}" for picture in pictures if picture not in images]
    return absent
