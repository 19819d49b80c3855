"""Texts with one label each, as records: what the official data sets and their twins share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.datasets.paired import Member, PairedSplit
from cfbench.tasks.labels import TextInputs, TextTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SENTIMENTS = ("negative", "positive")
RELATIONS = ("entailment", "neutral", "contradiction")
CITATION_CAD = (
    "Kaushik, Hovy, Lipton: Learning the Difference that Makes a Difference with Counterfactually-Augmented Data."
    " ICLR 2020."
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@dataclass(frozen=True)
class TextRecord(Member):
    """A text, or a premise and a ``second`` one, its hypothesis. ``subset`` names a slice of its own, if any."""

    text: str
    second: str | None
    label: int
    subset: str = ""

    def to_json(self) -> list[Any]:
        """The record as a JSON value."""
        return [
            self.id,
            self.pair,
            self.role,
            self.changed,
            self.text,
            self.second,
            self.label,
            self.subset,
        ]

    @classmethod
    def from_json(cls, value: Any) -> TextRecord:
        """The inverse of :meth:`to_json`."""
        return cls(*value)


class TextSplit(PairedSplit[TextInputs, TextTarget]):
    """Samples of text records. Subsets are no part of the fingerprint: not every form of a release names them."""

    records: Sequence[TextRecord]

    def __init__(self, name: str, records: Sequence[TextRecord], classes: tuple[str, ...]) -> None:
        """``classes`` are the names of the labels."""
        super().__init__(name, records)
        self.classes = classes
        self.rendering = " ".join(sorted({record.subset for record in records} - {""}))

    def inputs(self, index: int, *, teacher_forced: bool = False) -> TextInputs:  # noqa: ARG002
        """The text or texts."""
        record = self.records[index]
        return TextInputs(record.id, record.text, record.second, self.classes)

    def target(self, index: int) -> TextTarget:
        """The label, and what the sample is in its pair."""
        record = self.records[index]
        return TextTarget(
            record.label, record.pair or None, record.role, record.changed, self.counterpart(index)
        )

    def specification(self, index: int) -> Any:
        """Texts, label, and what the sample is in its pair."""
        record = self.records[index]
        return [record.pair, record.role, record.changed, record.text, record.second, record.label]

    def slices(self, index: int) -> tuple[str, ...]:
        """Its role and its subset, where it has them."""
        subset = self.records[index].subset
        return (*super().slices(index), *([subset] if subset else []))


def original(pair: str, text: str, second: str | None, label: int) -> TextRecord:
    """The original of a pair."""
    return TextRecord(f"{pair}_original", pair, "original", None, text, second, label)


def edited(
    of: TextRecord, text: str, second: str | None, label: int, *, name: str = "edited", subset: str = ""
) -> TextRecord:
    """An edit of an original, whose id ends in ``name``."""
    return TextRecord(f"{of.pair}_{name}", of.pair, "edited", of.label, text, second, label, subset)


def single(name: str, text: str, second: str | None, label: int, *, subset: str = "") -> TextRecord:
    """A sample that comes alone."""
    return TextRecord(name, "", "", None, text, second, label, subset)


def pairs_of_same_words(pairs: Iterable[Sequence[TextRecord]]) -> int:
    """How many pairs have an edit with the very words of its original, but for case, signs and spaces."""
    return sum(any(_words(edit) == _words(pair[0]) for edit in pair[1:]) for pair in pairs)


def _words(record: TextRecord) -> list[list[str]]:
    return [_WORD.findall(text.lower().replace("<br />", " ")) for text in (record.text, record.second or "")]
