"""CoDraw 1.0 as its authors released it, drawn with the official clip art.

The images and objects are the drawer's canvas after each turn, not the teller's scene, as in GeNeVA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.base import Source
from cfbench.datasets.codraw import layout
from cfbench.datasets.codraw.merging import merge_every, merge_geneva
from cfbench.datasets.codraw.painting import ParkPainter
from cfbench.datasets.codraw.reading import MEND, CutFiles, Dialogues, OneFile, entries_of
from cfbench.datasets.codraw.records import CITATION, HELD_OUT, make_record
from cfbench.datasets.edit import SPLITS, EditDataset, EditRecord, base_of, share_of, size_option
from cfbench.errors import DataError
from cfbench.files import canonical_json, parse_json
from cfbench.options import Option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PARSER = "1"  # changes whenever any record could
_MERGE = {"geneva": merge_geneva, "every": merge_every}


class CoDraw(EditDataset):
    """Dialogues between a teller and a drawer over scenes of clip art."""

    name: ClassVar[str] = "codraw"
    version: ClassVar[str] = "1"
    summary: ClassVar[str] = "CoDraw 1.0: 7,989/1,002/1,002 dialogues over scenes of clip art"
    licence: ClassVar[str] = "CC BY-NC 4.0 (dialogues); AbstractScenes clip art by Zitnick and Parikh"
    citation: ClassVar[str] = CITATION
    homepage: ClassVar[str] = "https://github.com/facebookresearch/CoDraw"
    splits: ClassVar[tuple[str, ...]] = SPLITS
    options: ClassVar[Mapping[str, Option]] = {
        "size": size_option(128, largest=512),
        "turns": Option(
            "geneva",
            "geneva merges entries until the canvas gains an object; every makes a turn of each canvas",
            choices=("geneva", "every"),
        ),
    }
    detectors: ClassVar[Mapping[str, str]] = {"objects": "codraw-inception"}
    held_out: ClassVar[frozenset[int]] = HELD_OUT
    views: ClassVar[Mapping[str, str]] = {"explain": "codraw-explain"}
    twin: ClassVar[str | None] = "codraw-mini"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "https://github.com/facebookresearch/CoDraw/releases/download/v1.0/CoDraw_1_0.json",
            "codraw/CoDraw_1_0.json",
            None,
            512 * 1024 * 1024,
            (b"{",),
        ),
        Source(
            "https://vision.ece.vt.edu/clipart/dataset/AbstractScenes_v1.1.zip",
            "codraw/AbstractScenes_v1.1",
            None,
            1024 * 1024 * 1024,
            (b"PK\x03\x04",),
            unpack=True,
        ),
    )
    manual: ClassVar[str] = (
        "Where an address no longer answers, get the file elsewhere (Microsoft's download page 52035 has the clip art)"
        " and type 'cfbench data get codraw --file AbstractScenes_v1.1.zip', or put its Pngs folder into"
        " <data root>/codraw/"
    )
    rendering: ClassVar[str] = "park@1:c29eae8cce0ffccfcb6716003e9bbe1e81d7982693dca738f1073a2f3e6e9132|128px"
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "fae8a8e4aa71e39b1c4612d3f9d13681ac9e6500ce7442b625a21874b804b7e5",
        "train-50": "2fdd21a43930f832c0af5d74126b13e389cf0a696f8bf83502b8b6f0fafcb009",
        "train-80": "acb499d371e42abf545eaa0d9654f46c784813e59ae42631ae9fa05a3330cfb9",
        "train-zero-shot": "6e6c730bb863edd19af0cb3ce5b8b295e5595ae581515f493a9c8f964ba1c0ab",
        "val": "1ed65c431aa8ae2cf34cb21db59957e94a576100232caa761b70090f3a1893b5",
        "test": "ecc532514f57e5e0bac70304bf7bba31a4a803c7169c7b4c5a77cb87d39ef77a",
    }
    counts: ClassVar[Mapping[str, int]] = {"train": 7989, "val": 1002, "test": 1002}

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """The absent dialogues and pictures."""
        return layout.missing(root, cls.counts)

    def painter(self) -> ParkPainter:
        """Draws with the official clip art."""
        return ParkPainter(int(self.chosen["size"]), layout.pictures(self.context.root))

    def records(self, split: str, limit: int | None) -> Sequence[EditRecord]:
        """The first ``limit`` dialogues by id; a whole split is merged once and kept."""
        records = self._merged(base_of(split))
        share = records[: share_of(split, len(records))]
        return [record for record in share if self.keep_record(split, record)][:limit]

    def _merged(self, split: str) -> list[EditRecord]:
        dialogues = self._dialogues()
        key = {
            "kind": "records",
            "dataset": f"{self.name}@{self.version}",
            "parser": _PARSER,
            "source": dialogues.digest(split),
            "split": split,
            "turns": self.chosen["turns"],
        }
        cached = self.context.cache.get(key)
        if cached is not None:
            return [EditRecord.from_json(value) for value in parse_json(cached, source="cached records")]
        records = self._merge(dialogues, split)
        self.context.cache.put(key, canonical_json([record.to_json() for record in records]))
        return records

    def _dialogues(self) -> Dialogues:
        path = layout.one_file(self.context.root)
        return OneFile(path, self.counts) if path else CutFiles(layout.cut_files(self.context.root))

    def _merge(self, dialogues: Dialogues, split: str) -> list[EditRecord]:
        merge = _MERGE[self.chosen["turns"]]
        raw = dialogues.read(split)
        records = []
        with self.context.reporter.track(f"{self.name} {split}", len(raw)) as advance:
            for key, dialogue in raw.items():
                turns = merge(entries_of(dialogues.name, key, dialogue)).turns
                if not turns:
                    why = "its drawer never draws anything after a word of the teller"
                    raise DataError(f"Cannot use {dialogues.name}, {key}", why, MEND)
                records.append(make_record(key, [(turn.instruction, turn.canvas) for turn in turns]))
                advance(1)
        return records
