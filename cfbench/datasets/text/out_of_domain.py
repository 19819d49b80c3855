"""Texts of other kinds, to see whether what was learned from reviews or captions holds there. They have no training split."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.base import Dataset, Option, Source
from cfbench.datasets.text.records import (
    RELATIONS,
    SENTIMENTS,
    TextRecord,
    TextSplit,
    edited,
    original,
    single,
)
from cfbench.datasets.text.tables import Row, fault, lines_of, plain_rows
from cfbench.errors import DataError, EnvironmentLackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_SPLIT = "test"


class OutOfDomain(Dataset):
    """A data set of one split, ``test``; models learn from ``learned_from``, which has the same classes."""

    version: ClassVar[str] = "1"
    task: ClassVar[str] = "text-label"
    splits: ClassVar[tuple[str, ...]] = (_SPLIT,)
    classes: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def wanted(cls, options: Mapping[str, str]) -> Sequence[Sequence[str]]:
        """The files to read under some options, each with every path below the data root where it may lie."""

    @classmethod
    def find(cls, root: Path, options: Mapping[str, str]) -> tuple[list[Path], list[str]]:
        """The files that are there, and where those are expected that are not."""
        found, absent = [], []
        for places in cls.wanted(options):
            file = next((root / place for place in places if (root / place).is_file()), None)
            if file is None:
                absent.append(places[0])
            else:
                found.append(file)
        return found, absent

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """The absent files that the default options read."""
        return cls.find(root, cls.resolve_options({}))[1]

    @abstractmethod
    def read(self, files: Sequence[Path]) -> list[TextRecord]:
        """Every sample."""

    def open_split(self, name: str, limit: int | None) -> TextSplit:
        """The first samples."""
        files, absent = self.find(self.context.root, self.chosen)
        if absent:
            why = f"missing below {self.context.root}: {', '.join(absent)}"
            raise EnvironmentLackError(f"These files of {self.name} are not installed", why, self.manual)
        return TextSplit(name, self.read(files)[:limit], self.classes)

    def left_out(self, count: int, of: int, why: str) -> None:
        """Say aloud what is not among the samples."""
        if count:
            self.context.reporter.line(f"{self.name}: {count:,} of {of:,} {why}; they are left out.")


def _places(homes: Sequence[str], *names: str) -> list[str]:
    return [f"{home}/{name}" for home in homes for name in names]


class Sentences(OutOfDomain):
    """Single sentences of reviews, each labelled; or pairs of one and what people made of it to turn its sentiment."""

    learned_from: ClassVar[str | None] = "imdb-cad"
    classes: ClassVar[tuple[str, ...]] = SENTIMENTS
    licence: ClassVar[str] = "CC BY-SA 4.0 (style-transfer, references); CC BY 4.0 (uci)"
    citation: ClassVar[str] = (
        "Li, Jia, He, Liang: Delete, Retrieve, Generate: A Simple Approach to Sentiment and Style Transfer. NAACL 2018."
        " Kotzias, Denil, de Freitas, Smyth: From Group to Individual Labels Using Deep Features. KDD 2015."
    )
    homepage: ClassVar[str] = "https://github.com/lijuncen/Sentiment-and-Style-Transfer"
    options: ClassVar[Mapping[str, Option]] = {
        "files": Option(
            "style-transfer",
            "style-transfer: the test sentences of Li et al.; references: pairs of those and people's rewritings; uci: the"
            " labelled sentences of Kotzias et al.",
            choices=("style-transfer", "references", "uci"),
        )
    }
    manual: ClassVar[str] = (
        "Put sentiment.test.0, sentiment.test.1, reference.0 and reference.1 of its folder in"
        " https://github.com/lijuncen/Sentiment-and-Style-Transfer/tree/master/data into <data root>/text-ood/<its name>/, and"
        " the files of https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences into <data root>/text-ood/uci/"
    )
    uci: ClassVar[str]

    @classmethod
    def wanted(cls, options: Mapping[str, str]) -> Sequence[Sequence[str]]:
        """A file for each label or, of the labelled sentences, one."""
        if options["files"] == "uci":
            return (_places(("text-ood/uci", "uci", "sentiment labelled sentences"), cls.uci),)
        homes = (f"text-ood/{cls.name}", cls.name, f"Sentiment-and-Style-Transfer/data/{cls.name}")
        stem = "reference" if options["files"] == "references" else "sentiment.test"
        return [_places(homes, f"{stem}.{label}") for label in range(len(SENTIMENTS))]

    def read(self, files: Sequence[Path]) -> list[TextRecord]:
        """The sentences in the order of the files."""
        if self.chosen["files"] == "uci":
            rows = plain_rows(files[0], ("sentence", "label"))
            return [
                single(f"{_SPLIT}_{number:04d}", row.text("sentence"), None, row.label("label", ("0", "1")))
                for number, row in enumerate(rows)
            ]
        if self.chosen["files"] == "references":
            return [record for label, file in enumerate(files) for record in _rewritten(file, label)]
        return [
            single(f"{_SPLIT}_{SENTIMENTS[label]}_{number:04d}", text, None, label)
            for label, file in enumerate(files)
            for number, text in enumerate(_sentences(file))
        ]


def _sentences(path: Path) -> Iterator[str]:
    for line, text in lines_of(path):
        yield Row(path, line, {"sentence": text}).text("sentence")


def _rewritten(path: Path, label: int) -> Iterator[TextRecord]:
    for number, row in enumerate(plain_rows(path, ("sentence", "rewriting"))):
        start = original(f"{_SPLIT}_{SENTIMENTS[label]}_{number:04d}", row.text("sentence"), None, label)
        yield start
        yield edited(start, row.text("rewriting"), None, 1 - label)


def _sources(name: str) -> tuple[Source, ...]:
    release = f"https://raw.githubusercontent.com/lijuncen/Sentiment-and-Style-Transfer/master/data/{name}"
    files = [f"{stem}.{label}" for stem in ("sentiment.test", "reference") for label in (0, 1)]
    return tuple(Source(f"{release}/{file}", f"text-ood/{name}/{file}", None, 2**20, ()) for file in files)


class Amazon(Sentences):
    """Sentences about products."""

    name: ClassVar[str] = "amazon"
    summary: ClassVar[str] = (
        "sentiment of sentences from reviews of products: 1,000, out of the domain of imdb-cad"
    )
    uci: ClassVar[str] = "amazon_cells_labelled.txt"
    sources: ClassVar[tuple[Source, ...]] = _sources(name)
    fingerprints: ClassVar[Mapping[str, str]] = {
        "test": "a0772ceb093e3c8fe0fb0d59595cc7e509e863d505c7c22bcb8c19d62dcb590c",
    }


class Yelp(Sentences):
    """Sentences about restaurants and shops."""

    name: ClassVar[str] = "yelp"
    summary: ClassVar[str] = (
        "sentiment of sentences from reviews of places: 1,000, out of the domain of imdb-cad"
    )
    uci: ClassVar[str] = "yelp_labelled.txt"
    sources: ClassVar[tuple[Source, ...]] = _sources(name)
    fingerprints: ClassVar[Mapping[str, str]] = {
        "test": "488c0109b95869e44b58ca593518b091aea2b66a8ee37ce84b3f23d78c8a6161",
    }


class SemEval2017(OutOfDomain):
    """Tweets of the test set of subtask A. Neutral ones are left out: what a model learns from knows none."""

    name: ClassVar[str] = "semeval2017"
    summary: ClassVar[str] = (
        "sentiment of tweets (SemEval-2017 task 4 A, test): 6,347 without neutral ones, out of the domain of imdb-cad"
    )
    licence: ClassVar[str] = "terms of the platform; not redistributed here"
    citation: ClassVar[str] = (
        "Rosenthal, Farra, Nakov: SemEval-2017 Task 4: Sentiment Analysis in Twitter. SemEval 2017."
    )
    homepage: ClassVar[str] = "http://alt.qcri.org/semeval2017/task4/"
    learned_from: ClassVar[str | None] = "imdb-cad"
    classes: ClassVar[tuple[str, ...]] = SENTIMENTS
    manual: ClassVar[str] = (
        "Get the English test data of subtask A from http://alt.qcri.org/semeval2017/task4/ and put"
        " SemEval2017-task4-test.subtask-A.english.txt (or .INPUT.txt) and"
        " SemEval2017_task4_subtaskA_test_english_gold.txt into <data root>/text-ood/semeval2017/"
    )
    fingerprints: ClassVar[Mapping[str, str]] = {
        "test": "5b91c6304da73ffb3419081f72f1106afd1fd33893b2c4d7764927fb6dd137a3",
    }

    @classmethod
    def wanted(cls, options: Mapping[str, str]) -> Sequence[Sequence[str]]:  # noqa: ARG003
        """The tweets, and their labels."""
        homes = ("text-ood/semeval2017", "semeval2017", "4A-English")
        stem = "SemEval2017-task4-test.subtask-A.english"
        return (
            _places(homes, f"{stem}.txt", f"{stem}.INPUT.txt"),
            _places(homes, "SemEval2017_task4_subtaskA_test_english_gold.txt"),
        )

    def read(self, files: Sequence[Path]) -> list[TextRecord]:
        """Tweets of the first file with the labels of the second, by id; where both have labels they must agree."""
        names = (*SENTIMENTS, "neutral")
        tweets, gold = files
        labels: dict[str, int] = {}
        for row in plain_rows(gold, ("id", "label")):
            if row.text("id") in labels:
                raise row.fault(f"the id {row.values['id'][:40]} stands there twice")
            labels[row.values["id"]] = row.label("label", names)
        records: dict[str, TextRecord] = {}
        count = 0
        for line, text in lines_of(tweets):
            row = _tweet(tweets, line, text)
            count += 1
            tweet = row.text("id")
            if tweet not in labels:
                raise row.fault(f"the tweet {tweet[:40]} has no label in {gold}")
            if row.values["label"].lower() not in {"unknown", names[labels[tweet]]}:
                raise row.fault(
                    f"its label is {row.values['label'][:40]!r}, in {gold} {names[labels[tweet]]}"
                )
            if tweet in records:
                raise row.fault(f"the id {tweet[:40]} stands there twice")
            records[tweet] = single(f"{_SPLIT}_{tweet}", row.text("text"), None, labels[tweet])
        if count != len(labels):
            why = f"it has labels for {len(labels)} tweets, and {tweets} has {count}"
            raise DataError(f"Cannot use {gold}", why, "Get both files again, whole and unchanged")
        kept = [record for record in records.values() if record.label < len(SENTIMENTS)]
        self.left_out(count - len(kept), count, "tweets are neutral")
        return kept


def _tweet(path: Path, line: int, text: str) -> Row:
    """The released lines end in a tab or not."""
    columns = ("id", "label", "text")
    fields = text.removesuffix("\t").split("\t")
    if len(fields) != len(columns):
        raise fault(path, line, f"it has {len(fields)} columns, not {len(columns)}")
    return Row(path, line, dict(zip(columns, fields, strict=True)))


class Mnli(OutOfDomain):
    """The matched development set of MultiNLI. Its genres are slices where the file names them."""

    name: ClassVar[str] = "mnli"
    summary: ClassVar[str] = (
        "MultiNLI, matched development set: 9,815 premises and hypotheses, out of the domain of snli-cad"
    )
    licence: ClassVar[str] = "MultiNLI's own terms (most of it OANC's; some parts CC BY-SA 3.0 and CC BY 3.0)"
    citation: ClassVar[str] = (
        "Williams, Nangia, Bowman: A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference."
        " NAACL 2018."
    )
    homepage: ClassVar[str] = "https://cims.nyu.edu/~sbowman/multinli/"
    learned_from: ClassVar[str | None] = "snli-cad"
    classes: ClassVar[tuple[str, ...]] = RELATIONS
    manual: ClassVar[str] = (
        "Get multinli_1.0.zip from https://cims.nyu.edu/~sbowman/multinli/ and put multinli_1.0_dev_matched.txt into"
        " <data root>/text-ood/mnli/"
    )
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "https://cims.nyu.edu/~sbowman/multinli/multinli_1.0.zip",
            "mnli",
            None,
            300 * 1024 * 1024,
            (b"PK\x03\x04",),
            unpack=True,
        ),
    )
    fingerprints: ClassVar[Mapping[str, str]] = {
        "test": "cf7b51aa557bddcc4c5f31c38f3a98a1150b08ee532f14d2aa2f0c3b38f898ff",
    }

    @classmethod
    def wanted(cls, options: Mapping[str, str]) -> Sequence[Sequence[str]]:  # noqa: ARG003
        """One file, in its released form, in GLUE's, or in a shorter one."""
        homes = ("text-ood/mnli", "mnli", "mnli/multinli_1.0", "multinli_1.0", "MNLI")
        return (_places(homes, "multinli_1.0_dev_matched.txt", "dev_matched.tsv", "mnli_dev_matched.tsv"),)

    def read(self, files: Sequence[Path]) -> list[TextRecord]:
        """Rows by the names of the columns; those on whose label people did not agree (``-``) are left out."""
        rows = plain_rows(files[0])
        premise, hypothesis = (
            ("premise", "hypothesis") if "premise" in rows[0].values else ("sentence1", "sentence2")
        )
        for column in (premise, hypothesis, "gold_label"):
            if column not in rows[0].values:
                raise fault(files[0], 1, f"it names no column {column}")
        agreed = [row for row in rows if row.values["gold_label"] != "-"]
        self.left_out(len(rows) - len(agreed), len(rows), "rows have no label that people agreed on")
        return [
            single(
                f"{_SPLIT}_{number:04d}",
                row.text(premise),
                row.text(hypothesis),
                row.label("gold_label", RELATIONS),
                subset=row.values.get("genre", ""),
            )
            for number, row in enumerate(agreed)
        ]
