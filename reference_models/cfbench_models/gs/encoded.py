"""Texts as a transformer reads them, beside the other kinds of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.errors import DataError, UsageError
from cfbench_models.gs.encoders import Identity
from cfbench_models.gs.judging import of_texts
from cfbench_models.gs.kinds import Kind
from cfbench_models.gs.recipes import ENCODED, Recipe, changed
from cfbench_models.gs.words import as_many_texts_of, texts_each

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from cfbench.tasks.labels import TextInputs
    from cfbench_models.gs.encoders import Reader
    from cfbench_models.gs.material import Material
    from cfbench_models.gs.networks import Ensemble


class Encoded(Kind):
    """The vector of one text u, or of two texts u and v: u, v, |u - v| and u * v, side by side."""

    name: ClassVar[str] = "encoded"

    def __init__(self, identity: Identity, texts: int, width: int, recipe: Recipe) -> None:
        """Of the transformer of this identity, which :meth:`read_with` must bring before anything is read."""
        self.identity, self.texts, self.width, self.recipe = identity, texts, width, recipe
        self._reader: Reader | None = None

    @classmethod
    def of(cls, inputs: Sequence[TextInputs], reader: Reader, options: Mapping[str, str]) -> Encoded:
        """Of texts as many as these have, with a recipe that options change."""
        texts = texts_each(inputs)
        one = reader(as_many_texts_of(inputs[0], texts)).shape[1]
        kind = cls(reader.identity, texts, one if texts == 1 else 4 * one, changed(ENCODED, options))
        kind.read_with(reader)
        return kind

    def read_with(self, reader: Reader | None) -> None:
        """From now on; DataError where it is another transformer than the one that was learned with."""
        if reader is None or reader.identity.content != self.identity.content:
            known = self.identity
            said = "none" if reader is None else f"{reader.identity.name}, {reader.identity.weights[:12]}"
            raise DataError(
                "These networks learned what another transformer reads",
                f"it is {known.name}, weights {known.weights[:12]}, and here is {said}",
            )
        self._reader = reader

    def read(self, inputs: Sequence[TextInputs]) -> list[Any]:
        """The vector of each."""
        if self._reader is None:
            raise UsageError("There is no transformer that reads", "read was called before read_with")
        if not inputs:
            return []
        texts = [text for one in inputs for text in as_many_texts_of(one, self.texts)]
        vectors = self._reader(texts).reshape(len(inputs), self.texts, -1)
        return list(vectors[:, 0] if self.texts == 1 else _side_by_side(vectors[:, 0], vectors[:, 1]))

    def networks(self, outputs: int, random: np.random.Generator) -> Ensemble:
        """Layers."""
        from cfbench_models.gs.networks import FeatureEnsemble

        return FeatureEnsemble(self.recipe, self.width, outputs, random)

    def judge(self, logits: npt.NDArray[np.float64], data: Material) -> tuple[float, ...]:
        """Accuracy."""
        return of_texts(logits, data)

    def to_json(self) -> dict[str, Any]:
        """The transformer and the recipe."""
        told = {"reader": self.identity.to_json(), "texts": self.texts, "width": self.width}
        return {"kind": self.name, **told, "recipe": self.recipe.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], recipe: Recipe) -> Encoded:
        """The inverse, but for the recipe."""
        return cls(Identity(**value["reader"]), value["texts"], value["width"], recipe)


def _side_by_side(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.concatenate([first, second, np.abs(first - second), first * second], axis=1)
