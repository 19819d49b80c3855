"""What the mock data sets have in common: tiny, deterministic, each sample a pure function of its position."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.datasets.base import Dataset, Inputs_co, Split, Target_co

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGE_NETWORKS = {
    "image-features": "mock-features",
    "image-text": "mock-clip",
    "image-layers": "mock-layers",
    "lpips-layers": "mock-learned-layers",
    "latents": "mock-latents",
}
"""The networks that look at any image of squares, by kind."""

COUNTS = {"train": 24, "val": 8, "test": 8}
Record = dict[str, Any]


class MockSplit(Split[Inputs_co, Target_co]):
    """Samples by position. A record is JSON: what a sample is drawn and asked from."""

    rendering = "mock-squares-1"

    def __init__(self, name: str, count: int) -> None:
        """The first so many samples of a split."""
        self.name = name
        self.ids = [f"{name}_{index:05d}" for index in range(count)]

    @abstractmethod
    def specification(self, index: int) -> Record:
        """The record."""

    @abstractmethod
    def inputs(self, index: int, *, teacher_forced: bool = False) -> Inputs_co:
        """What a model sees; no task of these can be teacher-forced."""


class MockData(Dataset):
    """A mock data set, whose samples are those of a :class:`MockSplit`."""

    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "CC0-1.0"
    citation: ClassVar[str] = "cfbench"
    splits: ClassVar[tuple[str, ...]] = tuple(COUNTS)
    counts: ClassVar[Mapping[str, int]] = COUNTS
    samples: ClassVar[type[MockSplit[Any, Any]]]

    def open_split(self, name: str, limit: int | None) -> MockSplit[Any, Any]:
        """The first samples of a split."""
        count = self.counts[name]
        return self.samples(name, count if limit is None else min(limit, count))
