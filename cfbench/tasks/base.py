"""What a kind of work is: its inputs, its targets, its predictions, and how predictions are kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

Image = npt.NDArray[np.uint8]  # height, width, red-green-blue
Inputs = TypeVar("Inputs")
Target = TypeVar("Target")
Prediction = TypeVar("Prediction")


@dataclass(frozen=True)
class ImagePair:
    """Two images that metrics compare: ``made`` by the model, and the ``reference`` it is held against.

    ``group`` names what is resampled together, such as all counterfactuals of one original.
    """

    reference: Image
    made: Image
    group: str


class PredictionFault(Exception):
    """A prediction is not what the task asks for: wrong type, size or count, or a NaN."""


class Task(ABC, Generic[Inputs, Target, Prediction]):
    """One kind of work. A task has no state; its methods are pure functions.

    Inputs and targets are objects of their own, so that what a model is given cannot lead to the
    answer. ``encode`` and ``decode`` are exact inverses.
    """

    name: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def columns(self) -> pa.Schema:
        """The Parquet columns of a prediction, beside ``sample`` and ``error``."""

    @abstractmethod
    def check(self, inputs: Inputs, prediction: object) -> Prediction:
        """The prediction in its canonical form, or :class:`PredictionFault` saying what is wrong."""

    def ask(
        self,
        model: Any,  # noqa: ARG002
        inputs: Sequence[Inputs],  # noqa: ARG002
        predictions: Sequence[Prediction],
        target: Callable[[int], Target],  # noqa: ARG002
    ) -> Sequence[Prediction]:
        """The predictions of a batch with what the model adds once it hears the truth; by default as they are.

        Called when every prediction of the batch is final and in its canonical form: what the model hears here can
        no longer change what it said. ``target(i)`` makes the target of sample ``i``. A PredictionFault, or anything
        that the model raises, has the samples asked again one by one, and fails those that raise it alone.
        """
        return predictions

    @abstractmethod
    def encode(self, prediction: Prediction) -> dict[str, Any]:
        """The prediction as a row of :meth:`columns`."""

    @abstractmethod
    def decode(self, row: Mapping[str, Any]) -> Prediction:
        """The prediction of a row."""

    @abstractmethod
    def digest_form(self, prediction: Prediction) -> Any:
        """A JSON value that is equal exactly when two predictions are equal."""

    @abstractmethod
    def read_folder(self, folder: Path, ids: Sequence[str]) -> Mapping[str, Prediction | PredictionFault]:
        """Predictions made elsewhere, by sample id, from the documented folder layout.

        Ids that have no prediction are absent from the answer; ids that are not asked for are left alone.
        """
