"""What a reproduction is, and what one can be told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from cfbench.config import available_threads
from cfbench.reporter import Reporter, silent

if TYPE_CHECKING:
    from cfbench.reproduction.outcome import Outcome
    from cfbench.reproduction.workshop import Workshop


@dataclass(frozen=True)
class Settings:
    """How something is reproduced."""

    dataset: str | None = None
    """The data set; the first of the reproduction's own otherwise."""
    preset: str = "cpu"
    """Of the trainings that are named or made."""
    seeds: tuple[int, ...] = ()
    """Of the trainings, and of their runs; without any, the weights that are there, run with seed 0."""
    limit: int | None = None
    """Only the first samples of the test split; marked in every table."""
    train: bool = False
    """Whether trainings that are missing are made."""
    runs: Path = Path("results")
    """Where run folders are: runs that are there are not made again."""
    trainings: Path = Path("training")
    """Where trainings are."""
    device: str = "cpu"
    threads: int = field(default_factory=available_threads)
    """Of each run."""
    jobs: int = 1
    """Runs of one arm that are made at once, where it is run with several seeds."""
    resamples: int = 1000
    data_root: Path | None = None
    official: bool = False
    reporter: Reporter = silent


class Reproduction(ABC):
    """A table or figure of a paper. Subclasses are registered by ``paper/table``, the name of the published one."""

    name: ClassVar[str]
    summary: ClassVar[str]
    version: ClassVar[str] = "1"
    datasets: ClassVar[tuple[str, ...]]
    """The data sets that it can be measured on; the first is taken unless another is named. Empty: it needs none."""

    @abstractmethod
    def run(self, work: Workshop) -> Outcome:
        """Measure what can be measured."""
