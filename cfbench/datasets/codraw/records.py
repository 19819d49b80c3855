"""What the official data and its twin share: labels, held-out classes, and the form of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.datasets.edit import EditRecord
from cfbench.tasks.edit import Placement
from cfbench.worlds.park.classes import CLASS_NAMES
from cfbench.worlds.park.strings import CANVAS_HEIGHT, CANVAS_WIDTH, format_scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.worlds.park.strings import Clip

HELD_OUT = frozenset(CLASS_NAMES.index(name) for name in ("airplane", "apple tree", "dog", "soccer ball"))
"""Classes that no dialogue of ``train-zero-shot`` holds in any turn: ours, CoDraw has no such split."""
CITATION = (
    "Kim, Kitaev, Chen, Rohrbach, Zhang, Tian, Batra, Parikh: CoDraw: Collaborative Drawing as a Testbed for"
    " Grounded Goal-driven Communication. ACL 2019."
)
DEEPEST = 2  # depths are 0 to 2; a placement's is that in halves

_DIGITS = 6


def make_record(name: str, turns: Sequence[tuple[str, Sequence[Clip]]]) -> EditRecord:
    """A record of (instruction, canvas) turns; its scene is the scene string of each canvas."""
    canvases = [tuple(sorted(canvas, key=lambda clip: clip.label)) for _, canvas in turns]
    return EditRecord(
        name,
        tuple(instruction for instruction, _ in turns),
        [format_scene(canvas) for canvas in canvases],
        tuple(tuple(_placement(clip) for clip in canvas) for canvas in canvases),
    )


def _placement(clip: Clip) -> Placement:
    x, y = round(clip.x / CANVAS_WIDTH, _DIGITS), round(clip.y / CANVAS_HEIGHT, _DIGITS)
    return Placement(clip.label, x, y, clip.depth / DEEPEST)
