"""What is compared: a model with the weights of one training, and how that training is made."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, EnvironmentLackError
from cfbench.weights.card import SUFFIX, read_card
from cfbench.weights.finding import find_file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Arm:
    """A row of a table. ``key`` is its name in the published one.

    Args:
        key: As the published numbers call it, such as ``sscr@50``.
        label: As a reader sees it.
        model: The registered model.
        trained: Whether it has weights; a baseline has none.
        split: The split that it learns from, if that is not the data set's training split.
        options: Further options of its training; of a model without one, those of its runs.
        needs: The option of its training that names the weights of another arm, and that arm. Only where those are
            not what the training takes by itself: with a split, options or a seed.
        weights: What its file of weights is called, if not by the model's name.
        part: What tells its file of weights from the model's others; the split otherwise.
        seeded: Whether a seed changes it; else it is measured once.
    """

    key: str
    label: str
    model: str
    trained: bool = True
    split: str = ""
    options: tuple[tuple[str, str], ...] = ()
    needs: tuple[tuple[str, Arm], ...] = ()
    weights: str = ""
    part: str = ""
    seeded: bool = True

    @property
    def named(self) -> str:
        """The first part of the name of its file of weights."""
        return self.weights or self.model

    @property
    def told_apart(self) -> str:
        """The last part of that name; empty for the model's ordinary weights."""
        return self.part or self.split


@dataclass(frozen=True)
class Training:
    """The training behind an arm: its folder, its file of weights, and the line that makes it."""

    arm: Arm
    dataset: str
    preset: str
    seed: int | None
    """None: any; a training that is to be made then has seed 0."""
    trainings: Path
    flags: tuple[str, ...] = ()
    """What else ``cfbench train`` is told on this machine."""

    @property
    def part(self) -> str:
        """What tells the file from the model's ordinary weights."""
        seed = f"seed-{self.seed}" if self.seed else ""
        return "-".join(each for each in (self.arm.told_apart, seed) if each)

    @property
    def folder(self) -> Path:
        """Where ``cfbench train`` has it: its own default, but for what tells it apart."""
        parts = [self.arm.named, self.dataset, self.preset, str(self.seed or 0), self.arm.told_apart]
        return self.trainings / "--".join(re.sub(r"[^\w.-]+", "-", part) for part in parts if part)

    def found(self) -> Path | None:
        """The weights: installed, in a package, or in the training's folder; None where there are none."""
        arm = self.arm
        for part in dict.fromkeys((self.part, arm.told_apart)):
            try:
                path = find_file(arm.named, self.dataset, part)
            except EnvironmentLackError:
                continue
            if self._fits(path):
                return path
        return next((path for path in self._made() if path.is_file() and self._fits(path)), None)

    def path(self) -> Path:
        """The file of weights, whether or not it is there."""
        return self.found() or self._made()[-1]

    def lines(self) -> list[str]:
        """What to type to make it, with what it needs first."""
        if self.found() is not None:
            return []
        lines = [line for _, training in self._needed() for line in training.lines()]
        return [*dict.fromkeys(lines), self.line()]

    def line(self) -> str:
        """What to type to make it, once what it needs is there."""
        words = ["cfbench", "train", self.arm.model, "--dataset", self.dataset, "--preset", self.preset]
        for name, value in self.options().items():
            words += ["--option", f"{name}={value}"]
        if self.seed:
            words += ["--seed", str(self.seed)]
        if self.arm.told_apart or self.arm.named != self.arm.model:
            words += ["--out", str(self.folder)]
        return shlex.join([*words, *self.flags])

    def options(self) -> dict[str, str]:
        """Of its training, by name."""
        split = {"split": self.arm.split} if self.arm.split else {}
        needed = {
            name: str(training.path()) for name, training in self._needed() if not training.taken_by_itself()
        }
        return split | dict(self.arm.options) | needed

    def taken_by_itself(self) -> bool:
        """Whether a training that needs these weights finds them without being told."""
        found = self.found()
        return not self.part and found is not None and found.parent != self.folder

    def before(self) -> list[Training]:
        """The trainings that must be there first."""
        return [training for _, training in self._needed() if training.found() is None]

    def _needed(self) -> list[tuple[str, Training]]:
        return [
            (name, Training(arm, self.dataset, self.preset, self.seed, self.trainings, self.flags))
            for name, arm in self.arm.needs
        ]

    def _made(self) -> list[Path]:
        """What the training may call its file."""
        stem = f"{self.arm.named}-{self.dataset}"
        told = f"{stem}-{self.arm.split}" if self.arm.split else stem
        return [self.folder / f"{told}{SUFFIX}", self.folder / f"{stem}{SUFFIX}"]

    def _fits(self, path: Path) -> bool:
        """Whether the card says this split and this seed."""
        try:
            card = read_card(path)
        except CfbenchError:
            return True  # the run says what is wrong with it
        seed, split = card.noted("seed"), _base(card.noted("split"))
        return (self.seed is None or seed is None or seed == self.seed) and split in (None, self.arm.split)


def _base(split: Any) -> str | None:
    """The split that a card names, empty for the whole of the training split; None where it names none."""
    if split is None:
        return None
    return "" if split == "train" else str(split)
