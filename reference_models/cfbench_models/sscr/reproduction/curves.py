"""Figures 4, 5 and 7: scores by share of the data, losses by epoch, and validation by counterfactual iterations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.errors import DataError
from cfbench.files import read_json
from cfbench.reproduction import Cell, Lacking, Outcome, Reproduction, put_together
from cfbench.reproduction.plot import Plot, Point, Series
from cfbench_models.sscr.reproduction.methods import (
    CTC,
    F1_NOTE,
    GENEVA,
    SEEN,
    SSCR,
    WARM_NOTE,
    at_share,
    cells_of,
    printed,
)
from cfbench_models.sscr.reproduction.tables import EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.reproduction import Arm, Measured, Workshop
    from cfbench.reproduction.arms import Training

SHARES = (50, 80, 100)
METHODS = (GENEVA, CTC, SSCR)
STATE = "state.json"
_LARGEST_STATE = 256 * 1024 * 1024


class Figure4(Reproduction):
    """F1 and RelSim at 100, 80 and 50 % of the training data."""

    name: ClassVar[str] = "sscr/fig4"
    summary: ClassVar[str] = "F1 and RelSim of GeNeVA, CTC and SSCR at 100, 80 and 50 % of the training data"
    datasets: ClassVar[tuple[str, ...]] = EVERY

    def run(self, work: Workshop) -> Outcome:
        """A plot each of F1 and RelSim; every method compared with GeNeVA at the same share."""
        addresses = {"objects/f1_harmonic": "f1", "relsim/relsim": "relsim"}
        cells: list[Cell] = []
        everything: list[Measured | Lacking] = []
        lines: dict[str, list[Series]] = {address: [] for address in addresses}
        for style, method in enumerate(METHODS):
            points: dict[str, list[Point]] = {address: [] for address in addresses}
            for share in SHARES:
                arm = at_share(method, share)
                found = work.measure(arm, SEEN)
                everything.append(found)
                first = work.measure(at_share(GENEVA, share), SEEN)
                for cell, address in zip(
                    cells_of(work, self.name, found, tuple(addresses), first), addresses, strict=True
                ):
                    cells.append(cell)
                    if isinstance(cell.value, float):
                        points[address].append(Point(share, cell.value, cell.low, cell.high))
            for address, column in addresses.items():
                said = [
                    (share, printed(self.name, work, f"{method.key}@{share}", column)) for share in SHARES
                ]
                lines[address] += [
                    Series(method.label, tuple(points[address]), style),
                    Series(
                        method.label,
                        tuple(Point(s, v) for s, v in said if v is not None),
                        style,
                        published=True,
                    ),
                ]
        data = work.dataset.name
        titles = {"objects/f1_harmonic": "F1 (harmonic)", "relsim/relsim": "RelSim"}
        figures = tuple(
            Plot(
                f"{titles[address]} by share of the training data, {data}",
                "per cent of the training data",
                titles[address],
                tuple(line for line in lines[address] if line.points),
            ).figure(column)
            for address, column in addresses.items()
            if any(line.points for line in lines[address])
        )
        notes = (F1_NOTE, WARM_NOTE, f"published points are of {work.official}")
        return put_together(work, self.name, cells, everything, notes, figures=figures)


class Figure5(Reproduction):
    """The two losses of the generator while it learns by CTC."""

    name: ClassVar[str] = "sscr/fig5"
    summary: ClassVar[str] = (
        "training losses from the discriminator (L_G) and the explainer (L_E), from the training's log"
    )
    datasets: ClassVar[tuple[str, ...]] = EVERY
    losses: ClassVar[dict[str, str]] = {"L_G": "generator", "L_E": "consistency"}

    def run(self, work: Workshop) -> Outcome:
        """Each loss relative to its first value: only how it falls can be compared."""
        (training, history), lacking = _history(work, CTC)
        if lacking is not None:
            return put_together(work, self.name, [Cell("w/ CTC only", "losses", reason=lacking)], ())
        cells, lines = [], []
        for style, (symbol, name) in enumerate(self.losses.items()):
            points = [
                Point(entry["steps"], entry["losses"][name]) for entry in history if name in entry["losses"]
            ]
            if not points:
                why = f"the log in {training.folder} has no loss '{name}'"
                cells.append(Cell(symbol, "first and last", reason=why))
                continue
            first, last = points[0], points[-1]
            cells += [
                Cell(symbol, f"at step {first.x:.0f}", value=float(first.y)),
                Cell(symbol, f"at step {last.x:.0f}", value=float(last.y)),
            ]
            scale = abs(first.y) or 1.0
            changes = tuple(Point(p.x, (p.y - first.y) / scale) for p in points)
            lines.append(Series(symbol, changes, style))
        title = f"Change of the generator's losses, {work.dataset.name}"
        plot = Plot(title, "steps", "change, as a share of the first value", tuple(lines))
        figures = (plot.figure("losses"),) if lines else ()
        note = f"from {training.folder / STATE}: means over the last steps before each checkpoint"
        return put_together(work, self.name, cells, (), (note,), figures=figures)


class Figure7(Reproduction):
    """Validation while counterfactual reasoning goes on, with half of the data."""

    name: ClassVar[str] = "sscr/fig7"
    summary: ClassVar[str] = (
        "validation F1 by iterations of counterfactual reasoning, 50 % of the data, from the log"
    )
    datasets: ClassVar[tuple[str, ...]] = EVERY

    def run(self, work: Workshop) -> Outcome:
        """The curve of the training's own checks, and where it is best."""
        arm = at_share(SSCR, 50)
        (training, history), lacking = _history(work, arm)
        if lacking is not None:
            return put_together(work, self.name, [Cell(arm.label, "validation", reason=lacking)], ())
        names = {"f1": "F1 (samples)", "edges": "edge accuracy"}
        lines = []
        cells: list[Cell] = []
        for style, (name, label) in enumerate(names.items()):
            points = [Point(e["steps"], e[name]) for e in history if isinstance(e.get(name), float)]
            if not points:
                continue
            best = max(points, key=lambda point: point.y)
            said = 700.0 if name == "f1" and work.official == "iclevr" else None
            cells += [
                Cell(arm.label, f"iteration of the best {label}", said, float(best.x)),
                Cell(arm.label, f"best {label}", value=float(best.y)),
                Cell(arm.label, f"last {label}", value=float(points[-1].y)),
            ]
            lines.append(Series(label, tuple(points), style))
        title = f"Validation by counterfactual iterations, {work.dataset.name}, 50 % of the data"
        plot = Plot(title, "counterfactual iterations", "validation score", tuple(lines))
        figures = (plot.figure("validation"),) if lines else ()
        notes = (
            f"from {training.folder / STATE}; one counterfactual step a step, unless the training says otherwise",
            "iterations of another batch size and rate than the paper's are not its iterations: the shape is compared",
        )
        return put_together(work, self.name, cells, (), notes, figures=figures)


def _history(work: Workshop, arm: Arm) -> tuple[tuple[Training, Sequence[dict[str, Any]]], str | None]:
    """What a training noted at each checkpoint, or the reason why that is not there."""
    training = work.trainings(arm)[0]
    path = training.folder / STATE
    if not path.is_file() and work.settings.train:
        work.make(training)
    if not path.is_file():
        lines = [line for earlier in training.before() for line in earlier.lines()]
        command = " && ".join([*lines, training.line()])
        return (training, ()), f"the log of its training is not in {training.folder}. Type: {command}"
    return (training, _checkpoints(path)), None


def _checkpoints(path: Path) -> list[dict[str, Any]]:
    value = read_json(path, max_bytes=_LARGEST_STATE)
    history = value.get("history") if isinstance(value, dict) else None
    if not isinstance(history, list) or not all(
        isinstance(entry, dict) and "steps" in entry and isinstance(entry.get("losses"), dict)
        for entry in history
    ):
        raise DataError(f"{path} is no state of such a training", "it has no history of steps and losses")
    return history
