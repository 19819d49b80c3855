"""The loop of every training here: one seed in, a checkpoint after every piece, exact going on after a kill.

A piece is the steps from one checkpoint to the next. On one machine, with one number of threads, the same job gives
the same weights on a CPU, however often it was ended and called again.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Sized
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

import torch

from cfbench.datasets.edit import EditDataset
from cfbench.errors import DataError, UsageError
from cfbench.files import write_text
from cfbench.results.environment import capture_environment
from cfbench.threads import limited_threads
from cfbench_detectors.resuming import best_file, go_on, memory_told, read_state, write_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cfbench.datasets.edit import EditSplit
    from cfbench.training import TrainingJob

Batch = TypeVar("Batch", bound=Sized)
LOG = "log.txt"
SECONDS_BETWEEN_LINES = 60.0


class Paced(Protocol):
    """What the loop wants to know of a recipe."""

    @property
    def epochs(self) -> int:
        """Passes over what is learned from."""

    @property
    def patience(self) -> int | None:
        """Checks without a better score after which training ends."""

    def to_json(self) -> dict[str, Any]:
        """Every option by its name."""


def editing_dataset(job: TrainingJob) -> EditDataset:
    """The data set of a job that needs labelled scenes; UsageError where it has none."""
    if not isinstance(job.dataset, EditDataset):
        raise UsageError(
            f"'{job.dataset.name}' has no labelled scenes to train on",
            f"its task is '{job.dataset.task}'",
            "Name an editing data set, such as iclevr-mini",
        )
    return job.dataset


class Pieces(ABC, Generic[Batch]):
    """A training from where it stands.

    A subclass makes what learns, and ends its ``__init__`` with :meth:`begin`. What the state calls an epoch is a
    piece.
    """

    word: ClassVar[str] = "checkpoint"
    """What a piece is called."""
    unit: ClassVar[str] = "images"
    """What a batch has so many of as its length."""
    remembered: ClassVar[float] = 0.98
    """The weight of the past in the losses that are told."""
    beside: ClassVar[tuple[str, ...]] = ()
    """How the names of the tensors begin that are kept of the best piece, beside those of ``network.``."""

    def __init__(
        self,
        job: TrainingJob,
        recipe: Paced,
        *,
        split: str = "",
        samples: int | None = None,
        checked: int | None = None,
    ) -> None:
        """Open what is learned from and what is checked.

        Args:
            job: Its data set has labelled scenes.
            recipe: Its ``epochs`` and ``patience`` are minded here.
            split: What is learned from; empty: the data set's training split.
            samples: Only so many of the first of them.
            checked: Only so many of the first of the validation split.
        """
        self.dataset = editing_dataset(job)
        self.job, self._paced = job, recipe
        self.split = split or self.dataset.training_split
        self.learned = cast("EditSplit", self.dataset.split(self.split, samples))
        self.checked = self.dataset.open_split(self.dataset.validation_split, checked)

    def refuse_smaller(self, side: int, *, verb: str) -> None:
        """UsageError where the images are smaller than what the recipe looks at, or whatever the ``verb`` says."""
        given = self.learned.painter.size
        if given < side:
            raise UsageError(
                f"The images of {self.dataset.name} have {given} pixels a side, and the recipe {verb} {side}",
                "what is not in them cannot be learned",
                f"Take the data set's option size={side}, or the recipe's side={given}",
            )

    def read(self, **own: Any) -> None:
        """Read where the training stands; ``own`` is what its result depends on beside the job and the data."""
        job, dataset = self.job, self.dataset
        self.identity = {
            "dataset": f"{dataset.name}@{dataset.version}",
            "samples": {split.name: split.fingerprint() for split in (self.learned, self.checked)},
            "rendering": self.learned.rendering,
            "recipe": self._paced.to_json(),
            "seed": job.seed,
            "device": torch.device(job.device).type,
            "threads": job.threads,
            "torch": torch.__version__,
            **own,
        }
        self.state = read_state(job.folder, self.identity)

    def begin(
        self, learner: torch.nn.Module, optimizer: torch.optim.Optimizer, steps: int, piece: int = 0
    ) -> None:
        """Take what learns, and go on where a checkpoint is.

        Args:
            learner: All that is kept in a checkpoint.
            optimizer: Of its parameters.
            steps: An epoch's.
            piece: Steps between checkpoints; 0: an epoch.
        """
        self._kept = learner, optimizer
        self.steps = self._paced.epochs * steps
        self._piece = piece or steps
        self._pieces = math.ceil(self.steps / self._piece)
        if self.state.epoch:
            go_on(self.job.folder, self.state, learner, optimizer)
            self.job.reporter.line(
                f"Going on after {self.word} {self.state.epoch} of {self._pieces} in {self.job.folder}"
            )

    @abstractmethod
    def batches(self, first: int, count: int) -> Iterator[Batch]:
        """What is learned from in so many steps from the step ``first``."""

    @abstractmethod
    def step(self, batch: Batch, step: int) -> dict[str, float]:
        """Learn from a batch; the losses by name."""

    @abstractmethod
    def check(self, number: int) -> dict[str, Any]:
        """What is measured after the piece of that number; what people may look at is kept in the folder."""

    @abstractmethod
    def score(self, entry: Mapping[str, Any]) -> float:
        """How good a piece was, by what was measured; higher is better."""

    @abstractmethod
    def seen(self, entry: Mapping[str, Any]) -> str:
        """What was measured, for a person."""

    def losses(self, entry: Mapping[str, Any]) -> str:
        """What was learned, for a person."""
        return f", step {entry['steps']}: {_told(entry['losses'])}"

    @property
    def best(self) -> dict[str, Any]:
        """What was measured after the best piece."""
        return self.state.history[self.state.best - 1]

    @property
    def best_weights(self) -> Path:
        """The weights of the best piece."""
        return self.job.folder / best_file(self.state)

    def target(self, name: str) -> Path:
        """The file of weights of that name. What learned from a share of the data says so in it."""
        share = "" if self.split == self.dataset.training_split else f"-{self.split}"
        return self.job.folder / f"{name}-{self.dataset.name}{share}.safetensors"

    def details(self) -> dict[str, Any]:
        """What people want to know of the best weights, whatever they are."""
        return {
            "split": self.split,
            "commit": capture_environment(Path(__file__).parent).git_commit,
            "identity": self.identity,
            "steps": self.best["steps"],
            "hours": round(self.state.seconds / 3600, 2),
            "licence": self.dataset.licence,
        }

    def train(self) -> None:
        """Piece after piece, to the end of the recipe, of patience or of the job's time."""
        minutes = self.job.minutes
        until = math.inf if minutes is None else time.monotonic() + 60 * minutes
        state = self.state
        while not state.done:
            began = time.monotonic()
            entry = self.learn(state.epoch)
            self._note({**entry, **self.check(state.epoch + 1)}, began)
            write_state(self.job.folder, state, *self._kept, beside=self.beside)
            lines = [self._line(each) for each in state.history]
            write_text(self.job.folder / LOG, "\n".join(lines) + "\n")
            self.job.reporter.line(lines[-1])
            if time.monotonic() > until:
                break

    def learn(self, piece: int) -> dict[str, Any]:
        """Make the steps of a piece; the recent losses and the speed."""
        first = piece * self._piece
        count = min(self._piece, self.steps - first)
        self._kept[0].train()
        told = began = time.monotonic()
        recent: dict[str, float] = {}
        done = 0
        with self.job.reporter.track(f"{self.word} {piece + 1} of {self._pieces}", count) as advance:
            for number, batch in enumerate(self.batches(first, count)):
                losses = self.step(batch, first + number)
                self._refuse_astray(losses, first + number + 1)
                done += len(batch)
                weight = max(1 - self.remembered, 1 / (number + 1))
                for name, value in losses.items():
                    before = recent.get(name, value)
                    recent[name] = before + weight * (value - before)
                advance(1)
                if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                    told = time.monotonic()
                    left = (self.steps - first - number) * (told - began) / (number + 1) / 60
                    self.job.reporter.line(
                        f"step {first + number + 1} of {self.steps}: {_told(recent)};"
                        f" {done / (told - began):.0f} {self.unit}/s, {left:.0f} minutes left"
                    )
        seconds = time.monotonic() - began
        return {
            "losses": recent,
            "steps": first + count,
            f"{self.unit}_per_second": done / seconds,
            "seconds_left": (self.steps - first - count) * seconds / count,
        }

    def _refuse_astray(self, losses: Mapping[str, float], steps: int) -> None:
        if not all(math.isfinite(value) for value in losses.values()):
            raise self.astray(f"step {steps}", "a loss is no longer finite")

    def astray(self, where: str, why: str) -> DataError:
        """The error of a training that leads nowhere."""
        return DataError(
            f"The training in {self.job.folder} went astray in {where}",
            why,
            "Remove the folder and train with lower rates",
        )

    def _note(self, entry: dict[str, Any], began: float) -> None:
        state = self.state
        state.epoch += 1
        state.seconds += time.monotonic() - began
        state.history.append({self.word: state.epoch, **entry})
        if not state.best or self.score(entry) > self.score(self.best):
            state.best = state.epoch
        patience = self._paced.patience
        tired = patience is not None and state.epoch - state.best >= patience
        state.done = state.epoch >= self._pieces or tired

    def _line(self, entry: Mapping[str, Any]) -> str:
        """A piece for a person."""
        return (
            f"{self.word} {entry[self.word]} of {self._pieces}{self.losses(entry)}; validation {self.seen(entry)};"
            f" {entry[f'{self.unit}_per_second']:.0f} {self.unit}/s, {entry['seconds_left'] / 60:.0f} minutes left"
        )


@contextmanager
def at_work(job: TrainingJob) -> Iterator[None]:
    """Hold the job to its threads, and tell a lack of memory in one line."""
    with limited_threads(job.threads), memory_told(job.folder):
        yield


def _told(losses: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in losses.items())
