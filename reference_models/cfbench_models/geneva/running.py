"""Editing freely: each turn edits the image that the turn before it made.

No bit of a sample's images depends on the samples beside it: norms keep their statistics, noise is drawn for
(seed, sample, turn), texts are read one turn at a time, and images are edited in batches of one size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from cfbench.randomness import generator
from cfbench_models.geneva.feeding import as_bytes, as_cells, noise_of
from cfbench_models.geneva.text import dialogues_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from cfbench.tasks.edit import Image
    from cfbench_models.geneva.editor import Editor

BATCH = 16  # always: the last one is filled up


class Wanted(NamedTuple):
    """A dialogue to edit by."""

    sample: str
    texts: list[list[int]]
    """The numbers of the words of each turn."""
    start: Image
    previous: tuple[Image, ...] | None = None
    """The images to edit instead of one's own, a turn each."""


def run_freely(
    editor: Editor,
    wanted: Sequence[Wanted],
    *,
    seed: int,
    temperature: float,
    device: str = "cpu",
    batch_statistics: bool = False,
    seeded: bool = True,
) -> list[list[Image]]:
    """The images of each dialogue, one a turn.

    Args:
        editor: Is put into eval mode.
        wanted: The images are as large as the editor's.
        seed: Of the noise.
        temperature: Of the choice of places.
        device: Where the editor is.
        batch_statistics: Published: batch norms take the statistics of the batch.
        seeded: Whether noise is drawn from the seed; as published it was not.
    """
    editor.train(batch_statistics)
    out: list[list[Image]] = []
    with torch.inference_mode():
        for start in range(0, len(wanted), BATCH):
            chosen = wanted[start : start + BATCH]
            out += _batch(editor, chosen, seed, temperature, device, seeded=seeded)
    editor.eval()
    return out


def _batch(
    editor: Editor, wanted: Sequence[Wanted], seed: int, temperature: float, device: str, *, seeded: bool
) -> list[list[Image]]:
    conditions = [_conditions(editor, dialogue.texts, device) for dialogue in wanted]
    side = editor.size.side
    out: list[list[Image]] = [[] for _ in wanted]
    images = np.zeros((BATCH, side, side, 3), np.uint8)
    for row, dialogue in enumerate(wanted):
        images[row] = dialogue.start
    for turn in range(max(len(dialogue.texts) for dialogue in wanted)):
        rows = [row for row, dialogue in enumerate(wanted) if turn < len(dialogue.texts)]
        condition = torch.zeros(BATCH, editor.size.condition, device=device)
        names: list[tuple[str | int, ...]] = [("geneva", "nobody")] * BATCH
        for row in rows:
            condition[row] = conditions[row][turn]
            names[row] = ("geneva", wanted[row].sample, turn)
            previous = wanted[row].previous
            if previous is not None:
                images[row] = previous[turn]
        generators = [generator(seed, *name) if seeded else np.random.default_rng() for name in names]
        before = as_cells(images, editor.size.squeeze, device)
        noise = noise_of(editor.size, generators, device)
        made = as_bytes(
            editor.edit(before, condition, noise, temperature=temperature).images, editor.size.squeeze
        )
        for row in rows:
            images[row] = made[row]
            out[row].append(made[row].copy())
    return out


def _conditions(editor: Editor, texts: list[list[int]], device: str) -> list[Tensor]:
    """The condition of each turn, (condition,). They are read one by one, so that no bit depends on a later turn."""
    path = editor.text.eval()  # it has the statistics of single turns only: they are never used
    carried = torch.zeros(1, editor.size.condition, device=device)
    conditions = []
    for text in texts:
        told = dialogues_of([[text]])
        condition, carried = path.next(told.words.to(device), told.lengths, carried)
        conditions.append(condition[0])
    return conditions
