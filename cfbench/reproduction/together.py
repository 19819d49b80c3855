"""Cells of a published table, put together with what one must know of the data that they were measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.published import table
from cfbench.report._marks import twin_note
from cfbench.reproduction.outcome import Outcome
from cfbench.reproduction.workshop import Measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.reproduction.outcome import Cell, Figure
    from cfbench.reproduction.workshop import Lacking, Workshop


def put_together(
    work: Workshop,
    name: str,
    cells: Sequence[Cell],
    found: Sequence[Measured | Lacking],
    notes: Sequence[str] = (),
    *,
    figures: Sequence[Figure] = (),
    title: str = "",
) -> Outcome:
    """The outcome of a table or figure; ``found`` is what the cells were measured by.

    ``title`` is that of one that no paper has.
    """
    measured = [each for each in found if isinstance(each, Measured)]
    about = dict.fromkeys(note for each in measured for run in each.runs if (note := twin_note(run.result)))
    paper = None if title else table(name)
    data = work.dataset
    return Outcome(
        name=name,
        title=f"{paper.source}: {paper.title}" if paper else title,
        dataset=f"{data.name}@{data.version}",
        cells=tuple(cells),
        notes=(*about, *notes),
        subset=any(run.result.dataset.subset is not None for each in measured for run in each.runs),
        published=paper,
        figures=tuple(figures),
    )
