"""Training of GeNeVA: one seed in, checkpoints, exact going on after a kill, filmstrips as it goes."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from cfbench.errors import DataError, UsageError
from cfbench.files import sha256_hex, write_text
from cfbench.reporter import Reporter, silent
from cfbench.threads import limited_threads
from cfbench_detectors.localizer.resuming import best_file, go_on, memory_told, read_state, write_state
from cfbench_models.geneva.carding import MEASURED, details
from cfbench_models.geneva.checking import Check, judge_of
from cfbench_models.geneva.feeding import Feed
from cfbench_models.geneva.recipe import Recipe, recipe_of
from cfbench_models.geneva.starting import Beyond, fresh, learned_from
from cfbench_models.geneva.stepping import Stepper
from cfbench_models.geneva.vectors import begin_words
from cfbench_models.geneva.vocabulary import Vocabulary
from cfbench_models.geneva.weights import EditorCard, write_beside, write_editor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets.edit import EditDataset, EditSplit
BESIDE = ("discriminator.", "posterior.")
"""The parts of the best networks that are kept beside the editor."""
LOG, SAMPLES = "log.txt", "samples"
SECONDS_BETWEEN_LINES = 60.0
_RECENT = 0.98  # weight of the past in the losses that are told


def train(
    dataset: EditDataset,
    *,
    preset: str = "cpu",
    seed: int = 0,
    folder: Path,
    device: str = "cpu",
    threads: int = 1,
    reporter: Reporter = silent,
    minutes: float | None = None,
    options: Mapping[str, Any] | None = None,
    name: str = "geneva",
    beyond: Beyond | None = None,
) -> Path:
    """Train an editor on a data set's training split; the file of weights with the best validation.

    On one machine, with one number of threads, the same arguments give the same weights on a CPU, however often
    the training was ended and called again.

    Args:
        dataset: Its pictures are drawn once and kept in its cache.
        preset: ``smoke`` (seconds), ``cpu``, ``gpu`` or ``paper``.
        seed: Decides the first weights, the order, the noise and what is judged.
        folder: Where checkpoints, ``log.txt`` and ``samples`` are; a training that is there is continued.
        device: Such as ``cpu`` or ``cuda``.
        threads: Of the processor, for this time.
        reporter: Told of progress, once a minute and at each checkpoint.
        minutes: Pause at the first checkpoint that is later; call again to go on.
        options: Changes to the preset's recipe, by name.
        name: Of the weights.
        beyond: Another training than GeNeVA's, which begins with its networks and has a recipe of its own.

    Raises:
        UsageError: The folder holds another training, or the recipe has no such option.
        DataError: A checkpoint is damaged, or a loss is no longer finite.
        EnvironmentLackError: Out of memory; what was reached is kept.
    """
    recipe = recipe_of(preset, options or {}) if beyond is None else beyond.recipe
    with limited_threads(threads), memory_told(folder):
        run = _Run(
            dataset, recipe, folder,
            seed=seed, device=device, threads=threads, reporter=reporter, beyond=beyond,
        )  # fmt: skip
        run.train(None if minutes is None else time.monotonic() + 60 * minutes)
        return run.export(name)


class _Run:
    """A training from where it stands. What the state calls an epoch is a piece: the steps to a checkpoint."""

    def __init__(
        self,
        dataset: EditDataset,
        recipe: Recipe,
        folder: Path,
        *,
        seed: int,
        device: str,
        threads: int,
        reporter: Reporter,
        beyond: Beyond | None,
    ) -> None:
        self._beyond = beyond
        self._dataset, self._recipe, self._seed = dataset, recipe, seed
        self._folder, self._device, self._reporter = folder, device, reporter
        train = cast("EditSplit", dataset.split(recipe.split or dataset.training_split, recipe.samples))
        check = dataset.open_split(dataset.validation_split, recipe.checked)
        self._classes = tuple(train.painter.classes)
        if train.painter.size < recipe.size.side:
            raise UsageError(
                f"The images of {dataset.name} have {train.painter.size} pixels a side, and the recipe edits at"
                f" {recipe.size.side}",
                "what is not in them cannot be learned",
                f"Take the data set's option size={recipe.size.side}",
            )
        judge = judge_of(dataset.name)
        self._identity = {
            "dataset": f"{dataset.name}@{dataset.version}",
            "samples": {split.name: split.fingerprint() for split in (train, check)},
            "rendering": train.rendering,
            "recipe": recipe.to_json(),
            "seed": seed,
            "device": torch.device(device).type,
            "threads": threads,
            "torch": torch.__version__,
            "judge": None if judge is None else sha256_hex(judge),
            "vectors": sha256_hex(Path(recipe.vectors)) if recipe.vectors else None,
            **({} if beyond is None else {"start": sha256_hex(beyond.start), **beyond.identity}),
        }
        self.state = read_state(folder, self._identity)
        if beyond is None:
            self._vocabulary = Vocabulary.of(text for each in train.records for text in each.instructions)
            self._networks = fresh(recipe, len(self._vocabulary), len(self._classes), seed)
            if recipe.vectors and not self.state.epoch:
                begin_words(self._networks, self._vocabulary, Path(recipe.vectors), reporter)
            self._stepper = Stepper(self._networks.to(device), recipe)
        else:
            card, self._networks = learned_from(beyond, dataset.name, recipe, self._classes)
            self._vocabulary = card.vocabulary
            self._stepper = beyond.stepper(self._networks.to(device), recipe, train, card.vocabulary)
        cache = dataset.context.cache.folder
        self._feed = Feed(
            train,
            self._vocabulary,
            recipe,
            seed=seed,
            device=device,
            folder=cache,
            reporter=reporter,
        )
        self._check = Check(check, self._vocabulary, recipe, seed, judge)
        self._steps = recipe.epochs * self._feed.steps
        self._piece = recipe.piece or self._feed.steps
        self._pieces = math.ceil(self._steps / self._piece)
        if self.state.epoch:
            go_on(folder, self.state, self._networks, self._stepper.optimizer)
            reporter.line(f"Going on after checkpoint {self.state.epoch} of {self._pieces} in {folder}")

    def train(self, until: float | None) -> None:
        """Piece after piece, to the end of the recipe, of patience or of time."""
        while not self.state.done:
            began = time.monotonic()
            entry = self._learn(self.state.epoch)
            measured, made = self._check(self._networks.network, self._device)
            seconds = time.monotonic() - began
            self._note({**entry, **measured}, seconds)
            write_state(self._folder, self.state, self._networks, self._stepper.optimizer, beside=BESIDE)
            self._check.show(made, self._folder / SAMPLES, f"{self.state.epoch:04d}")
            lines = [_line(each, self._pieces) for each in self.state.history]
            write_text(self._folder / LOG, "\n".join(lines) + "\n")
            self._reporter.line(lines[-1])
            if until is not None and time.monotonic() > until:
                break

    def _learn(self, piece: int) -> dict[str, Any]:
        """One piece; the recent losses and the speed."""
        first = piece * self._piece
        count = min(self._piece, self._steps - first)
        self._networks.train()
        told = began = time.monotonic()
        recent: dict[str, float] = {}
        with self._reporter.track(f"checkpoint {piece + 1} of {self._pieces}", count) as advance:
            for number, turns in enumerate(self._feed.batches(first, count)):
                losses = self._step(turns, first + number)
                weight = max(1 - _RECENT, 1 / (number + 1))
                for loss, value in losses.items():
                    before = recent.get(loss, value)
                    recent[loss] = before + weight * (value - before)
                advance(1)
                if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                    told = time.monotonic()
                    speed = (number + 1) * self._feed.turns / (told - began)
                    left = (self._steps - first - number) * self._feed.turns / speed / 60
                    values = ", ".join(f"{loss} {value:.4f}" for loss, value in recent.items())
                    self._reporter.line(
                        f"step {first + number + 1} of {self._steps}: {values};"
                        f" {speed:.0f} images/s, {left:.0f} minutes left"
                    )
        speed = count * self._feed.turns / (time.monotonic() - began)
        left = (self._steps - first - count) * self._feed.turns / speed
        return {"losses": recent, "steps": first + count, "images_per_second": speed, "seconds_left": left}

    def _step(self, turns: Any, step: int) -> dict[str, float]:
        count = len(turns)
        losses = self._stepper.step(
            turns,
            self._feed.noise(step, count),
            self._feed.judged(step, count),
            step,
            self._recipe.rate_at(step, self._steps),
        )
        if not all(math.isfinite(value) for value in losses.values()):
            raise DataError(
                f"The training in {self._folder} went astray in step {step + 1}",
                "a loss is no longer finite",
                "Remove the folder and train with lower rates",
            )
        return losses

    def _note(self, entry: dict[str, Any], seconds: float) -> None:
        state = self.state
        state.epoch += 1
        state.seconds += seconds
        state.history.append({"checkpoint": state.epoch, **entry})
        if not state.best or entry["score"] > state.history[state.best - 1]["score"]:
            state.best = state.epoch
        patience = self._recipe.patience
        tired = patience is not None and state.epoch - state.best >= patience
        state.done = state.epoch >= self._pieces or tired

    def export(self, name: str) -> Path:
        """The editor of the best checkpoint, in half precision, with its card."""
        from safetensors.torch import load_file

        tensors = load_file(self._folder / best_file(self.state))
        recipe, best = self._recipe, self.state.history[self.state.best - 1]
        known = details(
            recipe, self._identity, best, turns=self._feed.turns, seconds=self.state.seconds
        ) | dict(self._beyond.details if self._beyond else {})
        card = EditorCard(
            name,
            str(self._identity["dataset"]),
            "",
            recipe.size,
            self._vocabulary.words,
            self._classes,
            recipe.temperature,
            recipe.faults,
            known,
        )
        path = self._folder / f"{name}-{self._dataset.name}.safetensors"
        beside = {key: value for key, value in tensors.items() if key.startswith(BESIDE)}
        card = write_editor(path, {key: tensors[key] for key in tensors.keys() - beside}, card)
        write_beside(path, beside, card, recipe, known["licence"])
        return path


def _line(entry: Mapping[str, Any], pieces: int) -> str:
    """A checkpoint for a person."""
    losses = ", ".join(f"{name} {value:.4f}" for name, value in entry["losses"].items())
    known = {name: entry[name] for name in MEASURED if name in entry}
    seen = ", ".join(f"{name} {value:.4f}" for name, value in known.items() if value is not None)
    return (
        f"checkpoint {entry['checkpoint']} of {pieces}, step {entry['steps']}: {losses}; validation {seen};"
        f" {entry['images_per_second']:.0f} images/s, {entry['seconds_left'] / 60:.0f} minutes left"
    )
