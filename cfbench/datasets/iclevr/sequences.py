"""What the official data and its twin share: labels and held-out classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.tasks.edit import Placement
from cfbench.worlds.blocks import CLASS_NAMES, class_index
from cfbench.worlds.blocks.camera import HEIGHT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TURNS = 5
HELD_OUT = frozenset(
    CLASS_NAMES.index(name) for name in ("cube gray", "cube red", "sphere green", "cylinder purple")
)
"""Classes that no sequence of ``train-zero-shot`` holds (SSCR, Table 5)."""
CITATION = (
    "El-Nouby, Sharma, Schulz, Hjelm, El Asri, Kahou, Bengio, Taylor: Tell, Draw, and Repeat: Generating and"
    " Modifying Images Based on Continual Linguistic Instruction. ICCV 2019."
)


def cumulative(objects: Sequence[Mapping[str, Any]]) -> tuple[tuple[Placement, ...], ...]:
    """The objects in the image after each turn, ordered by label; depth is along the line of sight."""
    places = [
        Placement(
            class_index(entry["shape"], entry["color"]),
            entry["pixel_coords"][0] / WIDTH,
            entry["pixel_coords"][1] / HEIGHT,
            float(entry["pixel_coords"][2]),
        )
        for entry in objects
    ]
    return tuple(
        tuple(sorted(places[: turn + 1], key=lambda place: place.label)) for turn in range(len(places))
    )
