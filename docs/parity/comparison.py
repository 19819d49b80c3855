"""What a comparison is: two lists of numbers, or of things that must be equal, and how far they lie apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

INDEPENDENT = "independent calculation"


class Vectors:
    """The recorded inputs and outputs, by stem such as ``image/fid``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: set[str] = set()

    def stems(self) -> list[str]:
        """Every stem with outputs, sorted."""
        return sorted(
            path.relative_to(self.folder).with_suffix("").as_posix() for path in self.folder.rglob("*.json")
        )

    def expected(self, stem: str) -> Any:
        """What was recorded."""
        self.opened.add(stem)
        return json.loads((self.folder / f"{stem}.json").read_text(encoding="utf-8"))

    def inputs(self, stem: str) -> dict[str, npt.NDArray[Any]]:
        """What it was recorded of."""
        self.opened.add(stem)
        with np.load(self.folder / f"{stem}.npz", allow_pickle=False) as arrays:
            return dict(arrays)


@dataclass(frozen=True)
class Source:
    """What is compared, under which protocol, with whose values, and what may lie between."""

    metric: str
    protocol: str
    reference: str
    tolerance: float = 1e-9
    relative: bool = False
    rounding: float = 1e-12  # what is less varies with the machine

    def row(self, found: Any, wanted: Any, *, cases: int | None = None) -> Row:
        """Compare numbers. ``cases`` is told where many numbers are one case, as the pixels of an image are."""
        ours, theirs = _floats(found), _floats(wanted)
        return Row(self, cases or ours.size, _largest_difference(ours, theirs, relative=self.relative))


@dataclass(frozen=True)
class Row:
    """A line of the table: the largest difference, or how many of the things that must be equal differ."""

    source: Source
    cases: int
    difference: float
    counted: bool = False

    @property
    def within(self) -> bool:
        """Whether nothing lies beyond the tolerance."""
        return self.difference <= (0 if self.counted else self.source.tolerance)


@dataclass(frozen=True)
class LeftOut:
    """What is recorded under a stem and not compared, or compared in part, and why."""

    stem: str
    why: str


Told = Iterator[Row | LeftOut]


def choices(metric: str, protocol: str, reference: str, found: Iterable[Any], wanted: Iterable[Any]) -> Row:
    """Compare texts, counts and choices, which are equal or not."""
    equal = [ours == theirs for ours, theirs in zip(found, wanted, strict=True)]
    return Row(Source(metric, protocol, reference), len(equal), equal.count(False), counted=True)


def first_commit(text: str) -> str:
    """The first abbreviated commit that a text names."""
    found = re.search(r"\b(?=[a-f]*\d)[0-9a-f]{7,8}\b", text)
    return found[0] if found else "commit not recorded"


def _floats(values: Any) -> npt.NDArray[np.float64]:
    """One row of the numbers in nested lists and arrays; ``None`` is not a number."""
    if isinstance(values, list | tuple):
        return np.concatenate([_floats(value) for value in values])
    return np.ravel(np.asarray(np.nan if values is None else values, dtype=np.float64))


def _largest_difference(
    found: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64], *, relative: bool
) -> float:
    if found.shape != wanted.shape:
        message = f"{found.size} numbers are compared with {wanted.size}"
        raise ValueError(message)
    if (np.isnan(found) != np.isnan(wanted)).any():
        return float("inf")
    defined = ~np.isnan(wanted)
    distances = np.abs(found[defined] - wanted[defined])
    if relative:
        sizes = np.abs(wanted[defined])
        distances = distances / np.where(sizes == 0, 1, sizes)
    return float(distances.max(initial=0))
