"""The network while it learns: with what reads its maps cell by cell beside it, which is left out afterwards."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from cfbench.errors import DataError
from cfbench.files import read_bytes
from cfbench_detectors.localizer.losses import choice_loss, grid_loss
from cfbench_detectors.localizer.network import ObjectLocalizer, Seen, Size, fresh
from cfbench_detectors.localizer.weights import MOST_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

RARE = 1e-3  # how probable an object is in a cell, at first


class Learner(nn.Module):
    """A localizer and a linear reader of each cell of its middle and its last maps, where it reads none itself."""

    def __init__(self, size: Size, classes: int, coordinates: int, generator: torch.Generator) -> None:
        super().__init__()
        self.network: ObjectLocalizer = fresh(size, classes, coordinates, generator)
        inception = self.network.inception3
        self.readers = nn.ModuleList()
        for channels in () if size.cells else (inception.middle, inception.channels):
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
        logits = np.log(share / (1 - share))
        self.network.begin_at(*(torch.from_numpy(part.astype(np.float32)) for part in (logits, means)))

    def forward(self, pixels: Tensor, keep: Tensor | None = None) -> tuple[Seen, list[Tensor]]:
        """What the network sees, and the logits (n, classes, rows, columns) of each reader."""
        maps = self.network.maps(pixels)
        if self.network.size.cells:
            logits, places, cells = self.network.cells(maps[1:])
            return Seen(logits, places, maps[-1].mean((2, 3))), [cells]
        readings = [reader(part) for reader, part in zip(self.readers, maps[-2:], strict=True)]
        return self.network.read(maps, keep), readings

    def reading_loss(self, readings: list[Tensor], places: Tensor, present: Tensor) -> Tensor:
        """The mean over the readers of :func:`grid_loss`; :func:`choice_loss` of what the network reads itself."""
        loss = choice_loss if self.network.size.cells else grid_loss
        losses = [loss(reading.float(), places, present) for reading in readings]
        return torch.stack(losses).mean()


def begin_with(learner: Learner, path: Path) -> None:
    """Put the weights of an earlier training into the network; DataError where they do not fit it."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    what = f"{path} holds no weights to begin with"
    try:
        tensors = load(read_bytes(path, max_bytes=MOST_BYTES, what="weights"))
        learner.network.load_state_dict(tensors, strict=False)
    except SafetensorError as error:
        raise DataError(what, str(error)) from error
    except RuntimeError as error:
        raise DataError(what, str(error).splitlines()[-1].strip()) from error
    lacking = [name for name, _ in learner.network.named_parameters() if name not in tensors]
    if lacking:
        raise DataError(what, f"'{lacking[0]}' is missing")
