"""Texts of other kinds, to see whether what was learned from reviews or captions holds there. They have no training split."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.base import Dataset
from cfbench.datasets.text.records import TextSplit
from cfbench.errors import EnvironmentLackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cfbench.datasets.text.records import TextRecord

SPLIT = "test"


class OutOfDomain(Dataset):
    """A data set of one split, ``test``; models learn from ``learned_from``, which has the same classes."""

    version: ClassVar[str] = "1"
    task: ClassVar[str] = "text-label"
    splits: ClassVar[tuple[str, ...]] = (SPLIT,)
    classes: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def wanted(cls, options: Mapping[str, str]) -> Sequence[Sequence[str]]:
        """The files to read under some options, each with every path below the data root where it may lie."""

    @classmethod
    def find(cls, root: Path, options: Mapping[str, str]) -> tuple[list[Path], list[str]]:
        """The files that are there, and where those are expected that are not."""
        found, absent = [], []
        for places in cls.wanted(options):
            file = next((root / place for place in places if (root / place).is_file()), None)
            if file is None:
                absent.append(places[0])
            else:
                found.append(file)
        return found, absent

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """The absent files that the default options read."""
        return cls.find(root, cls.resolve_options({}))[1]

    @abstractmethod
    def read(self, files: Sequence[Path]) -> list[TextRecord]:
        """Every sample."""

    def open_split(self, name: str, limit: int | None) -> TextSplit:
        """The first samples."""
        files, absent = self.find(self.context.root, self.chosen)
        if absent:
            why = f"missing below {self.context.root}: {', '.join(absent)}"
            raise EnvironmentLackError(f"These files of {self.name} are not installed", why, self.manual)
        return TextSplit(name, self.read(files)[:limit], self.classes)

    def left_out(self, count: int, of: int, why: str) -> None:
        """Say aloud what is not among the samples."""
        if count:
            self.context.reporter.line(f"{self.name}: {count:,} of {of:,} {why}; they are left out.")


def places(homes: Sequence[str], *names: str) -> list[str]:
    """Every name in every folder, the folder that is documented first."""
    return [f"{home}/{name}" for home in homes for name in names]
