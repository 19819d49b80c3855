"""Premises and hypotheses from many genres, out of the domain of captions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.base import Source
from cfbench.datasets.text.out_of_domain import SPLIT, OutOfDomain, places
from cfbench.datasets.text.records import RELATIONS, TextRecord, single
from cfbench.datasets.text.tables import fault, plain_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


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
        return (places(homes, "multinli_1.0_dev_matched.txt", "dev_matched.tsv", "mnli_dev_matched.tsv"),)

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
                f"{SPLIT}_{number:04d}",
                row.text(premise),
                row.text(hypothesis),
                row.label("gold_label", RELATIONS),
                subset=row.values.get("genre", ""),
            )
            for number, row in enumerate(agreed)
        ]
