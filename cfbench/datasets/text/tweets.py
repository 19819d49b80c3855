"""Tweets with a sentiment, out of the domain of films."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.text.out_of_domain import SPLIT, OutOfDomain, places
from cfbench.datasets.text.records import SENTIMENTS, TextRecord, single
from cfbench.datasets.text.tables import Row, fault, lines_of, plain_rows
from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


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
            places(homes, f"{stem}.txt", f"{stem}.INPUT.txt"),
            places(homes, "SemEval2017_task4_subtaskA_test_english_gold.txt"),
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
            records[tweet] = single(f"{SPLIT}_{tweet}", row.text("text"), None, labels[tweet])
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
