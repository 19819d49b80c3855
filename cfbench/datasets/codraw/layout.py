"""Where the official files lie, and which of them are missing.

Two forms of the dialogues are read: the released file, plain or packed with gzip, and the folder that
CoDraw's own ``preprocess.py`` cuts it into, one file a dialogue.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cfbench.worlds.park.classes import all_png_names
from cfbench.worlds.park.sprites import BACKGROUND_PNG

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ONE_FILE = ("CoDraw_1_0.json", "CoDraw_1_0.json.gz")
KEY = re.compile(r"(train|val|test)_(\d{5})", re.ASCII)

_FILE_FOLDERS = ("", "dataset")
_CUT_FOLDERS = ("", "output", "scenes")
_PICTURE_FOLDERS = ("Pngs", "AbstractScenes_v1.1/Pngs", "AbstractScenes_v1.1/AbstractScenes_v1.1/Pngs")


def _homes(root: Path) -> tuple[Path, Path]:
    return root / "codraw", root


def one_file(root: Path) -> Path | None:
    """The released file, if it is there."""
    places = (home / inside / name for home in _homes(root) for inside in _FILE_FOLDERS for name in ONE_FILE)
    return next((place for place in places if place.is_file()), None)


def cut_files(root: Path) -> dict[str, Path]:
    """The files of single dialogues by key, from the first folder that holds any."""
    for home in _homes(root):
        for inside in _CUT_FOLDERS:
            found = {
                path.stem: path
                for path in _listed(home / inside)
                if path.suffix == ".json" and KEY.fullmatch(path.stem)
            }
            if found:
                return dict(sorted(found.items()))
    return {}


def pictures(root: Path) -> Path:
    """The folder of official clip art; ``<data root>/codraw/Pngs`` where there is none yet."""
    places = [home / inside for home in _homes(root) for inside in _PICTURE_FOLDERS]
    return next((place for place in places if place.is_dir()), places[0])


def missing(root: Path, counts: Mapping[str, int]) -> list[str]:
    """What is not there, as paths below ``root`` or phrases; empty when everything is."""
    absent: list[str] = []
    if one_file(root) is None:
        found = cut_files(root)
        for split, expected in counts.items():
            held = sum(key.startswith(f"{split}_") for key in found)
            if found and held != expected:
                absent.append(f"{held:,} of {expected:,} dialogues of {split} ({split}_<id>.json)")
        if not found:
            absent.append(f"codraw/{ONE_FILE[0]} (or .gz, or a file for each dialogue)")
    folder = pictures(root)
    place = folder.relative_to(root).as_posix()
    if not folder.is_dir():
        return [*absent, f"the clip art {place}/"]
    there = {path.name for path in _listed(folder)}
    needed = (*all_png_names(), BACKGROUND_PNG)
    return absent + [f"{place}/{name}" for name in needed if name not in there]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
