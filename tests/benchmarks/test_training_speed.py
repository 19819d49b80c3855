"""How fast GeNeVA is trained beside a plain implementation of the same networks: images by second, on one thread.

Plain is what one would write first, and what the published loop does: a turn of the batch after the other, a step each;
its pictures are drawn when they are needed; channels before rows; full precision; Adam by parameter; the gradient penalty
in every step. Both see the same sequences with the same labels, judge the same share of turns and keep the same average.
The plain one is spared the history between turns, which it would have to carry on besides.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from beside import beside

torch = pytest.importorskip("torch")

from cfbench.cache import ContentCache  # noqa: E402
from cfbench.datasets import open_dataset  # noqa: E402
from cfbench.reporter import silent  # noqa: E402
from cfbench.threads import limited_threads  # noqa: E402
from cfbench_models.geneva.feeding import Feed, as_cells  # noqa: E402
from cfbench_models.geneva.recipe import PRESETS  # noqa: E402
from cfbench_models.geneva.starting import fresh  # noqa: E402
from cfbench_models.geneva.stepping import Stepper  # noqa: E402
from cfbench_models.geneva.text import Dialogues  # noqa: E402
from cfbench_models.geneva.vocabulary import Vocabulary  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cfbench_models.geneva.feeding import Turns
    from cfbench_models.geneva.recipe import Recipe

DIALOGUES = 48
STEPS = 16  # of ours in a round: one of them has the penalty
BATCHES = 2  # of plain in a round
TARGET = 2.0


class Training:
    """Networks, their sequences, and the steps that were made."""

    def __init__(self, recipe: Recipe, split: Any, folder: Path) -> None:
        words = Vocabulary.of(text for record in split.records for text in record.instructions)
        self.recipe, self.split, self.done = recipe, split, 0
        self.feed = Feed(split, words, recipe, seed=0, device="cpu", folder=folder, reporter=silent)
        self.networks = fresh(recipe, len(words), len(split.painter.classes), 0)
        self.stepper = Stepper(self.networks, recipe)

    def learn(self, batches: Iterator[Turns]) -> float:
        """A step each; the discriminator's last loss."""
        loss = math.nan
        for turns in batches:
            noise, judged = self.feed.noise(self.done, len(turns)), self.feed.judged(self.done, len(turns))
            loss = self.stepper.step(turns, noise, judged, self.done, 1.0)["discriminator"]
            self.done += 1
        return loss


class Plain(Training):
    """The same without any of what makes ours fast."""

    def __init__(self, recipe: Recipe, split: Any, folder: Path) -> None:
        super().__init__(replace(recipe, precision="fp32", penalty_every=1), split, folder)
        self.networks.to(memory_format=torch.contiguous_format)
        groups = [
            {name: group[name] for name in ("params", "lr", "first_rate", "betas")}
            for group in self.stepper.optimizer.param_groups
        ]
        self.stepper.optimizer = torch.optim.Adam(groups, foreach=False, fused=False)
        self.taken = 0

    def plain(self, batches: int) -> float:
        """The turns of some batches, one after the other; the discriminator's last loss."""
        loss = math.nan
        for _ in range(batches):
            batch = min(self.recipe.batch, len(self.split))
            chosen = np.arange(self.taken, self.taken + batch) % len(self.split)
            self.taken += batch
            loss = self.learn(self._one_by_one(chosen))
        return loss

    def _one_by_one(self, chosen: Any) -> Iterator[Turns]:
        turns = self.feed.take(chosen, self.done)
        records = [self.split.records[at] for at in chosen]
        frames = [self.split.painter.frames(record.scene) for record in records]
        canvas = self.split.painter.empty()
        for number in range(max(len(each) for each in frames)):
            still = [each for each in frames if number < len(each)]
            before = [each[number - 1] if number else canvas for each in still]
            yield self._turn(turns, number, np.stack(before), np.stack([each[number] for each in still]))

    def _turn(self, turns: Turns, number: int, before: Any, after: Any) -> Turns:
        rows = torch.nonzero(turns.dialogues.turn == number)[:, 0]
        there = torch.arange(len(rows))
        told = turns.dialogues
        cells = [as_cells(each, self.recipe.size.squeeze, "cpu").contiguous() for each in (before, after)]
        return replace(
            turns,
            dialogues=Dialogues(told.words[rows], told.lengths[rows], there, torch.zeros_like(there)),
            before=cells[0],
            after=cells[1],
            others=there.roll(-1),
            texts=tuple(turns.texts[row] for row in rows.tolist()),
            **{name: getattr(turns, name)[rows] for name in ("added", "present", "drawn", "points", "place")},
        )


def test_a_training_beside_a_plain_one(benchmark: Any, tmp_path: Path) -> None:
    quick = benchmark.disabled
    recipe = PRESETS["smoke" if quick else "cpu"]
    cache = ContentCache(tmp_path / "cache")
    dataset = open_dataset("iclevr-mini", root=tmp_path, options={}, reporter=silent, cache=cache)
    split = dataset.split("train", 4 if quick else DIALOGUES)
    ours, plain = (kind(recipe, split, tmp_path) for kind in (Training, Plain))
    steps, batches = (1, 1) if quick else (STEPS, BATCHES)
    turns = len(ours.feed.take(np.arange(min(recipe.batch, len(split)))))
    with limited_threads(1):
        losses = beside(
            benchmark,
            f"{turns * steps:,} images of GeNeVA's training, preset cpu, iclevr-mini, one thread",
            lambda: ours.learn(ours.feed.batches(ours.done, steps)),
            {"plain: NCHW, fp32, turn by turn": lambda: plain.plain(batches)},
            targets={"plain: NCHW, fp32, turn by turn": TARGET},
            parts={"plain: NCHW, fp32, turn by turn": batches / steps},
            rounds=2,
            note="of the same networks; beside other trainings on the same cores",
        )
    if told := benchmark.extra_info.get("beside"):
        speeds = [turns * steps / each["seconds"] for each in (told, *told["others"].values())]
        told["note"] += f"; {speeds[0]:.0f} against {speeds[1]:.0f} images/s"
    assert all(math.isfinite(loss) for loss in losses.values())
    assert ours.done >= 2 * steps
