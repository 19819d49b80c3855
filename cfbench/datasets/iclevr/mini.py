"""The embedded twin of i-CLEVR: sequences of the world of blocks, told in GeNeVA's manner."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from cfbench.datasets.edit import SPLITS, EditRecord, EditTwin, size_option
from cfbench.datasets.iclevr.painting import MATERIAL, SIZE, BlocksPainter
from cfbench.datasets.iclevr.sequences import CITATION, HELD_OUT, TURNS, cumulative
from cfbench.worlds.blocks import instructions, sample_scene

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.options import Option

SEED = 20190


class IClevrMini(EditTwin):
    """Five turns a sequence, one block a turn, seen by a camera at CLEVR's height."""

    name: ClassVar[str] = "iclevr-mini"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = (
        "generated twin of i-CLEVR: 12,000/500/500 five-turn sequences of ray-traced blocks"
    )
    licence: ClassVar[str] = "Apache-2.0"
    citation: ClassVar[str] = f"cfbench. After {CITATION}"
    splits: ClassVar[tuple[str, ...]] = SPLITS
    options: ClassVar[Mapping[str, Option]] = {"size": size_option(64, largest=256)}
    held_out: ClassVar[frozenset[int]] = HELD_OUT
    detectors: ClassVar[Mapping[str, str]] = {
        "objects": "iclevr-mini-inception",
        "image-features": "blocks-inception",
        "image-layers": "blocks-inception-layers",
    }
    related_by: ClassVar[tuple[Literal["x"], Literal["y", "depth"]]] = ("x", "y")  # as published
    views: ClassVar[Mapping[str, str]] = {"explain": "iclevr-mini-explain"}
    twin_of: ClassVar[str | None] = "iclevr"
    generated: ClassVar[dict[str, int]] = {"train": 12_000, "val": 500, "test": 500}
    generator_version: ClassVar[str] = "1"
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "ffd01f21bc2a034579254ad1fb1543c9ab219a404b0fdbabbbae38eef5c0c46d",
        "train-50": "f816900d8b9845ef5809cc59b1ba903ba31c8908682f697008cd67eea259beea",
        "train-80": "7f77d53e2f5ac93778619326637336f4d84a1fecb704cbb452a138b8a5e53e18",
        "train-zero-shot": "2b6a98dcdaf50723651493d87b2f5c04e27b861c431efee162e97346ea7df9d0",
        "val": "dd0ad0c610282a51186edd0628a6c5d72caefe984479fad653c3fef45a72ee74",
        "test": "e36f08aa1f6c3d979955bb6edd9f1394e0edc127ccf53f6085d2727df146ca30",
    }

    def painter(self) -> BlocksPainter:
        """Draws at the chosen size."""
        return BlocksPainter(int(self.chosen["size"]))

    def make_record(self, split: str, index: int) -> EditRecord:
        """The sequence number ``index`` of a generated split: a pure function."""
        scene = sample_scene(
            SEED, split, index, TURNS, sizes=(SIZE,), materials=(MATERIAL,), first_at_center=True
        )
        return EditRecord(
            f"{split}_{index:06d}", tuple(instructions(scene, SEED)), scene, cumulative(scene["objects"])
        )
