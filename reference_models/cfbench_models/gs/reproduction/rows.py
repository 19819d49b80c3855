"""The rows of the paper's tables as arms, and how their numbers become cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.published import table
from cfbench.reproduction import Arm, Cell, Lacking, Measured, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.reproduction import Workshop

CHANCE = Arm("chance", "chance: labels shuffled", "chance", trained=False)
BASELINE = Arm("baseline", "without edited", "baseline", trained=False)
AUGMENTED = Arm("augmented", "with edited", "augmented", trained=False)
GS = Arm("gs", "+ GS", "gs", trained=False)
RANDOM = Arm("gs-random", "+ GS, random relations and ways", "gs-random", trained=False)
CONSISTENT = Arm(
    "gs-consistent", "+ GS, random relations of the right labels", "gs-consistent", trained=False
)
ROWS = (CHANCE, BASELINE, AUGMENTED, GS, RANDOM, CONSISTENT)
BLIND = Arm("question-only", "question alone", "question-only", trained=False)
COUNTED = (
    Arm("naive-bayes", "naive Bayes, with edited", "naive-bayes", trained=False, seeded=False),
    Arm("tfidf", "TF-IDF, with edited", "tfidf", trained=False, seeded=False),
)
SEEDS_NOTE = (
    "each number is the mean over seeds; intervals and p-values resample the test pairs, in every seed at once, and"
    " hold nothing of how few seeds there are"
)
RANDOM_NOTE = (
    "the paper does not say what its random relations are: here, any two training examples and a direction that is"
    " drawn, or any two with the labels that counterfactuals would have"
)


def cells_at(
    work: Workshop,
    arm: Arm,
    metrics: Sequence[str],
    addresses: Sequence[str],
    *,
    name: str,
    place: Place | None = None,
    against: Arm | None = AUGMENTED,
) -> tuple[list[Cell], Measured | Lacking]:
    """The numbers of an arm in a place, beside the published ones, and its difference from another arm.

    ``name`` is that of the published table; empty where there is none.
    """
    where = place or Place()
    found = work.measure(arm, metrics, place)
    other = None if against in (None, arm) or not arm.seeded else work.measure(against, metrics, place)
    prefix = f"{where.dataset}: " if where.dataset else f"{where.split}: " if where.split else ""
    cells = []
    for address in addresses:
        metric, number, part = address.split("/", 2)
        said = f"{prefix}{number}" + ("" if part == "all" else f", {part}")
        published = printed(work, name, arm.key, where, (metric, number, part))
        if isinstance(found, Lacking):
            cells.append(Cell(arm.label, said, published, reason=found.reason))
            continue
        cell = found.cell(address, published=published, number=said)
        if isinstance(other, Measured) and cell.value is not None:
            cell = found.compared(other, cell, address)
        cells.append(cell)
    return cells, found


def printed(work: Workshop, name: str, row: str, place: Place, address: tuple[str, str, str]) -> float | None:
    """The published number, as a fraction; None where there is none."""
    if not name:
        return None
    paper = table(name)
    data = place.dataset or work.official
    split = place.split or "test"
    for one in paper.measured:
        if (one.row, one.data, one.split) == (row, data, split) and (
            one.metric,
            one.name,
            one.slice,
        ) == address:
            value = paper.value(one.row, one.column, one.dataset)
            return None if value is None else value / one.divisor
    return None
