"""A sample to look at: what was asked, what each model answered, and what was right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cfbench.errors import UsageError

if TYPE_CHECKING:
    from cfbench.tasks.base import Image


@dataclass(frozen=True)
class Film:
    """Edits turn by turn. A row is a label and one image a turn, or no image at all."""

    start: Image
    instructions: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Image, ...]], ...]

    def __post_init__(self) -> None:
        """Refuse rows whose turns do not match."""
        for label, images in self.rows:
            if len(images) not in {0, len(self.instructions)}:
                raise UsageError(
                    f"The images of {label} cannot be shown",
                    f"there are {len(images)} for {len(self.instructions)} instructions",
                )


@dataclass(frozen=True)
class GraphPicture:
    """A scene graph over its image, as a PNG of at most 256 pixels a side, and the same in words."""

    label: str
    png: bytes
    words: str


@dataclass(frozen=True)
class Example:
    """A sample of any task; what does not suit the task is empty."""

    sample: str
    caption: str = ""
    reasons: tuple[str, ...] = ()
    """Why it is shown, such as ``best by relsim/relsim``."""
    models: tuple[str, ...] = ()
    """Who answered, in the order of ``values``."""
    values: tuple[tuple[str, tuple[float | None, ...]], ...] = ()
    """By number, its value on this sample alone for each model; None where it is undefined or not known."""
    film: Film | None = None
    pictures: tuple[tuple[str, Image], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """What there is to read: a term, and its text."""
    graphs: tuple[GraphPicture, ...] = ()
