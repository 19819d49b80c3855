"""What is learned from: examples in groups, their labels as numbers, and what is a counterfactual of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from cfbench.errors import DataError, UsageError
from cfbench.tasks.labels import TextTarget
from cfbench.tasks.vqa import VqaTarget
from cfbench_models.gs.answers import accuracies, frequent_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from cfbench.datasets import Split
    from cfbench_models.gs.recipes import Relations

    Numbers = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float32]
    Reader = Callable[[Sequence[Any]], list[Any]]

IN_MEMORY = 2 * 1024**3
"""Bytes of features; with more, each sample is read anew whenever it is learned from."""


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
    that of the second; all others have one a class. Of questions, each output is for one of ``answers``.
    """

    inputs: Sequence[Any]
    wanted: Floats
    edited: npt.NDArray[np.bool_]
    groups: tuple[Numbers, ...]
    """The positions of an original and of its edits."""
    pairings: Pairings
    answers: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """How many numbers a network says of an example."""
        return int(self.wanted.shape[1])

    def read_by(self, reader: Reader) -> Material:
        """The same with the inputs as a network takes them."""
        inputs = self.inputs
        if isinstance(inputs, Later):
            return replace(self, inputs=Later(inputs.split, inputs.places, reader))
        return replace(self, inputs=reader(inputs))

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


@dataclass(frozen=True)
class Later(Sequence[Any]):
    """Samples of a split that are read when they are asked for."""

    split: Split[Any, Any]
    places: Sequence[int]
    reader: Reader = list

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, position: int) -> Any: ...
    @overload
    def __getitem__(self, position: slice) -> list[Any]: ...
    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return self.reader([self.split.inputs(place) for place in self.places[position]])
        return self.reader([self.split.inputs(self.places[position])])[0]


def _inputs(split: Split[Any, Any], places: Sequence[int]) -> Sequence[Any]:
    features = getattr(split.inputs(places[0]), "features", None)
    if features is not None and features.nbytes * len(places) > IN_MEMORY:
        return Later(split, places)
    return [split.inputs(place) for place in places]


def material_of(split: Split[Any, Any], answers: tuple[str, ...] = ()) -> Material:
    """The originals and edits of a split; placebos are not learned from.

    Questions have the given answers, or those that are frequent here.
    """
    every = [split.target(index) for index in range(len(split))]
    kept = [index for index, target in enumerate(every) if target.role != "placebo"]
    if not kept:
        raise UsageError(f"There is nothing to learn from in '{split.name}'", "it holds no samples")
    inputs = _inputs(split, kept)
    targets = [every[index] for index in kept]
    if isinstance(targets[0], VqaTarget):
        answers = answers or frequent_answers(targets)
        wanted = accuracies(targets, answers)
    else:
        wanted = np.array([_wanted(split, index, every[index], inputs[0]) for index in kept], np.float32)
    if wanted.shape[1] == 2 and isinstance(targets[0], TextTarget):
        wanted = wanted[:, 1:]
    members: dict[str, list[int]] = {}
    originals: dict[str, int] = {}
    for position, (index, target) in enumerate(zip(kept, targets, strict=True)):
        pair = target.pair or split.ids[index]
        members.setdefault(pair, []).append(position)
        if target.role != "edited":
            originals.setdefault(pair, position)
    edited = np.array([target.role == "edited" for target in targets])
    found = [
        _both_ways(originals[target.pair], position, target, wanted)
        for position, target in enumerate(targets)
        if target.role == "edited" and target.pair in originals
    ]
    columns = np.array([row for rows in found for row in rows], np.int64).reshape(-1, 4).T
    pairings = Pairings(columns[0], columns[1], columns[2], columns[3].astype(np.bool_))
    groups = tuple(np.array(each) for each in members.values())
    return Material(inputs, wanted, edited, groups, pairings, answers)


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


def _both_ways(original: int, edit: int, target: Any, wanted: Floats) -> list[tuple[int, int, int, int]]:
    """What points from the edit to its original, and back."""
    if isinstance(target, VqaTarget):  # the original has an answer that is right, the edit has none
        right = int(wanted[original].argmax())
        known = wanted[original, right] > 0
        return [(edit, original, right, 1), (original, edit, right, 0)] if known else []
    if target.changed is None:
        return []
    changed = int(target.changed)
    if not isinstance(target, TextTarget):  # the original has a class that the edit has not
        return [(edit, original, changed, 1), (original, edit, changed, 0)]
    if wanted.shape[1] == 1:
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
