"""Figure 4: images whose top labels gradient supervision changes, for better and for worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.reproduction import Cell, Lacking, Reproduction, put_together
from cfbench_models.gs.reproduction.photographs import credits_of, pictures_of
from cfbench_models.gs.reproduction.rows import BASELINE, GS, SEEDS_NOTE, cells_at
from cfbench_models.gs.reproduction.sheet import Card, Said, sheet
from cfbench_models.gs.reproduction.tables import IMAGES, OF_IMAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets import Split
    from cfbench.reproduction import Figure, Measured, Outcome, Workshop

    Floats = npt.NDArray[np.float64]

BETTER, WORSE = 8, 4
"""How many images are shown."""


@dataclass(frozen=True)
class Labelled:
    """The originals and edits of a split that have a label, by position, and which labels they have."""

    split: Split[Any, Any]
    at: tuple[int, ...]
    roles: tuple[str, ...]
    labels: npt.NDArray[np.bool_]  # (images, classes)

    @classmethod
    def of(cls, split: Split[Any, Any]) -> Labelled:
        """All of them; placebos have the labels of their originals and are left out."""
        targets = [split.target(index) for index in range(len(split))]
        at = tuple(i for i, one in enumerate(targets) if one.role != "placebo" and one.labels.any())
        rows = [targets[index].labels for index in at]
        return cls(split, at, tuple(targets[index].role for index in at), np.array(rows, np.bool_))

    def right(self, scores: Floats) -> npt.NDArray[np.int64]:
        """How many of each image's top labels are true: as many are looked at as are true."""
        order = np.argsort(-scores, axis=1, kind="stable")
        true = np.take_along_axis(self.labels, order, axis=1)
        counted = np.arange(true.shape[1]) < true.sum(axis=1, keepdims=True)
        right: npt.NDArray[np.int64] = (true & counted).sum(axis=1)
        return right

    def scores(self, measured: Measured) -> list[Floats]:
        """What each run says of them."""
        found = []
        for run in measured.runs:
            said = run.predictions()
            found.append(np.array([said[index].scores for index in self.at], np.float64))
        return found

    def ahead(self, scores: Floats) -> Floats:
        """By how much the mean score of the true labels is above that of the others."""
        true = self.labels.sum(axis=1)
        others = np.maximum(self.labels.shape[1] - true, 1)
        found: Floats = (scores * self.labels).sum(1) / true - (scores * ~self.labels).sum(1) / others
        return found


class Figure4(Reproduction):
    """The baseline beside gradient supervision."""

    name: ClassVar[str] = "gs/fig4"
    summary: ClassVar[str] = (
        "images whose top labels change most with GS: towards the truth, and away from it"
    )
    datasets: ClassVar[tuple[str, ...]] = IMAGES

    def run(self, work: Workshop) -> Outcome:
        """Numbers are of all images and seeds; the images that are shown are chosen among those that have a picture."""
        metrics = ("average-precision", "pairs")  # as in Table 2, whose runs these are
        cells: list[Cell] = []
        found: dict[str, Measured] = {}
        everything: list[Measured | Lacking] = []
        for arm, against in ((BASELINE, None), (GS, BASELINE)):
            made, measured = cells_at(work, arm, metrics, OF_IMAGES, name="gs/table2", against=against)
            cells += made
            everything.append(measured)
            if not isinstance(measured, Lacking):
                found[arm.key] = measured
        figures: list[Figure] = []
        notes = [SEEDS_NOTE, "as many top labels are looked at of an image as are true of it"]
        if len(found) == len(everything):
            images = Labelled.of(found[GS.key].runs[0].bench.split)
            before, after = (images.scores(found[arm.key]) for arm in (BASELINE, GS))
            cells += _counts(images, before, after, found[GS.key])
            cards, told = _cards(work, images, before[0], after[0])
            notes += told
            if cards:
                seed = found[GS.key].runs[0].result.protocol.seed
                title = f"Top labels {BASELINE.label} and {GS.label}, {work.dataset.name}, seed {seed}"
                figures.append(sheet(title, cards).figure("examples"))
        return put_together(work, self.name, cells, everything, notes, figures=figures)


