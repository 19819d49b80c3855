"""How a localizer is trained: every number of it, by name. The defaults are the published ones."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from cfbench.errors import UsageError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench_detectors.localizer.network import Size

NARROWEST, WIDEST = 64, 128  # pixels that the narrow network may look at
WARMING = 0.05  # of all steps, under the cosine
SIZES = ("full", "narrow", "cells")


@dataclass(frozen=True)
class Recipe:
    """The options of a training. What GeNeVA's script does beside its paper is an option, too."""

    size: Literal["full", "narrow", "cells"] = "full"
    side: int = 299
    """Pixels of a side that the network looks at."""
    epochs: int = 100
    batch: int = 128
    rate: float = 1e-3
    """Of Adam: the first under ``halving``, the highest under ``cosine``."""
    schedule: Literal["halving", "cosine"] = "halving"
    halve_every: int = 30
    """Epochs."""
    amsgrad: bool = True
    second_decay: float = 0.999
    """Of Adam's mean of squared gradients."""
    smoothing: float = 0.9
    """The target of what is there. What is not there keeps 0: published."""
    positive_weight: float = 2.0
    balance: float = 1.0
    """A class counts with this negative power of its frequency: 1 as published, 0 all alike."""
    saturates: bool = False
    """Published: nothing is learned where a probability rounds to 0 or 1."""
    location_weight: float = 1e-4
    location_reduction: Literal["sum", "mean"] = "sum"
    """Published: the sum, so that places count more in larger batches."""
    grid_weight: float = 0.0
    """Not published: of a loss that asks the maps themselves, cell by cell, which centre lies there. It
    teaches small networks many times as fast; what it is read by is no part of the network."""
    begins_at_means: bool = False
    """Not published: first outputs are each class's frequency and mean place, so that no step goes on learning them."""
    dropout: float = 0.5
    """Of the pooled features."""
    noise_fraction: float = 0.0
    """Images of noise that hold nothing, for each true one."""
    background_fraction: float = 0.0
    """Empty canvases, for each true one."""
    bfloat16: bool = False
    """Multiply in bfloat16 on a CPU as well, as on a GPU always: nearly twice as fast where the CPU can."""
    patience: int | None = None
    """Epochs without a better validation after which training ends."""
    samples: int | None = None
    """Only so many of the first samples of each split."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if self.size not in SIZES:
            raise unknown_name("size of localizer", self.size, SIZES, list_command="cfbench list detectors")
        low, high = (NARROWEST, WIDEST) if self.size != "full" else (299, 299)
        if not low <= self.side <= high:
            why = f"{low} to {high} can be" if low < high else f"only {low} can be"
            raise UsageError(f"A {self.size} localizer cannot look at {self.side} pixels a side", why)
        if self.schedule not in ("halving", "cosine") or self.location_reduction not in ("sum", "mean"):
            raise UsageError(
                f"There is no recipe with {self.schedule} and {self.location_reduction}",
                "the schedule is halving or cosine, the reduction sum or mean",
            )
        if self.epochs < 1 or self.batch < 2 or not self.rate > 0 or not 0 <= self.dropout < 1:
            why = "it needs an epoch, batches of two, a rate above 0 and a dropout from 0 to below 1"
            raise UsageError("This recipe trains nothing", why)

    def scaled(self) -> Size:
        """The network's size with the chosen input."""
        from cfbench_detectors.localizer import network

        return replace(network.SIZES[self.size], side=self.side)

    def rate_at(self, step: int, steps_an_epoch: int) -> float:
        """The learning rate of a step, counted from 0: a pure function, so that resuming changes nothing."""
        if self.schedule == "halving":
            return float(self.rate * 0.5 ** (step // steps_an_epoch // self.halve_every))
        total = self.epochs * steps_an_epoch
        warming = max(1, round(WARMING * total))
        if step < warming:
            return self.rate * (step + 1) / warming
        return self.rate * (1 + math.cos(math.pi * (step - warming) / max(1, total - warming))) / 2

    def to_json(self) -> dict[str, Any]:
        """Every option by its name."""
        return asdict(self)


_CPU = Recipe(
    size="narrow",
    side=64,
    epochs=8,
    batch=64,
    rate=3e-3,
    schedule="cosine",
    amsgrad=False,
    second_decay=0.99,
    balance=0.5,
    begins_at_means=True,
    location_weight=10.0,
    location_reduction="mean",
    grid_weight=0.1,
    dropout=0.0,
    patience=4,
)
PRESETS = {
    "smoke": replace(_CPU, epochs=3, batch=16, samples=12),
    "cpu": _CPU,
    "gpu": replace(_CPU, epochs=40, batch=256, patience=12),
    "paper": Recipe(),
}


def recipe_of(preset: str, options: Mapping[str, Any]) -> Recipe:
    """A preset with some of its options changed."""
    if preset not in PRESETS:
        raise unknown_name("preset", preset, PRESETS, list_command="cfbench train --help")
    known = [field.name for field in fields(Recipe)]
    for name in options:
        if name not in known:
            raise unknown_name("option of the recipe", name, known, list_command="cfbench train --help")
    return replace(PRESETS[preset], **options)
