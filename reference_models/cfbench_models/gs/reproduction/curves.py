"""Figure 5: accuracy by share of the training pairs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from cfbench.reproduction import Cell, Lacking, Measured, Outcome, Place, Reproduction, put_together
from cfbench.reproduction.plot import Plot, Point, Series
from cfbench_models.gs.reproduction.rows import AUGMENTED, BASELINE, GS, SEEDS_NOTE, cells_at
from cfbench_models.gs.reproduction.tables import OF_TEXTS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.reproduction import Workshop

SHARES = ("1/9", "1/5", "1/2", "1")
NAMES = {"original": "original texts", "edited": "edited texts", "all": "both"}


class Figure5(Reproduction):
    """How much each way of learning makes of little data."""

    name: ClassVar[str] = "gs/fig5"
    summary: ClassVar[str] = (
        "accuracy by share of the training pairs: without edited texts, with them, with GS"
    )
    datasets: ClassVar[tuple[str, ...]] = TEXTS

    def run(self, work: Workshop) -> Outcome:
        """Every seed draws pairs of its own, the same for the three arms; each arm is compared with the second."""
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        parts: dict[str, list[Measured]] = {}
        lines: dict[str, list[Series]] = {address: [] for address in OF_TEXTS}
        for style, arm in enumerate((BASELINE, AUGMENTED, GS)):
            points: dict[str, list[Point]] = {address: [] for address in OF_TEXTS}
            for share in SHARES:
                whole = share == "1"
                place = None if whole else Place(options=(("train_share", share),), seeded="train_draw")
                made, found = cells_at(
                    work, arm, ("accuracy", "pairs"), OF_TEXTS, name=self.name, place=place
                )
                everything.append(found)
                if isinstance(found, Measured) and not whole:
                    parts.setdefault(arm.key, []).append(found)
                for cell, address in zip(made, OF_TEXTS, strict=True):
                    cells.append(_of_share(cell, share))
                    if isinstance(cell.value, float):
                        points[address].append(Point(float(Fraction(share)), cell.value, cell.low, cell.high))
            for address in OF_TEXTS:
                if points[address]:
                    lines[address].append(Series(arm.label, tuple(points[address]), style))
        if all(len(parts.get(arm.key, ())) == len(SHARES) - 1 for arm in (AUGMENTED, GS)):
            cells.append(_pooled(parts[GS.key], parts[AUGMENTED.key]))
        figures = [
            Plot(
                f"Accuracy on {NAMES[part]} by share of the training pairs, {work.dataset.name}",
                "share of the training pairs",
                "accuracy",
                tuple(lines[address]),
            ).figure(part)
            for address in OF_TEXTS
            if lines[address] and (part := address.rpartition("/")[2])
        ]
        notes = (
            SEEDS_NOTE,
            "the published figure is curves without numbers; all arms learn from the same pairs",
        )
        return put_together(work, self.name, cells, everything, notes, figures=figures)


def _pooled(several: Sequence[Measured], others: Sequence[Measured]) -> Cell:
    """The mean over all shares but the whole, beside that of another arm."""
    ours, theirs = (
        replace(each[0], runs=tuple(run for one in each for run in one.runs)) for each in (several, others)
    )
    address = "accuracy/accuracy/all"
    cell = ours.cell(address, number=f"mean of {', '.join(SHARES[:-1])} of the pairs: accuracy")
    return ours.compared(theirs, replace(cell, seeds=tuple(dict.fromkeys(cell.seeds))), address)


def _of_share(cell: Cell, share: str) -> Cell:
    return replace(cell, number=f"{share} of the pairs: {cell.number}")
