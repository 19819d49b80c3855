"""Explaining an edit: name the instruction that leads from one image to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfbench.tasks.base import Image


@dataclass(frozen=True)
class ExplainInputs:
    """What a model sees."""

    id: str
    before: Image
    after: Image
    instructions: tuple[str, ...]  # those of the turns before


@dataclass(frozen=True)
class ExplainTarget:
    """The instruction, in tokens."""

    tokens: tuple[str, ...]


@dataclass(frozen=True)
class ExplainPrediction:
    """The tokens that a model says and, where it can, how likely it held the true ones.

    ``nll`` is minus the natural logarithm of the probability of each token of the target, end token included.
    """

    tokens: tuple[str, ...]
    nll: tuple[float, ...] | None = None
