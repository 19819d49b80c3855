"""How large an explainer is and how it is trained: every number by name.

The preset ``paper`` is SSCR's explainer; the others are the same definition, smaller, with what is named in
``context`` and ``noisy`` beside it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from cfbench.errors import UsageError
from cfbench_models.options import recipe_of as named_recipe
from cfbench_models.options import tupled

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "own"
WARMING = 100  # steps, however many there are


@dataclass(frozen=True)
class Size:
    """The widths of the network."""

    side: int = 128
    """Pixels of a side of the images."""
    squeeze: int = 1
    """Pixels of a side that make one cell of the images, as the editor's size has it."""
    trunk: tuple[int, ...] = (64, 128, 256, 512, 1024, 1024)
    """Channels of the blocks that each image goes through."""
    halvings: int = 5
    """The first so many blocks halve the maps."""
    context: bool = False
    """Whether words may look at the image before the edit, too; published: at the difference alone."""
    width: int = 1024
    """Of what is attended to: the cells of the difference, and the history."""
    layers: int = 1
    """Of self-attention."""
    heads: int = 4
    word: int = 300
    sentence: int = 1024
    """Of both directions together."""
    condition: int = 1024
    """Of the history."""
    hidden: int = 256
    """Of the decoder."""

    @property
    def cells(self) -> int:
        """Cells of a side that are attended to."""
        return self.side // self.squeeze >> self.halvings

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        grid, rest = divmod(self.side, self.squeeze)
        if rest or self.halvings > len(self.trunk) or grid % 2**self.halvings or not self.cells:
            why = f"{self.side} pixels in cells of {self.squeeze} cannot be halved {self.halvings} times"
            raise UsageError("This size cannot be built", why)
        if self.width % self.heads or self.sentence % 2 or self.layers < 1:
            raise UsageError("This size cannot be built", "heads divide the width, and a layer is needed")


@dataclass(frozen=True)
class Recipe:
    """The options of a training."""

    size: Size = Size()
    split: str = ""
    """What is learned from; empty: the data set's training split."""
    history: str = OWN
    """``own``, or a file of weights of GeNeVA whose text path is taken and kept as it is."""
    epochs: int = 100
    batch: int = 32
    """Dialogues."""
    rate: float = 1e-4
    schedule: Literal["constant", "cosine"] = "constant"
    """``cosine``: the rate falls to nothing along a half wave."""
    decay: float = 0.0
    """Of weights, decoupled from their gradients."""
    clipping: float = 5.0
    """The largest norm of the gradient."""
    noisy: float = 0.0
    """The share of turns whose new image is blurred and noisy where it differs from the old one, as an editor's is."""
    unknown: float = 0.0
    """The share of words that are hidden in training, so that an unknown word is nothing new."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """Of the maps in training."""
    checked: int = 250
    """Validation dialogues that are explained in each check."""
    piece: int = 0
    """Steps between checkpoints; 0: an epoch."""
    patience: int | None = None
    """Checks without a lower cross-entropy after which training ends."""
    samples: int | None = None
    """Only so many of the first samples of each split."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        if self.schedule not in ("constant", "cosine") or self.precision not in ("fp32", "bf16"):
            raise UsageError(
                f"There is no recipe with {self.schedule} and {self.precision}",
                "the schedule is constant or cosine, the precision fp32 or bf16",
            )
        if min(self.epochs, self.batch, self.checked) < 1:
            raise UsageError("This recipe trains nothing", "it needs an epoch, a dialogue and a check")

    def rate_at(self, step: int, steps: int) -> float:
        """What the rate is multiplied with in a step, of so many in all."""
        if self.schedule == "constant":
            return 1.0
        return min(1.0, (step + 1) / WARMING) * max(0.01, 0.5 + 0.5 * math.cos(math.pi * step / steps))

    def to_json(self) -> dict[str, Any]:
        """Every option by its name."""
        return asdict(self)


_SMALL = Size(
    side=64,
    squeeze=4,
    trunk=(64, 96, 96),
    halvings=1,
    context=True,
    width=128,
    word=64,
    sentence=128,
    condition=192,
    hidden=192,
)
_TINY = replace(_SMALL, trunk=(8, 8), width=8, heads=2, word=8, sentence=8, condition=8, hidden=8)
_CPU = Recipe(
    size=_SMALL,
    epochs=8,
    batch=16,
    rate=1.5e-3,
    schedule="cosine",
    decay=0.01,
    noisy=0.25,
    unknown=0.002,
    precision="bf16",
)
PRESETS = {
    "smoke": replace(_CPU, size=_TINY, epochs=2, batch=2, samples=4, checked=2, piece=1),
    "cpu": _CPU,
    "gpu": replace(
        _CPU,
        size=replace(
            _SMALL,
            side=128,
            trunk=(96, 128, 192, 192),
            halvings=2,
            width=256,
            sentence=256,
            condition=256,
            hidden=256,
        ),
        epochs=40,
        batch=64,
    ),
    "paper": Recipe(),
}


def recipe_of(preset: str, options: Mapping[str, Any]) -> Recipe:
    """A preset with some of its options, or of its size's, changed by name."""
    return named_recipe(PRESETS, preset, options)


def size_of(value: Mapping[str, Any]) -> Size:
    """A size from its JSON form."""
    return Size(**tupled(value))
