"""The colours that the data set draws, the model mixes in and the detector finds."""

from __future__ import annotations

from typing import Final

COLOURS: Final = {
    "red": (214, 48, 49),
    "green": (46, 160, 67),
    "blue": (52, 98, 219),
    "yellow": (240, 200, 40),
    "purple": (142, 68, 173),
}