def _counts(
    images: Labelled, before: Sequence[Floats], after: Sequence[Floats], measured: Measured
) -> list[Cell]:
    """Means over seeds: shares of top labels that are right, and of images that have more or fewer of them."""
    true = images.labels.sum(axis=1)
    seeds = tuple(run.result.protocol.seed for run in measured.runs)
    pairs = [(images.right(one), images.right(other)) for one, other in zip(before, after, strict=True)]
    cells = []
    for part in ("original", "edited"):
        here = np.array([role == part for role in images.roles])
        if not here.any():
            continue
        numbers = {
            (BASELINE.label, "right top labels"): [(one / true)[here].mean() for one, _ in pairs],
            (GS.label, "right top labels"): [(other / true)[here].mean() for _, other in pairs],
            (GS.label, "images with more of them"): [(other > one)[here].mean() for one, other in pairs],
            (GS.label, "images with fewer of them"): [(other < one)[here].mean() for one, other in pairs],
        }
        cells += [
            Cell(
                method, f"{name}, {part}", value=float(np.mean(values)), n=int(here.sum()), seeds=tuple(seeds)
            )
            for (method, name), values in numbers.items()
        ]
    return cells


def _cards(
    work: Workshop, images: Labelled, before: Floats, after: Floats
) -> tuple[list[tuple[str, list[Card]]], list[str]]:
    """What is shown, in two sections, and how it was chosen."""
    pictures = pictures_of(work, images.split)
    places = [place for place, index in enumerate(images.at) if index in pictures]
    if not places:
        return [], ["no image is shown: the data set has no pictures here"]
    gains = images.right(after) - images.right(before)
    ahead = images.ahead(after) - images.ahead(before)
    better = _first(images, sorted(places, key=lambda at: (-gains[at], -ahead[at], at)), BETTER)
    worse = _first(images, sorted(places, key=lambda at: (gains[at], ahead[at], at)), WORSE)
    better = [place for place in better if gains[place] > 0]
    worse = [place for place in worse if gains[place] < 0]
    sections = []
    for heading, chosen in (("Most towards the truth", better), ("Most away from it", worse)):
        shown = [
            _card(images, place, pictures.data(images.at[place]), before[place], after[place])
            for place in chosen
        ]
        sections.append((f"{heading}: {len(shown)} of {len(places)} images", shown))
    told = [
        f"{len(places)} originals and edits of the test split have a label and a picture. Shown are the {BETTER} where GS"
        f" puts most more of the true labels on top, and the {WORSE} where it puts most fewer there, at most one of a"
        " pair; of equals, those where the mean score of the true labels gained, or lost, most on that of the others"
    ]
    return sections, [*told, *credits_of(work, [images.split.ids[images.at[at]] for at in (*better, *worse)])]


def _first(images: Labelled, places: Sequence[int], count: int) -> list[int]:
    """The first, one of each pair."""
    chosen: dict[str, int] = {}
    for place in places:
        if len(chosen) == count:
            break
        chosen.setdefault(images.split.group(images.at[place]), place)
    return list(chosen.values())


def _card(images: Labelled, place: int, picture: bytes, before: Floats, after: Floats) -> Card:
    inputs, target = (
        images.split.inputs(images.at[place]),
        images.split.target(images.at[place]),
    )
    true = np.flatnonzero(images.labels[place])
    role = f"edited: without {inputs.classes[target.changed]}" if target.changed is not None else target.role
    said = []
    for label, scores in ((BASELINE.label, before), (GS.label, after)):
        top = np.argsort(-scores, kind="stable")[: len(true)]
        rows = tuple((inputs.classes[at], float(scores[at]), bool(images.labels[place, at])) for at in top)
        said.append(Said(label, rows))
    return Card(
        target.pair or inputs.id, role, tuple(inputs.classes[at] for at in true), picture, tuple(said)
    )
