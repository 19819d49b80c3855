"""The embedded twins of the counterfactually-augmented data, written by the world of prose."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.paired import PairedDataset
from cfbench.datasets.text.records import (
    CITATION_CAD,
    RELATIONS,
    SENTIMENTS,
    TextRecord,
    TextSplit,
    edited,
    original,
)
from cfbench.datasets.whole import whole_split
from cfbench.worlds.prose.inference import sample_group
from cfbench.worlds.prose.reviews import sample_review

if TYPE_CHECKING:
    from collections.abc import Mapping

REVIEWS_SEED, INFERENCE_SEED = 20201, 20202


class TextTwin(PairedDataset):
    """A generated data set: pairs are pure functions of (seed, split, position), and kept once a whole split is made."""

    version: ClassVar[str] = "1"
    task: ClassVar[str] = "text-label"
    licence: ClassVar[str] = "Apache-2.0"
    citation: ClassVar[str] = f"cfbench. After {CITATION_CAD}"
    generated: ClassVar[Mapping[str, int]]  # split -> pairs
    generator_version: ClassVar[str] = "1"  # changes whenever any record could
    classes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def make_pair(self, split: str, index: int) -> list[TextRecord]:
        """One pair, the original first."""

    def open_split(self, name: str, limit: int | None) -> TextSplit:
        """The first samples of a split; with a limit no more pairs are made than those need."""
        numbers = self.share(name, range(self.generated[name]))
        records: list[TextRecord] = []
        if limit is None:
            pairs = self._whole(name)
            records = [record for number in numbers for record in pairs[number]]
        else:
            for number in numbers:
                if len(records) >= limit:
                    break
                records += self.make_pair(name, number)
        return TextSplit(name, records[:limit], self.classes)

    def _whole(self, split: str) -> list[list[TextRecord]]:
        return whole_split(
            self,
            split,
            self.generated[split],
            generator_version=self.generator_version,
            make=partial(self.make_pair, split),
            to_json=lambda pair: [record.to_json() for record in pair],
            from_json=lambda _, rows: [TextRecord.from_json(row) for row in rows],
        )


class ReviewsMini(TextTwin):
    """Reviews of films that do not exist."""

    name: ClassVar[str] = "reviews-mini"
    summary: ClassVar[str] = (
        "generated twin of imdb-cad: 1,700/250/500 pairs of film reviews whose genre goes with the sentiment"
    )
    twin_of: ClassVar[str | None] = "imdb-cad"
    generated: ClassVar[Mapping[str, int]] = {"train": 1700, "val": 250, "test": 500}
    classes: ClassVar[tuple[str, ...]] = SENTIMENTS
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "776365f83b47bafc994a0a3601906fa3c3719b14717b6881d3e884a0b473a1b8",
        "val": "d31bad632a64fd614aaca493f4c3cfd2dc504b39bd9821a35a67b34b39557852",
        "test": "cb0c16e5fe0d9c61021ff3da7728d53fbd08c2f36d0e3cf1c7a23b8afe68e65a",
    }

    def make_pair(self, split: str, index: int) -> list[TextRecord]:
        """The review number ``index`` and its edit."""
        review = sample_review(REVIEWS_SEED, split, index)
        start = original(f"{split}_{index:04d}", review.original, None, review.label)
        return [start, edited(start, review.edited, None, 1 - review.label)]


class NliMini(TextTwin):
    """Premises about people who do not exist, and hypotheses whose wording goes with the label."""

    name: ClassVar[str] = "nli-mini"
    summary: ClassVar[str] = (
        "generated twin of snli-cad: 1,600/200/400 groups of five premises and hypotheses with telling words"
    )
    twin_of: ClassVar[str | None] = "snli-cad"
    generated: ClassVar[Mapping[str, int]] = {"train": 1600, "val": 200, "test": 400}
    classes: ClassVar[tuple[str, ...]] = RELATIONS
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "fcbeafeaff33feeaf4a8905a8457497812ad96bb3b0fa206e214c89851de0699",
        "val": "bc35b47046b2a36fe556bd3e19bdf23d13b612b3395827ec2e2e0b37bfd34f2c",
        "test": "cef10482a79ecfc66a5af3d4f5c6b6c838b5953d2a5337c2ca7c83538dd9e64b",
    }

    def make_pair(self, split: str, index: int) -> list[TextRecord]:
        """The group number ``index``."""
        first, *edits = sample_group(INFERENCE_SEED, split, index)
        start = original(f"{split}_{index:04d}", first.premise, first.hypothesis, first.label)
        group, counts = [start], Counter[str]()
        for edit in edits:
            counts[edit.part] += 1
            name = f"{edit.part}-{counts[edit.part]}"
            subset = f"edited-{edit.part}"
            group.append(edited(start, edit.premise, edit.hypothesis, edit.label, name=name, subset=subset))
        return group
