"""The embedded twin of CoDraw: dialogues of the world of the park, drawn with our own clip art."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.codraw.painting import ParkPainter
from cfbench.datasets.codraw.records import CITATION, HELD_OUT, make_record
from cfbench.datasets.edit import SPLITS, EditRecord, EditTwin, size_option
from cfbench.worlds.park.dialogue import sample_dialogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.options import Option

SEED = 20171


class CoDrawMini(EditTwin):
    """Dialogues of 1 to 10 turns over 3 to 10 objects, after the statistics of CoDraw's."""

    name: ClassVar[str] = "codraw-mini"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "generated twin of CoDraw: 8,000/500/500 dialogues over scenes of clip art"
    licence: ClassVar[str] = "Apache-2.0"
    citation: ClassVar[str] = f"cfbench. After {CITATION}"
    splits: ClassVar[tuple[str, ...]] = SPLITS
    options: ClassVar[Mapping[str, Option]] = {"size": size_option(64, largest=512)}
    detectors: ClassVar[Mapping[str, str]] = {
        "objects": "codraw-mini-inception",
        "image-features": "park-inception",
        "image-layers": "park-inception-layers",
    }
    held_out: ClassVar[frozenset[int]] = HELD_OUT
    views: ClassVar[Mapping[str, str]] = {"explain": "codraw-mini-explain"}
    twin_of: ClassVar[str | None] = "codraw"
    generated: ClassVar[dict[str, int]] = {"train": 8000, "val": 500, "test": 500}
    generator_version: ClassVar[str] = "1"
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "8283456c572a8e4c1162282aa536f3653e8bbb05c17d5020f63b7b088bbe5d8b",
        "train-50": "9dba615a3bd6dcbd5e042e9f2d09a56d7a62ee3206f1ab672a9efcb5de7058d9",
        "train-80": "3332a5658a4ea6595c0724c1ad0c829cf3635507c68e49e4ce35e97d6ca04333",
        "train-zero-shot": "c90cf5c14c4d3646df8db284077d9797d0368bdfc24d581d719aabdffbcc0d87",
        "val": "ed229ac1a22bed74ec6a1fa44178d7e9bcf2f64134f25e3ca0954151958e783c",
        "test": "482940c9624a42a9b9879682d7714fd99dc7a16dbd8ca6bd646c2ec2b1c81411",
    }

    def painter(self) -> ParkPainter:
        """Draws at the chosen size with our own clip art."""
        return ParkPainter(int(self.chosen["size"]))

    def make_record(self, split: str, index: int) -> EditRecord:
        """The dialogue number ``index`` of a generated split: a pure function."""
        turns = sample_dialogue(SEED, split, index)
        return make_record(f"{split}_{index:05d}", [(turn.instruction, turn.canvas) for turn in turns])
