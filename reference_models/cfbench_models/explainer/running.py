"""Explaining edits, and telling how likely texts are.

No bit of a sample's answer depends on the samples beside it: norms keep their statistics, what was said before is
read one dialogue at a time, images are looked at in batches of one size, and given texts are read one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from cfbench_models.geneva.feeding import as_cells
from cfbench_models.geneva.text import Dialogues, dialogues_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfbench.tasks.base import Image
    from cfbench_models.explainer.network import Explainer, Seen
    from cfbench_models.geneva.vocabulary import Vocabulary

BATCH = 16  # always: the last one is filled up


class Edit(NamedTuple):
    """An edit to explain."""

    before: Image
    after: Image
    earlier: list[list[int]]
    """The numbers of the words of each turn before it."""


@torch.inference_mode()
def explained(
    explainer: Explainer, edits: Sequence[Edit], longest: int, *, device: str = "cpu"
) -> list[list[int]]:
    """The numbers of the words that are said of each edit; ``explainer`` is in eval mode, images are as large as its."""
    out: list[list[int]] = []
    for seen, count in _seen(explainer, edits, device):
        out += explainer.said(seen, longest)[:count]
    return out


@torch.inference_mode()
def likelihoods(
    explainer: Explainer, edits: Sequence[Edit], texts: Sequence[Sequence[int]], *, device: str = "cpu"
) -> list[list[float]]:
    """Minus the natural logarithm of the probability of each word of a text, and of its end."""
    rows = (seen.of(row) for seen, count in _seen(explainer, edits, device) for row in range(count))
    out = []
    for seen, text in zip(rows, texts, strict=True):
        tokens = torch.tensor([list(text)], dtype=torch.long, device=device)
        out.append(explainer.spoken(seen, tokens, torch.tensor([len(text)]))[0].tolist())
    return out


def _seen(explainer: Explainer, edits: Sequence[Edit], device: str) -> Iterator[tuple[Seen, int]]:
    """What is seen of a batch of edits, and how many they are."""
    size = explainer.size
    for start in range(0, len(edits), BATCH):
        chosen = edits[start : start + BATCH]
        images = np.zeros((2, BATCH, size.side, size.side, 3), np.uint8)
        history = torch.zeros(BATCH, size.condition, device=device)
        for row, edit in enumerate(chosen):
            images[0, row], images[1, row] = edit.before, edit.after
            if edit.earlier:
                now: list[int] = []  # not said yet
                told = dialogues_of([[*edit.earlier, now]])
                told = Dialogues(*(each if each is told.lengths else each.to(device) for each in told))
                history[row] = explainer.history(told)[-1]
        before, after = (explainer.features(as_cells(each, size.squeeze, device)) for each in images)
        yield explainer.look(before, after, history), len(chosen)


def words_of(numbers: Sequence[int], vocabulary: Vocabulary) -> list[str]:
    """The words of numbers, which are known ones."""
    known = vocabulary.words
    special = len(vocabulary) - len(known)
    return [known[number - special] for number in numbers]
