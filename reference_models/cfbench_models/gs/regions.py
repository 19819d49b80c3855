"""Networks that read a question and look at the regions of an image, after bottom-up and top-down attention."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from cfbench_models.gs.networks import Layers, Networks, Seen
from cfbench_models.gs.reading import reader_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import Tensor

    from cfbench_models.gs.recipes import TextRecipe
    from cfbench_models.gs.words import Bag

UNSEEN = -1e9  # the score of attention of what is no region


@dataclass(frozen=True)
class AskedRegions:
    """A question and the features of an image's regions, (regions, width); rows of zeros are none."""

    question: Bag | npt.NDArray[np.int64]
    """As :class:`~cfbench_models.gs.reading.QuestionReader` takes it."""
    regions: npt.NDArray[np.float32]


class RegionEnsemble(Networks):
    """The question attends to regions; their mean, so weighed, times the question is what answers are read from.

    After Anderson et al. 2018 and Teney et al. 2018, but that ReLU stands for gates. Gradients are taken at the regions,
    side by side.
    """

    def __init__(
        self, recipe: TextRecipe, words: int, width: int, outputs: int, random: np.random.Generator
    ) -> None:
        """``width`` is that of a region's features."""
        self._members, self._width = recipe.members, width
        self._reader = reader_of(recipe, words, random)
        one, inner = replace(recipe, hidden=()), recipe.width
        self._parts = {
            "look": Layers(one, width, inner, random),
            "seek": Layers(one, inner, inner, random),
            "image": Layers(one, width, inner, random),
            "question": Layers(one, inner, inner, random),
            "answer": Layers(recipe, inner, outputs, random),
        }

    def represent(self, inputs: Sequence[AskedRegions], *, training: bool) -> Seen:
        """The regions, with rows of zeros after those of smaller images, and the question's words."""
        most = max(len(one.regions) for one in inputs)
        padded = np.zeros((len(inputs), most, self._width), np.float32)
        for row, one in zip(padded, inputs, strict=True):
            row[: len(one.regions)] = one.regions
        regions = torch.from_numpy(padded)
        questions = [one.question for one in inputs]
        return Seen(
            regions.flatten(1).expand(self._members, -1, -1),
            self._reader(questions, training=training),
            (regions != 0).any(-1),
        )

    def logits(self, seen: Seen) -> Tensor:
        """Of the answers. An image without regions is as if all its features were zero."""
        if seen.asked is None or seen.present is None:
            message = "regions are looked at with questions"
            raise TypeError(message)
        parts, question = self._parts, seen.asked
        members, examples, _ = seen.vectors.shape
        regions = seen.vectors.reshape(members, examples, -1, self._width)
        looked = parts["look"](regions.flatten(1, 2)).relu().view(members, examples, -1, question.shape[-1])
        scores = (looked @ parts["seek"](question).unsqueeze(-1)).squeeze(-1)
        weights = scores.masked_fill(~seen.present, UNSEEN).softmax(-1) * seen.present
        image = (weights.unsqueeze(-2) @ regions).squeeze(-2)
        return parts["answer"](parts["image"](image).relu() * parts["question"](question).relu())

    def step(self) -> None:
        """Of all layers, and of what reads."""
        for layers in self._parts.values():
            layers.step()
        self._reader.step()

    def tensors(self) -> dict[str, Tensor]:
        """Every layer, and what reads."""
        found = self._reader.tensors()
        for part, layers in self._parts.items():
            found |= {f"{part}.{name}": tensor for name, tensor in layers.tensors.items()}
        return found
