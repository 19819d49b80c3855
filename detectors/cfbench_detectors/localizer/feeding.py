"""Batches of pictures for a training: their order is a pure function of the seed and the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cfbench.randomness import derived_seed, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from cfbench.tasks.edit import Image
    from cfbench_detectors.localizer.recipe import Recipe
    from cfbench_detectors.pictures import Pictures


@dataclass(frozen=True)
class Batch:
    """Some images and what is in them."""

    pixels: Tensor
    """(n, 3, side, side) bytes, channels last."""
    present: Tensor
    """(n, classes) float, 0 or 1."""
    places: Tensor
    """(n, classes, coordinates)."""

    def __len__(self) -> int:
        """How many images."""
        return len(self.present)


class Feed:
    """The training images of an epoch, and the images without objects that a recipe adds to them."""

    def __init__(self, pictures: Pictures, empty: Image, recipe: Recipe, *, seed: int, device: str) -> None:
        """On a GPU the pictures are kept there."""
        self._true = len(pictures)
        noise = round(recipe.noise_fraction * self._true)
        total = self._true + noise + round(recipe.background_fraction * self._true)
        self._first_empty = self._true + noise
        self._size, self._batch, self._seed, self._device = total, min(recipe.batch, total), seed, device
        self.steps = total // self._batch
        on = torch.device(device)
        self._images = torch.from_numpy(pictures.images).to(on)
        self._present = torch.from_numpy(pictures.present).to(on, torch.float32)
        self._places = torch.from_numpy(pictures.places).to(on)
        self._empty = torch.from_numpy(np.array(empty)).to(on)

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of an epoch, in a new order each time; what is left over from whole batches is left out."""
        order = generator(self._seed, "order", number).permutation(self._size)
        for step in range(self.steps):
            yield self._take(order[step * self._batch : (step + 1) * self._batch], number, step)

    def _take(self, indices: npt.NDArray[np.int64], epoch: int, step: int) -> Batch:
        true = torch.from_numpy(np.where(indices < self._true, indices, 0)).to(self._device)
        images, present, places = self._images[true], self._present[true], self._places[true]
        for row in np.flatnonzero(indices >= self._true):
            if indices[row] < self._first_empty:
                noise = generator(self._seed, "noise", epoch, step, int(row))
                colours = noise.integers(0, 256, tuple(self._empty.shape), np.uint8)
                images[row] = torch.from_numpy(colours).to(self._device)
            else:
                images[row] = self._empty
            present[row], places[row] = 0, 0
        return Batch(images.permute(0, 3, 1, 2), present, places)


def kept_features(
    shape: tuple[int, int], dropout: float, *, seed: int, epoch: int, step: int, device: str
) -> Tensor | None:
    """What dropout multiplies features with in one step: 0, or the inverse of the share that is kept."""
    if not dropout:
        return None
    random = torch.Generator().manual_seed(derived_seed(seed, "dropout", epoch, step) % 2**63)
    keep = torch.rand(shape, generator=random) >= dropout
    return (keep / (1 - dropout)).to(device)
