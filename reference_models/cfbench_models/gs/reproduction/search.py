"""The configurations that were tried for the paper's gains: all on validation pairs, and counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cfbench.reproduction import Arm, Cell, Lacking, Measured, Outcome, Place, Reproduction, put_together
from cfbench_models.gs.reproduction.rows import AUGMENTED, GS, SEEDS_NOTE, cells_at

if TYPE_CHECKING:
    from cfbench.reproduction import Workshop

    Change = tuple[tuple[str, str], ...]

CHANGES: tuple[Change, ...] = (
    (),
    (("rate", "1"),),
    (("rate", "0.3"),),
    (("longest", "128"),),
    (("longest", "32"),),
    (("hidden", "50"),),
    (("drop", "0.2"),),
    (("drop", "0.5"),),
    (("members", "1"),),
)
"""Of both ways of learning: rate, length of a text, layers, regularisation, ensemble."""
CHANGES_OF_GS: tuple[Change, ...] = (
    (("strength", "1"),),
    (("strength", "5"),),
    (("strength", "80"),),
    (("detach", "difference"),),
    (("detach", "gradient"),),
    (("hidden", "50"), ("strength", "5")),
    (("drop", "0.5"), ("strength", "5")),
)
"""Of gradient supervision: how strong it is, and what it moves; ``hidden`` puts layers behind where it is taken."""
ADDRESS = "accuracy/accuracy/all"


def changed(arm: Arm, change: Change) -> Arm:
    """The arm with options of its own."""
    if not change:
        return arm
    said = ", ".join(f"{name} {value}" for name, value in change)
    return replace(arm, key=f"{arm.key} {said}", label=f"{arm.label}, {said}", options=change)


TRIED: tuple[tuple[Arm, tuple[Arm, ...]], ...] = tuple(
    (arm, tuple(changed(arm, change) for change in changes))
    for arm, changes in ((AUGMENTED, CHANGES), (GS, (*CHANGES, *CHANGES_OF_GS)))
)
COUNT = sum(len(arms) for _, arms in TRIED)


class Search(Reproduction):
    """Both ways of learning get the same attempts; what validation pairs choose is measured on the test, once."""

    name: ClassVar[str] = "gs/search"
    summary: ClassVar[str] = (
        "what was tried for GS's gains on texts, by validation accuracy; the chosen ones on the test"
    )
    datasets: ClassVar[tuple[str, ...]] = ("imdb-cad", "snli-cad", "reviews-mini", "nli-mini")

    def run(self, work: Workshop) -> Outcome:
        """Each configuration beside that of the tables; no test sample is looked at before one is chosen."""
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        chosen: list[Arm] = []
        for base, arms in TRIED:
            best: tuple[float, Arm] | None = None
            for arm in arms:
                made, found = self._looked(work, arm, base, Place(split=work.dataset.validation_split))
                cells += made
                everything.append(found)
                value = made[0].value
                if isinstance(value, float) and (best is None or value > best[0]):
                    best = value, arm
            if best is not None:
                chosen.append(best[1])
        for arm in chosen:
            made, found = self._looked(work, arm, chosen[0], Place())
            cells += [replace(cell, number=f"test, chosen: {cell.number}") for cell in made]
            everything.append(found)
        notes = (
            f"{COUNT} configurations were tried, each with the same seeds, and compared with that of the tables on"
            " validation pairs",
            SEEDS_NOTE,
        )
        title = "What was tried for the gains of gradient supervision"
        return put_together(work, self.name, cells, everything, notes, title=title)

    def _looked(
        self, work: Workshop, arm: Arm, against: Arm, place: Place
    ) -> tuple[list[Cell], Measured | Lacking]:
        return cells_at(work, arm, ("accuracy",), (ADDRESS,), name="", place=place, against=against)
