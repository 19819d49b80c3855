"""Tables 2 to 4."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.reproduction import Cell, Lacking, Measured, Outcome, Place, Reproduction, put_together
from cfbench_models.gs.reproduction.rows import COUNTED, RANDOM_NOTE, ROWS, SEEDS_NOTE, cells_at

if TYPE_CHECKING:
    from cfbench.reproduction import Workshop

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
        return put_together(work, self.name, cells, everything, (SEEDS_NOTE, RANDOM_NOTE))


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
