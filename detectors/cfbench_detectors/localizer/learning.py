"""The network while it learns: with what reads its maps cell by cell beside it, which is left out afterwards."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from cfbench_detectors.localizer.losses import grid_loss
from cfbench_detectors.localizer.network import ObjectLocalizer, Seen, Size, fresh

if TYPE_CHECKING:
    import numpy.typing as npt

RARE = 1e-3  # how probable an object is in a cell, at first


class Learner(nn.Module):
    """A localizer and a linear reader of each cell of its middle and its last maps."""

    def __init__(self, size: Size, classes: int, coordinates: int, generator: torch.Generator) -> None:
        super().__init__()
        self.network: ObjectLocalizer = fresh(size, classes, coordinates, generator)
        inception = self.network.inception3
        self.readers = nn.ModuleList()
        for channels in (inception.middle, inception.channels):
            with torch.device("meta"):
                reader = nn.Conv2d(channels, classes, 1)
            reader.to_empty(device="cpu")
            with torch.no_grad():
                reader.weight.normal_(0, channels**-0.5 / 10, generator=generator)
                reader.get_parameter("bias").fill_(math.log(RARE / (1 - RARE)))
            self.readers.append(reader)

    def begin_at_means(self, present: npt.NDArray[np.bool_], places: npt.NDArray[np.float32]) -> None:
        """Let the biases of the heads say how often each class is there, and where it is in the mean."""
        counts = present.sum(axis=0)
        share = np.clip(counts / len(present), RARE, 1 - RARE)
        means = places.sum(axis=0, dtype=np.float64) / np.maximum(counts, 1)[:, None]
        with torch.no_grad():
            for head, values in (
                (self.network.detector, np.log(share / (1 - share))),
                (self.network.localizer, means.ravel()),
            ):
                bias = head.get_parameter("1.bias")
                bias.copy_(torch.from_numpy(values.astype(np.float32)))

    def forward(self, pixels: Tensor, keep: Tensor | None = None) -> tuple[Seen, list[Tensor]]:
        """What the network sees, and the logits (n, classes, rows, columns) of each reader."""
        maps = self.network.maps(pixels)
        readings = [reader(part) for reader, part in zip(self.readers, maps[-2:], strict=True)]
        return self.network.read(maps, keep), readings

    def reading_loss(self, readings: list[Tensor], places: Tensor, present: Tensor) -> Tensor:
        """The mean over the readers of :func:`grid_loss`."""
        losses = [grid_loss(reading.float(), places, present) for reading in readings]
        return torch.stack(losses).mean()
