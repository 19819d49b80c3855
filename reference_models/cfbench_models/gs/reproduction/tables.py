"""Tables 1 to 4."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cfbench.reproduction import Cell, Lacking, Measured, Outcome, Place, Reproduction, put_together
from cfbench_models.gs.reproduction.rows import (
    AUGMENTED,
    BLIND,
    COUNTED,
    RANDOM_NOTE,
    ROWS,
    SEEDS_NOTE,
    cells_at,
)
from cfbench_models.gs.reproduction.search import COUNT

if TYPE_CHECKING:
    from cfbench.reproduction import Arm, Workshop

TEXTS = ("imdb-cad", "snli-cad", "reviews-mini", "nli-mini")
IMAGES = ("coco-cf", "park-labels-mini")
ELSEWHERE = {"imdb-cad": ("amazon", "semeval2017", "yelp"), "snli-cad": ("mnli",)}
"""The data sets out of domain that have a column, by the one that is learned from."""
OF_TEXTS = ("accuracy/accuracy/original", "accuracy/accuracy/edited", "accuracy/accuracy/all")
OF_PAIRS = ("pairs/pair_order/all", "pairs/consistency/all", "pairs/alignment/all")
OF_IMAGES = tuple(f"average-precision/map/{part}" for part in ("original", "edited", "hard"))
OF_EDITS = tuple(
    f"pairs/{name}/all" for name in ("pair_order", "margin", "kept_drop", "placebo_drop", "alignment")
)

OF_ANSWERS = tuple(f"vqa-accuracy/accuracy/{part}" for part in ("all", "yes/no", "number", "other"))
OF_MASKED = tuple(f"vqa-accuracy/accuracy/{part}" for part in ("original", "edited"))
PLACES = {"val": OF_ANSWERS, "test": OF_ANSWERS, "test-focused": OF_ANSWERS, "test-edited": OF_MASKED}
WEAK = "weak-"
"""What the paper's rows of an attention model are called by before the name of the arm."""


class Table1(Reproduction):
    """Questions about images, whose answers have other priors in the test."""

    name: ClassVar[str] = "gs/table1"
    summary: ClassVar[str] = (
        "VQA accuracy by type of answer in val, in the test under other priors, and of what people looked at alone"
    )
    datasets: ClassVar[tuple[str, ...]] = ("vqa-cp", "vqa-cp-mini")

    def run(self, work: Workshop) -> Outcome:
        """Each row compared with the one that learns from edited images without gradient supervision."""
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        against = _weak(AUGMENTED)
        for arm in (BLIND, *map(_weak, ROWS)):
            for split, addresses in PLACES.items():
                made, found = cells_at(
                    work,
                    arm,
                    ("vqa-accuracy",),
                    addresses,
                    name=self.name,
                    place=Place(split=split),
                    against=against,
                )
                cells += made
                everything.append(found)
        notes = (
            SEEDS_NOTE,
            RANDOM_NOTE,
            "published rows of this model learned from questions of the type 'other' alone; those here from all",
            "test-edited: the answer to an image without what people look at is 'nil', which a model says where it is"
            " less sure than of all but 0.5 % of validation questions; a column that the paper lacks",
            "published data have attention, and so pairs, for about 7 % of training questions; the twin has them for all",
        )
        return put_together(work, self.name, cells, everything, notes)


def _weak(arm: Arm) -> Arm:
    """The arm by its published name."""
    return replace(arm, key=f"{WEAK}{arm.key}")


class Table2(Reproduction):
    """Several labels an image."""

    name: ClassVar[str] = "gs/table2"
    summary: ClassVar[str] = (
        "mAP of original, edited and hard edited images, and what pairs and placebos show"
    )
    datasets: ClassVar[tuple[str, ...]] = IMAGES

    def run(self, work: Workshop) -> Outcome:
        """Each row compared with the one that learns from edited images without gradient supervision."""
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        for arm in ROWS:
            made, found = cells_at(
                work, arm, ("average-precision", "pairs"), (*OF_IMAGES, *OF_EDITS), name=self.name
            )
            cells += made
            everything.append(found)
        notes = (
            SEEDS_NOTE,
            RANDOM_NOTE,
            "levels of original, edited and hard cannot be compared: they have other classes and shares of them",
            "placebo_drop is the mean fall of the scores of classes that are there when something else is painted over:"
            " the cost of lowering scores wherever something was painted over",
        )
        return put_together(work, self.name, cells, everything, notes)


class Table3(Reproduction):
    """Sentiment and inference."""

    name: ClassVar[str] = "gs/table3"
    summary: ClassVar[str] = (
        "accuracy on original and edited texts, on validation pairs, and on data sets out of domain"
    )
    datasets: ClassVar[tuple[str, ...]] = TEXTS

    def run(self, work: Workshop) -> Outcome:
        """Each row compared with the one that learns from edited texts without gradient supervision."""
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        for arm in (*ROWS, *COUNTED):
            made, found = cells_at(work, arm, ("accuracy", "pairs"), (*OF_TEXTS, *OF_PAIRS), name=self.name)
            cells += made
            everything.append(found)
            for place in (Place(split="val"), *_elsewhere(work)):
                if not isinstance(found, Lacking):
                    cells += cells_at(
                        work, arm, ("accuracy",), ("accuracy/accuracy/all",), name=self.name, place=place
                    )[0]
        tried = f"cfbench reproduce gs/search tries {COUNT} configurations on validation pairs"
        return put_together(work, self.name, cells, everything, (SEEDS_NOTE, RANDOM_NOTE, tried))


class Table4(Reproduction):
    """The column that is missing from the paper's Table 3."""

    name: ClassVar[str] = "gs/table4"
    summary: ClassVar[str] = "accuracy on Yelp of models that learned from movie reviews"
    datasets: ClassVar[tuple[str, ...]] = ("imdb-cad",)

    def run(self, work: Workshop) -> Outcome:
        """Each row compared with the one that learns from edited texts without gradient supervision."""
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        for arm in ROWS:
            made, found = cells_at(
                work,
                arm,
                ("accuracy",),
                ("accuracy/accuracy/all",),
                name="gs/table3",  # where the supplement's column stands among the published numbers
                place=Place(dataset="yelp"),
            )
            cells += made
            everything.append(found)
        return put_together(work, "gs/table3", cells, everything, (SEEDS_NOTE, RANDOM_NOTE))


def _elsewhere(work: Workshop) -> list[Place]:
    return [Place(dataset=name) for name in ELSEWHERE.get(work.dataset.name, ())]
