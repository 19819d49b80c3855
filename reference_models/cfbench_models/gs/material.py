"""What is learned from: examples in groups, their labels as numbers, and what is a counterfactual of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError, UsageError
from cfbench.tasks.labels import TextTarget

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from cfbench.datasets import Split
    from cfbench_models.gs.recipes import Relations

    Numbers = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pairings:
    """From which example to which the gradient of which logit should point, and whether that logit rises there."""

    at: Numbers
    towards: Numbers
    logit: Numbers
    rises: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def of(self, chosen: npt.NDArray[np.bool_]) -> Pairings:
        """Those that are chosen."""
        return Pairings(self.at[chosen], self.towards[chosen], self.logit[chosen], self.rises[chosen])


@dataclass(frozen=True)
class Material:
    """The examples of a split, by position.

    ``wanted`` (examples, outputs) is what each output should say. Two classes of which one is true have one output,
    that of the second; all others have one a class.
    """

    inputs: Sequence[Any]
    wanted: Floats
    edited: npt.NDArray[np.bool_]
    groups: tuple[Numbers, ...]
    """The positions of an original and of its edits."""
    pairings: Pairings

    @property
    def outputs(self) -> int:
        """How many numbers a network says of an example."""
        return int(self.wanted.shape[1])

    def batches(
        self, size: int, random: np.random.Generator, *, edited: bool
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Every group once, in a random order: whole groups until there are ``size`` examples or more."""
        batch: list[Numbers] = []
        count = 0
        for group in random.permutation(len(self.groups)):
            positions = self.groups[group]
            positions = positions if edited else positions[~self.edited[positions]]
            batch.append(positions)
            count += len(positions)
            if count >= size:
                yield np.concatenate(batch)
                batch, count = [], 0
        if count:
            yield np.concatenate(batch)


def material_of(split: Split[Any, Any]) -> Material:
    """The originals and edits of a split; placebos are not learned from."""
    targets = [split.target(index) for index in range(len(split))]
    kept = [index for index, target in enumerate(targets) if target.role != "placebo"]
    if not kept:
        raise UsageError(f"There is nothing to learn from in '{split.name}'", "it holds no samples")
    inputs = [split.inputs(index) for index in kept]
    wanted = np.array([_wanted(split, index, targets[index], inputs[0]) for index in kept], np.float32)
    if wanted.shape[1] == 2 and isinstance(targets[0], TextTarget):
        wanted = wanted[:, 1:]
    members: dict[str, list[int]] = {}
    originals: dict[str, int] = {}
    for position, index in enumerate(kept):
        pair = targets[index].pair or split.ids[index]
        members.setdefault(pair, []).append(position)
        if targets[index].role != "edited":
            originals.setdefault(pair, position)
    edited = np.array([targets[index].role == "edited" for index in kept])
    found = [
        _both_ways(originals[target.pair], position, target, int(wanted.shape[1]))
        for position, target in enumerate(targets[index] for index in kept)
        if target.role == "edited" and target.pair in originals and target.changed is not None
    ]
    columns = np.array([row for rows in found for row in rows], np.int64).reshape(-1, 4).T
    pairings = Pairings(columns[0], columns[1], columns[2], columns[3].astype(np.bool_))
    return Material(inputs, wanted, edited, tuple(np.array(each) for each in members.values()), pairings)


def _wanted(split: Split[Any, Any], index: int, target: Any, first: Any) -> npt.NDArray[np.float32]:
    classes = len(first.classes)
    said = np.zeros(classes, np.float32)
    labels = target.label if isinstance(target, TextTarget) else np.asarray(target.labels, np.bool_)
    try:
        said[labels] = 1
    except IndexError as error:
        raise DataError(
            f"Sample {split.ids[index]} has a label that is none of the {classes} classes", str(error)
        ) from error
    return said


def _both_ways(original: int, edit: int, target: Any, outputs: int) -> list[tuple[int, int, int, int]]:
    """What points from the edit to its original, and back."""
    changed = int(target.changed)
    if not isinstance(target, TextTarget):  # the original has a class that the edit has not
        return [(edit, original, changed, 1), (original, edit, changed, 0)]
    if outputs == 1:
        return [
            (edit, original, 0, int(changed == 1)),
            (original, edit, 0, int(target.label == 1)),
        ]
    return [(edit, original, changed, 1), (original, edit, target.label, 1)]


def drawn(material: Material, relations: Relations, random: np.random.Generator) -> Pairings | None:
    """The pairings that an arm learns from; drawn once, where they are drawn."""
    true = material.pairings
    if relations == "none":
        return None
    if relations == "true":
        return true
    if relations == "random":
        anyone = random.integers(len(material.wanted), size=len(true))
        return Pairings(true.at, anyone, true.logit, random.integers(2, size=len(true)).astype(np.bool_))
    has = material.wanted[true.towards, true.logit] > 0
    towards = true.towards.copy()
    for logit in np.unique(true.logit):
        for value in (False, True):
            these = np.flatnonzero((true.logit == logit) & (has == value))
            others = np.flatnonzero((material.wanted[:, logit] > 0) == value)
            towards[these] = random.choice(others, size=len(these))
    return Pairings(true.at, towards, true.logit, true.rises)
