"""Counterfactually-augmented reviews and inference as Kaushik et al. released them."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.base import Source
from cfbench.datasets.paired import PairedDataset
from cfbench.datasets.text.records import (
    CITATION_CAD,
    RELATIONS,
    SENTIMENTS,
    TextRecord,
    TextSplit,
    edited,
    original,
    pairs_of_same_words,
)
from cfbench.datasets.text.tables import Row, quoted_rows
from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_HOMES = ("cad", "counterfactually-augmented-data", "")
_RELEASE = "https://raw.githubusercontent.com/acmi-lab/counterfactually-augmented-data/master"
_OFFICIAL = {"train": "train", "val": "dev", "test": "test"}
_LARGEST = 16 * 1024 * 1024
_REVIEW = ("Sentiment", "Text", "batch_id")
_INFERENCE = ("sentence1", "sentence2", "gold_label")
_EDITS = 2  # of a premise, and of a hypothesis


def home_of(root: Path, part: str) -> Path:
    """The folder ``sentiment`` or ``NLI`` of the release; below ``<data root>/cad`` where there is none yet."""
    places = [root / home / part for home in _HOMES]
    return next((place for place in places if place.is_dir()), places[0])


class CadDataset(PairedDataset):
    """A part of the release."""

    version: ClassVar[str] = "1"
    task: ClassVar[str] = "text-label"
    licence: ClassVar[str] = "Apache-2.0"
    citation: ClassVar[str] = CITATION_CAD
    homepage: ClassVar[str] = "https://github.com/acmi-lab/counterfactually-augmented-data"
    manual: ClassVar[str] = (
        "Clone https://github.com/acmi-lab/counterfactually-augmented-data and put its folders sentiment and NLI into"
        " <data root>/cad/ (or leave them in <data root>/counterfactually-augmented-data/)."
    )
    part: ClassVar[str]
    files: ClassVar[tuple[str, ...]]  # below the part, with {split} in the place of train, dev or test
    classes: ClassVar[tuple[str, ...]]

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """Every absent file."""
        home = home_of(root, cls.part)
        names = (name.format(split=split) for split in _OFFICIAL.values() for name in cls.files)
        paths = (home / name for name in names)
        return [path.relative_to(root).as_posix() for path in paths if not path.is_file()]

    @abstractmethod
    def read_pairs(self, split: str, files: Sequence[Path]) -> list[list[TextRecord]]:
        """Every pair of a split, the original first."""

    def open_split(self, name: str, limit: int | None) -> TextSplit:
        """The first samples of a split. Pairs whose members have the same words are kept, and counted aloud."""
        home = home_of(self.context.root, self.part)
        files = [home / file.format(split=_OFFICIAL[name]) for file in self.files]
        pairs = self.share(name, self.read_pairs(name, files))
        alike = pairs_of_same_words(pairs)
        if alike:
            self.context.reporter.line(
                f"{self.name} {name}: {alike} of {len(pairs)} pairs have an edit with the same words and another"
                " label; they are kept as released."
            )
        return TextSplit(name, [record for pair in pairs for record in pair][:limit], self.classes)


def _sources(part: str, files: Sequence[str], columns: Sequence[str]) -> tuple[Source, ...]:
    names = (file.format(split=split) for split in _OFFICIAL.values() for file in files)
    magic = ("\t".join(columns).encode(),)
    return tuple(
        Source(f"{_RELEASE}/{part}/{name}", f"cad/{part}/{name}", None, _LARGEST, magic) for name in names
    )


class ImdbCad(CadDataset):
    """Film reviews, each with a revision that turns its sentiment."""

    name: ClassVar[str] = "imdb-cad"
    summary: ClassVar[str] = (
        "counterfactually-augmented IMDb (Kaushik et al.): 1,707/245/488 pairs of film reviews"
    )
    twin: ClassVar[str | None] = "reviews-mini"
    part: ClassVar[str] = "sentiment"
    files: ClassVar[tuple[str, ...]] = ("combined/paired/{split}_paired.tsv",)
    classes: ClassVar[tuple[str, ...]] = SENTIMENTS
    sources: ClassVar[tuple[Source, ...]] = _sources(part, files, _REVIEW)
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "521ae3f45cbfe844bc258915fde44b355c7e83df90b834423a98055f06f01b57",
        "val": "8f1e4a1b1572a21d5fccd751ed1a5d8117b50cada66e929601cc026212feaeeb",
        "test": "f2edc31085130df395e6e269d73c84d1e7ae3bb8e638f327dbd24480d04e5fe2",
    }

    def read_pairs(self, split: str, files: Sequence[Path]) -> list[list[TextRecord]]:
        """Two rows after each other are a pair: the review, and its revision under the same batch_id."""
        rows = quoted_rows(files[0], _REVIEW)
        if len(rows) % 2:
            raise rows[-1].fault("it has no second row to be its pair")
        twos = zip(rows[::2], rows[1::2], strict=True)
        return [_review_pair(f"{split}_{number:04d}", *two) for number, two in enumerate(twos)]


def _review_pair(pair: str, first: Row, second: Row) -> list[TextRecord]:
    name = first.text("batch_id")
    if second.values["batch_id"] != name:
        raise second.fault(f"its batch_id is {second.values['batch_id'][:40]!r}, its pair's is {name[:40]!r}")
    labels = [row.label("Sentiment", SENTIMENTS) for row in (first, second)]
    if labels[0] == labels[1]:
        raise second.fault(f"both members of the pair {name[:40]} are {SENTIMENTS[labels[0]]}")
    start = original(pair, first.text("Text"), None, labels[0])
    return [start, edited(start, second.text("Text"), None, labels[1])]


class SnliCad(CadDataset):
    """Premises and hypotheses, each with two revisions of the premise and two of the hypothesis."""

    name: ClassVar[str] = "snli-cad"
    summary: ClassVar[str] = (
        "counterfactually-augmented SNLI (Kaushik et al.): 1,666/200/400 groups of five premises and hypotheses"
    )
    twin: ClassVar[str | None] = "nli-mini"
    part: ClassVar[str] = "NLI"
    files: ClassVar[tuple[str, ...]] = (
        "original/{split}.tsv",
        "revised_premise/{split}.tsv",
        "revised_hypothesis/{split}.tsv",
    )
    classes: ClassVar[tuple[str, ...]] = RELATIONS
    sources: ClassVar[tuple[Source, ...]] = _sources(part, files, _INFERENCE)
    fingerprints: ClassVar[Mapping[str, str]] = {
        "train": "25f3de21bdc2a33b81b7f8b5b93b02f72e3415b692c199a00b05e596a579a776",
        "val": "b609a4afb2826edf2fb880b4bb8fa6de56bf840256318b0333de4e56f918570d",
        "test": "2cafda06447bd424f0548c4344c86e84a2c53670c31fbd1ce9de523fb4e4a515",
    }

    def read_pairs(self, split: str, files: Sequence[Path]) -> list[list[TextRecord]]:
        """Rows 2k and 2k + 1 of either file of revisions belong to row k of the originals.

        A few revisions of a premise also change spaces in the hypothesis; they are kept as released.
        """
        originals, *revisions = (quoted_rows(path, _INFERENCE) for path in files)
        for path, rows in zip(files[1:], revisions, strict=True):
            if len(rows) != _EDITS * len(originals):
                why = f"it holds {len(rows)} revisions, not {_EDITS} for each of the {len(originals)} in {files[0]}"
                raise DataError(f"Cannot use {path}", why, "Get both files again, whole and unchanged")
        premises, hypotheses = revisions
        return [
            _group(
                f"{split}_{number:04d}",
                row,
                {
                    "premise": premises[_EDITS * number : _EDITS * (number + 1)],
                    "hypothesis": hypotheses[_EDITS * number : _EDITS * (number + 1)],
                },
            )
            for number, row in enumerate(originals)
        ]


def _group(pair: str, row: Row, revisions: Mapping[str, Sequence[Row]]) -> list[TextRecord]:
    def read(row: Row) -> tuple[str, str, int]:
        return row.text("sentence1"), row.text("sentence2"), row.label("gold_label", RELATIONS)

    start = original(pair, *read(row))
    group = [start]
    for part, rows in revisions.items():
        for number, revision in enumerate(rows, 1):
            premise, hypothesis, label = read(revision)
            if label == start.label:
                raise revision.fault(
                    f"it is {RELATIONS[label]} as its original ({row.path}, line {row.line}) is"
                )
            group.append(
                edited(start, premise, hypothesis, label, name=f"{part}-{number}", subset=f"edited-{part}")
            )
    return group
