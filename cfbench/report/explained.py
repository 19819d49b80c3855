"""Explained edits: what a model said of an edit, beside the two images and the true instruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfbench.tasks.base import Image


@dataclass(frozen=True)
class ExplainedEdit:
    """A sample of the task ``explain`` to look at."""

    sample: str
    before: Image
    after: Image
    earlier: tuple[str, ...]
    """The instructions of the turns before, as they were given."""
    truth: tuple[str, ...]
    """The tokens of the true instruction."""
    said: tuple[str, ...]
    """Those of the model; none where it said nothing."""
    caption: str = ""
    scores: tuple[tuple[str, float | None], ...] = ()
    """Each number of the run on this sample alone, by ``metric/name``; None where it is undefined."""
