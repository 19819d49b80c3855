"""Sentences from reviews of products, restaurants and shops, out of the domain of films."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.base import Source
from cfbench.datasets.text.out_of_domain import SPLIT, OutOfDomain, places
from cfbench.datasets.text.records import SENTIMENTS, TextRecord, edited, original, single
from cfbench.datasets.text.tables import Row, drawn_rows, lines_of, plain_rows
from cfbench.options import Option
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_DRAWN = 2000


class Sentences(OutOfDomain):
    """Single sentences of reviews, each labelled; or pairs of one and what people made of it to turn its sentiment."""

    learned_from: ClassVar[str | None] = "imdb-cad"
    classes: ClassVar[tuple[str, ...]] = SENTIMENTS
    licence: ClassVar[str] = (
        "CC BY-SA 4.0 (style-transfer, references); CC BY 4.0 (uci); terms of the platform (polarity)"
    )
    citation: ClassVar[str] = (
        "Li, Jia, He, Liang: Delete, Retrieve, Generate: A Simple Approach to Sentiment and Style Transfer. NAACL 2018."
        " Kotzias, Denil, de Freitas, Smyth: From Group to Individual Labels Using Deep Features. KDD 2015."
        " Zhang, Zhao, LeCun: Character-level Convolutional Networks for Text Classification. NIPS 2015."
    )
    homepage: ClassVar[str] = "https://github.com/lijuncen/Sentiment-and-Style-Transfer"
    options: ClassVar[Mapping[str, Option]] = {
        "files": Option(
            "style-transfer",
            "style-transfer: the test sentences of Li et al.; references: pairs of those and people's rewritings; uci: the"
            " labelled sentences of Kotzias et al.; polarity: 2,000 whole reviews, drawn from the test set of Zhang et al.",
            choices=("style-transfer", "references", "uci", "polarity"),
        )
    }
    manual: ClassVar[str] = (
        "For the option 'files': put sentiment.test.0, sentiment.test.1, reference.0 and reference.1 of its folder in"
        " https://github.com/lijuncen/Sentiment-and-Style-Transfer/tree/master/data into <data root>/text-ood/<its name>/,"
        " the files of https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences into <data root>/text-ood/uci/,"
        " or the folder amazon_review_polarity_csv or yelp_review_polarity_csv into <data root>/text-ood/"
    )
    uci: ClassVar[str]
    polarity: ClassVar[tuple[str, ...]]  # the columns of its table of whole reviews

    @classmethod
    def wanted(cls, options: Mapping[str, str]) -> Sequence[Sequence[str]]:
        """A file for each label or, where the labels stand in the rows, one."""
        if options["files"] == "polarity":
            folder = f"{cls.name}_review_polarity_csv"
            return (places((f"text-ood/{folder}", folder), "test.csv"),)
        if options["files"] == "uci":
            return (places(("text-ood/uci", "uci", "sentiment labelled sentences"), cls.uci),)
        homes = (f"text-ood/{cls.name}", cls.name, f"Sentiment-and-Style-Transfer/data/{cls.name}")
        stem = "reference" if options["files"] == "references" else "sentiment.test"
        return [places(homes, f"{stem}.{label}") for label in range(len(SENTIMENTS))]

    def read(self, files: Sequence[Path]) -> list[TextRecord]:
        """The sentences in the order of the files."""
        if self.chosen["files"] == "uci":
            rows = plain_rows(files[0], ("sentence", "label"))
            return [
                single(f"{SPLIT}_{number:04d}", row.text("sentence"), None, row.label("label", ("0", "1")))
                for number, row in enumerate(rows)
            ]
        if self.chosen["files"] == "polarity":
            drawn = drawn_rows(files[0], self.polarity, self._some)
            return [_review(number, row, self.polarity) for number, row in drawn.items()]
        if self.chosen["files"] == "references":
            return [record for label, file in enumerate(files) for record in _rewritten(file, label)]
        return [
            single(f"{SPLIT}_{SENTIMENTS[label]}_{number:04d}", text, None, label)
            for label, file in enumerate(files)
            for number, text in enumerate(_sentences(file))
        ]

    def _some(self, count: int) -> set[int]:
        """The same positions on every machine; what the paper drew, nobody knows."""
        order = generator(0, self.name, "polarity").permutation(count)
        return set(order[:_DRAWN].tolist())


def _review(number: int, row: Row, columns: Sequence[str]) -> TextRecord:
    row.text("text")
    parts = [row.values[column] for column in columns if column != "class"]
    text = "\n".join(part for part in parts if part.strip()).replace("\\n", "\n")
    return single(f"{SPLIT}_{number:06d}", text, None, row.label("class", ("1", "2")))


def _sentences(path: Path) -> Iterator[str]:
    for line, text in lines_of(path):
        yield Row(path, line, {"sentence": text}).text("sentence")


def _rewritten(path: Path, label: int) -> Iterator[TextRecord]:
    for number, row in enumerate(plain_rows(path, ("sentence", "rewriting"))):
        start = original(f"{SPLIT}_{SENTIMENTS[label]}_{number:04d}", row.text("sentence"), None, label)
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
    polarity: ClassVar[tuple[str, ...]] = ("class", "title", "text")
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
    polarity: ClassVar[tuple[str, ...]] = ("class", "text")
    sources: ClassVar[tuple[Source, ...]] = _sources(name)
    fingerprints: ClassVar[Mapping[str, str]] = {
        "test": "488c0109b95869e44b58ca593518b091aea2b66a8ee37ce84b3f23d78c8a6161",
    }
