"""Small pairs of texts and of features, made here."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from cfbench.datasets.base import Dataset, Split
from cfbench.datasets.text.records import TextRecord, TextSplit
from cfbench.tasks.labels import ImageLabelInputs, ImageLabelTarget

WORDS = (("dull", "bad", "grim"), ("fine", "good", "glad"))
CLASSES = ("negative", "positive")
CUES = ("western", "romance")


def reviews(name="train", pairs=24, *, cue=True):
    """Reviews whose originals name a genre that goes with the label; an edit turns the words, not the genre."""
    records = []
    for pair in range(pairs):
        label = pair % 2
        for role, said in (("original", label), ("edited", 1 - label)):
            genre = CUES[label] if cue else CUES[pair // 2 % 2]
            text = f"A {genre} that is {WORDS[said][pair % 3]}, number {pair}"
            changed = label if role == "edited" else None
            records.append(
                TextRecord(f"{name}_{pair}_{role}", f"{name}_{pair}", role, changed, text, None, said)
            )
    return TextSplit(name, records, CLASSES)


class Tiny(Dataset):
    """The reviews as a data set."""

    name = "tiny"
    version = "1"
    task = "text-label"
    summary = licence = citation = "made here"
    splits = ("train", "val", "test")

    def open_split(self, name, limit):
        return reviews(name)


def inference(name="train", groups=12):
    """Premise and hypothesis in groups of an original and two edits."""
    relations = ("entailment", "neutral", "contradiction")
    ends = ("and it moves", "and it sings", "and nothing moves")
    records = []
    for group in range(groups):
        first = group % 3
        for number, label in enumerate((first, (first + 1) % 3, (first + 2) % 3)):
            role = "edited" if number else "original"
            records.append(
                TextRecord(
                    f"{name}_{group}_{number}",
                    f"{name}_{group}",
                    role,
                    first if number else None,
                    f"a dog runs number {group}",
                    f"an animal {ends[label]}",
                    label,
                )
            )
    return TextSplit(name, records, relations)


class Pictures(Split[ImageLabelInputs, ImageLabelTarget]):
    """Features of three classes: an original with two, an edit without the first of them, and a placebo."""

    classes: ClassVar[tuple[str, ...]] = ("ball", "dog", "tree")
    roles: ClassVar[tuple[str, ...]] = ("original", "edited", "placebo")

    def __init__(self, name="train", pairs=20):
        self.name = name
        self.ids = [f"{name}_{pair}_{role}" for pair in range(pairs) for role in self.roles]

    def _labels(self, index):
        pair, role = divmod(index, 3)
        labels = np.zeros(3, np.bool_)
        labels[[pair % 3, (pair + 1) % 3]] = True
        if role == 1:
            labels[pair % 3] = False
        return labels

    def inputs(self, index, *, teacher_forced=False):
        random = np.random.default_rng(index)
        features = np.concatenate([self._labels(index), random.normal(0, 0.1, 5)]).astype(np.float32)
        return ImageLabelInputs(self.ids[index], self.classes, features=features)

    def target(self, index):
        pair, role = divmod(index, 3)
        name = f"{self.name}_{pair}"
        if role != 1:
            return ImageLabelTarget(self._labels(index), name, self.roles[role])
        return ImageLabelTarget(self._labels(index), name, "edited", pair % 3, self.inputs(index - 1))

    def specification(self, index):
        return [self.ids[index], self._labels(index).tolist()]
