"""The configurations that were tried for the paper's gains: all on validation pairs, and counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cfbench.reproduction import Arm, Cell, Lacking, Measured, Outcome, Place, Reproduction, put_together
from cfbench_models.gs.reproduction.rows import AUGMENTED, GS, SEEDS_NOTE, cells_at

if TYPE_CHECKING:
    from cfbench.reproduction import Workshop

    Change = tuple[tuple[str, str], ...]

ALL_WORDS: Change = (("drop", "0"),)
"""What the search began with; what validation pairs chose among its changes is in the recipe since."""
CHANGES: tuple[Change, ...] = (
    ALL_WORDS,
    (*ALL_WORDS, ("rate", "1")),
    (*ALL_WORDS, ("rate", "0.3")),
    (*ALL_WORDS, ("longest", "128")),
    (*ALL_WORDS, ("longest", "32")),
    (*ALL_WORDS, ("hidden", "50")),
    (("drop", "0.2"),),
    (("drop", "0.5"),),
    (("drop", "0.7"),),
    (("drop", "0.85"),),
    (*ALL_WORDS, ("members", "1")),
)
"""Of both ways of learning: rate, length of a text, layers, regularisation, ensemble."""
CHANGES_OF_GS: tuple[Change, ...] = (
    (*ALL_WORDS, ("strength", "1")),
    (*ALL_WORDS, ("strength", "5")),
    (*ALL_WORDS, ("strength", "80")),
    (*ALL_WORDS, ("detach", "difference")),
    (*ALL_WORDS, ("detach", "gradient")),
    (*ALL_WORDS, ("hidden", "50"), ("strength", "5")),
    (("drop", "0.5"), ("strength", "5")),
)
"""Of gradient supervision: how strong it is, and what it moves; ``hidden`` puts layers behind where it is taken."""
ADDRESS = "accuracy/accuracy/all"


def changed(arm: Arm, change: Change) -> Arm:
    """The arm with options of its own."""
    said = ", ".join(f"{name} {value}" for name, value in change)
    return replace(arm, key=f"{arm.key} {said}", label=f"{arm.label}, {said}", options=change)


TRIED: tuple[tuple[Arm, ...], ...] = tuple(
    tuple(changed(arm, change) for change in changes)
    for arm, changes in ((AUGMENTED, CHANGES), (GS, (*CHANGES, *CHANGES_OF_GS)))
)
COUNT = sum(len(arms) for arms in TRIED)


class Search(Reproduction):
    """Both ways of learning get the same attempts; what validation pairs choose is measured on the test, once."""

    name: ClassVar[str] = "gs/search"
    summary: ClassVar[str] = (
        "what was tried for GS's gains on texts, by validation accuracy; the chosen ones on the test"
    )
    datasets: ClassVar[tuple[str, ...]] = ("imdb-cad", "snli-cad", "reviews-mini", "nli-mini")

    def run(self, work: Workshop) -> Outcome:
        """Each configuration beside the first of its kind; no test sample is looked at before one is chosen."""
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        chosen: list[Arm] = []
        for arms in TRIED:
            scores: dict[Arm, float] = {}
            for arm in arms:
                made, found = _looked(work, arm, arms[0], Place(split=work.dataset.validation_split))
                cells += made
                everything.append(found)
                if isinstance(made[0].value, float):
                    scores[arm] = made[0].value
            if scores:
                chosen.append(max(scores, key=scores.__getitem__))
        for arm in chosen:
            made, found = _looked(work, arm, chosen[0], Place())
            cells += [replace(cell, number=f"test, chosen: {cell.number}") for cell in made]
            everything.append(found)
        notes = (
            f"{COUNT} configurations were tried, each with the same seeds, and compared on validation pairs with"
            " what the search began with: the recipe with no word hidden",
            SEEDS_NOTE,
        )
        title = "What was tried for the gains of gradient supervision"
        return put_together(work, self.name, cells, everything, notes, title=title)


def _looked(work: Workshop, arm: Arm, against: Arm, place: Place) -> tuple[list[Cell], Measured | Lacking]:
    return cells_at(work, arm, ("accuracy",), (ADDRESS,), name="", place=place, against=against)
