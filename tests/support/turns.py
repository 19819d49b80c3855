"""The turns of the mock editing data set, and models that explain them; given to runs by path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.explain import ExplainView
from cfbench.mock import MockDataset
from cfbench.reporter import LogReporter
from cfbench.tasks.explain import ExplainPrediction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets.edit import EditDataset

TURNS = Path(__file__)


class Squares(MockDataset):
    """The mock data set with a view, as the editing data sets have."""

    views: ClassVar[Mapping[str, str]] = {"explain": f"{TURNS}:SquaresExplain"}


class SquaresExplain(ExplainView):
    """Its turns."""

    viewed: ClassVar[type[EditDataset]] = Squares


class Said(LogReporter):
    """Keeps the lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)


class Explainer:
    """Says two words; holds each token of a text as likely as it is long."""

    tasks = ("explain",)

    def predict(self, batch):
        return [ExplainPrediction(("add", "something")) for _ in batch]

    def likelihoods(self, batch, texts):
        return [[float(len(token)) for token in (*text, "e")] for text in texts]
