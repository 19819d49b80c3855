"""Figure 3: the boundary between two classes with and without gradient supervision, on a toy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.errors import EnvironmentLackError
from cfbench.published import table
from cfbench.reproduction import Cell, Outcome, Reproduction
from cfbench.reproduction.panels import Mark, Panel, Panels, places

if TYPE_CHECKING:
    from cfbench.reproduction import Workshop
    from cfbench_models.gs.reproduction.toy import Judged, Network, Points

SEEDS = (0, 1, 2, 3, 4)
REACH = 3.2
MODELS = {"network": (16, 16), "linear model": ()}
"""What learns, with the widths of its hidden layers."""
NUMBERS = {
    "originals": "accuracy, originals",
    "edits": "accuracy, edited",
    "cosine": "mean cosine of gradient and pair",
    "loss": "mean cross-entropy",
}


class Figure3(Reproduction):
    """Nothing is read: points are drawn, and small models learn them while one waits."""

    name: ClassVar[str] = "gs/fig3"
    summary: ClassVar[str] = (
        "decision boundaries on a toy: without pairs, with edited points, with GS, and with its sign reversed"
    )
    datasets: ClassVar[tuple[str, ...]] = ()

    def run(self, work: Workshop) -> Outcome:
        """Every seed draws points of its own and begins from weights of its own, the same for each way of learning."""
        try:
            from cfbench_models.gs.reproduction.toy import (
                PAIRED,
                TESTED,
                TRAINED,
                Way,
                judged,
                learned,
                points,
            )
        except ImportError as error:
            raise EnvironmentLackError(
                "This figure needs the package torch", str(error), "Run: pip install 'cfbench[torch]'"
            ) from error

        ways = (
            Way("without edited", edited=False),
            Way("with edited"),
            Way("+ GS", strength=1),
            Way("+ GS, sign reversed", strength=-1),
        )
        seeds = work.settings.seeds or SEEDS
        training = {seed: points(seed, "train", TRAINED, PAIRED) for seed in seeds}
        tests = {seed: points(seed, "test", TESTED, TESTED) for seed in seeds}
        cells: list[Cell] = []
        rows: list[tuple[str, tuple[Panel, ...]]] = []
        with work.settings.reporter.track(self.name, len(MODELS) * len(ways) * len(seeds)) as advance:
            for model, hidden in MODELS.items():
                panels = []
                for way in ways:
                    found: dict[int, Judged] = {}
                    for seed in seeds:
                        network = learned(way, hidden, seed, training[seed])
                        found[seed] = judged(network, tests[seed])
                        if seed == seeds[0]:
                            shown = _panel(way.label, network, training[seed], found[seed], edited=way.edited)
                            panels.append(shown)
                        advance(1)
                    method = f"{model}, {way.label}"
                    cells += [_cell(method, name, found, 2 * TESTED) for name in NUMBERS]
                rows.append((model, tuple(panels)))
        picture = Panels(
            f"The boundary that is learned from {TRAINED} points, {PAIRED} of them edited, seed {seeds[0]}",
            tuple(rows),
            REACH,
            ((0, -REACH), (0, REACH)),
            ("first class", "second class"),
            "from a point to its edit",
        )
        paper = table(self.name)
        return Outcome(
            self.name,
            f"{paper.source}: {paper.title}",
            "toy@1",
            tuple(cells),
            (
                "a toy: across, what makes the class; up, a cue that goes with it in all points but the edited ones. It"
                " was made so that the ways of learning differ (four settings of it were looked at), and says nothing"
                " of how much they do elsewhere",
                "numbers are means over seeds, on points that were drawn anew, all of which are edited; the picture"
                " is of the first seed; no intervals: the points could be as many as one likes",
                "with the sign reversed gradients are told to point away from the counterfactual: boundary, cosine and"
                " loss show it",
            ),
            (picture.figure("boundaries"),),
            published=paper,
        )


def _cell(method: str, name: str, found: dict[int, Judged], count: int) -> Cell:
    value = float(np.mean([getattr(each, name) for each in found.values()]))
    n = count if name in {"cosine", "loss"} else count // 2
    return Cell(method, NUMBERS[name], value=value, n=n, seeds=tuple(found))


def _panel(label: str, network: Network, train: Points, found: Judged, *, edited: bool) -> Panel:
    grid = places(REACH)
    said = network.probabilities(grid.reshape(-1, 2)).reshape(grid.shape[:2])
    marks = [
        Mark(float(x), float(y), bool(label), "original")
        for (x, y), label in zip(train.originals, train.labels, strict=True)
    ]
    arrows: list[tuple[tuple[float, float], tuple[float, float]]] = []
    if edited:
        marks += [
            Mark(float(x), float(y), bool(label), "edited")
            for (x, y), label in zip(train.edits, train.labels_of_edits, strict=True)
        ]
        for before, after in zip(train.originals[: len(train.edits)], train.edits, strict=True):
            arrows.append(((float(before[0]), float(before[1])), (float(after[0]), float(after[1]))))
    told = (
        f"originals {100 * found.originals:.0f} %, edited {100 * found.edits:.0f} %",
        f"cosine {found.cosine:.2f}, loss {found.loss:.2f}",
    )
    return Panel(label, said, tuple(marks), tuple(arrows), told)
