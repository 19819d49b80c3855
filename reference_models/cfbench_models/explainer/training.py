"""Training of the explainer on true pairs of images: one seed in, checkpoints, exact going on after a kill."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from cfbench.errors import DataError, UsageError
from cfbench.files import sha256_hex, write_text
from cfbench.randomness import derived_seed
from cfbench.reporter import Reporter, silent
from cfbench.results.environment import capture_environment
from cfbench.threads import limited_threads
from cfbench_detectors.localizer.resuming import best_file, go_on, memory_told, read_state, write_state
from cfbench_models.explainer.checking import Check
from cfbench_models.explainer.learning import Learner, Stepper
from cfbench_models.explainer.recipe import OWN, Recipe, recipe_of
from cfbench_models.explainer.weights import ExplainerCard, write_explainer
from cfbench_models.geneva import recipe as editing
from cfbench_models.geneva.blocks import begin
from cfbench_models.geneva.feeding import Feed
from cfbench_models.geneva.vocabulary import Vocabulary
from cfbench_models.geneva.weights import read_editor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cfbench.datasets.edit import EditDataset, EditSplit

LOG, SAID = "log.txt", "said.txt"
SECONDS_BETWEEN_LINES = 60.0
ASTRAY = 100.0  # nats a word: far from anything that is learned
_RECENT = 0.98  # weight of the past in the loss that is told


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
    name: str = "explainer",
) -> Path:
    """Train an explainer on a data set's training split; the file of weights with the best validation.

    On one machine, with one number of threads, the same arguments give the same weights on a CPU, however often
    the training was ended and called again.

    Args:
        dataset: An editing data set. Its pictures are drawn once and kept in its cache.
        preset: ``smoke`` (seconds), ``cpu``, ``gpu`` or ``paper``.
        seed: Decides the first weights, the order, and what is noisy.
        folder: Where checkpoints, ``log.txt`` and ``said.txt`` are; a training that is there is continued.
        device: Such as ``cpu`` or ``cuda``.
        threads: Of the processor, for this time.
        reporter: Told of progress, once a minute and at each checkpoint.
        minutes: Pause at the first checkpoint that is later; call again to go on.
        options: Changes to the preset's recipe, by name.
        name: Of the weights.

    Raises:
        UsageError: The folder holds another training, or the recipe has no such option.
        DataError: A checkpoint is damaged, or what is learned leads nowhere.
        EnvironmentLackError: Memory ran out; the last checkpoint is kept.
    """
    recipe = recipe_of(preset, options or {})
    with limited_threads(threads), memory_told(folder):
        run = _Run(dataset, recipe, folder, seed=seed, device=device, threads=threads, reporter=reporter)
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
    ) -> None:
        recipe = adopted(recipe, dataset.name)
        self._dataset, self._recipe, self._seed = dataset, recipe, seed
        self._folder, self._device, self._reporter = folder, device, reporter
        self._split = recipe.split or dataset.training_split
        train = cast("EditSplit", dataset.split(self._split, recipe.samples))
        check = dataset.open_split(dataset.validation_split, recipe.checked)
        side = recipe.size.side
        if train.painter.size < side:
            raise UsageError(
                f"The images of {dataset.name} have {train.painter.size} pixels a side, and the recipe looks at {side}",
                "what is not in them cannot be learned",
                f"Take the data set's option size={side}",
            )
        self._vocabulary = Vocabulary.of(text for record in train.records for text in record.instructions)
        self._longest = max(
            len(self._vocabulary.encode(text)) for record in train.records for text in record.instructions
        )
        self._identity = {
            "dataset": f"{dataset.name}@{dataset.version}",
            "samples": {split.name: split.fingerprint() for split in (train, check)},
            "rendering": train.rendering,
            "recipe": {**recipe.to_json(), "history": Path(recipe.history).name},
            "history": None if recipe.history == OWN else sha256_hex(Path(recipe.history)),
            "seed": seed,
            "device": torch.device(device).type,
            "threads": threads,
            "torch": torch.__version__,
        }
        self.state = read_state(folder, self._identity)
        cache = dataset.context.cache.folder
        self._feed = Feed(
            train,
            self._vocabulary,
            editing.Recipe(
                size=editing.Size(side=side, squeeze=recipe.size.squeeze),
                batch=recipe.batch,
                unknown=recipe.unknown,
            ),
            seed=seed,
            device=device,
            folder=cache,
            reporter=reporter,
        )
        self._check = Check(check, self._vocabulary, side, self._longest, folder=cache, reporter=reporter)
        self._steps = recipe.epochs * self._feed.steps
        self._piece = recipe.piece or self._feed.steps
        self._pieces = math.ceil(self._steps / self._piece)
        self._learner = fresh(recipe, self._vocabulary, seed).to(device)
        self._stepper = Stepper(self._learner.network, recipe)
        if self.state.epoch:
            go_on(folder, self.state, self._learner, self._stepper.optimizer)
            reporter.line(f"Going on after checkpoint {self.state.epoch} of {self._pieces} in {folder}")

    def train(self, until: float | None) -> None:
        """Piece after piece, to the end of the recipe, of patience or of time."""
        while not self.state.done:
            began = time.monotonic()
            entry = self._learn(self.state.epoch)
            measured, said = self._check(self._learner.network, self._device)
            self._refuse_astray(measured["cross_entropy"], entry["steps"])
            self._note({**entry, **measured}, time.monotonic() - began)
            write_state(self._folder, self.state, self._learner, self._stepper.optimizer)
            write_text(self._folder / SAID, self._check.shown(said))
            lines = [_line(each, self._pieces) for each in self.state.history]
            write_text(self._folder / LOG, "\n".join(lines) + "\n")
            self._reporter.line(lines[-1])
            if until is not None and time.monotonic() > until:
                break

    def _learn(self, piece: int) -> dict[str, Any]:
        """One piece; the recent loss and the speed."""
        first = piece * self._piece
        count = min(self._piece, self._steps - first)
        self._learner.train()
        told = began = time.monotonic()
        recent: dict[str, float] = {}
        turns_done = 0
        with self._reporter.track(f"checkpoint {piece + 1} of {self._pieces}", count) as advance:
            for number, turns in enumerate(self._feed.batches(first, count)):
                step = first + number
                random = torch.Generator().manual_seed(derived_seed(self._seed, "noisy", step) % 2**63)
                losses = self._stepper.step(turns, random, self._recipe.rate_at(step, self._steps))
                turns_done += len(turns)
                self._follow(recent, losses, number, step)
                advance(1)
                if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                    told = time.monotonic()
                    left = (self._steps - step) * (told - began) / (number + 1) / 60
                    values = ", ".join(f"{loss} {value:.4f}" for loss, value in recent.items())
                    self._reporter.line(
                        f"step {step + 1} of {self._steps}: {values};"
                        f" {turns_done / (told - began):.0f} turns/s, {left:.0f} minutes left"
                    )
        seconds = time.monotonic() - began
        left = (self._steps - first - count) * seconds / count
        return {
            "losses": recent,
            "steps": first + count,
            "turns_per_second": turns_done / seconds,
            "seconds_left": left,
        }

    def _follow(self, recent: dict[str, float], losses: Mapping[str, float], number: int, step: int) -> None:
        weight = max(1 - _RECENT, 1 / (number + 1))
        for loss, value in losses.items():
            self._refuse_astray(value, step + 1)
            before = recent.get(loss, value)
            recent[loss] = before + weight * (value - before)

    def _refuse_astray(self, entropy: float, steps: int) -> None:
        if not entropy < ASTRAY:  # nor where it is not a number
            raise DataError(
                f"The training in {self._folder} went astray in step {steps}",
                f"its cross-entropy is {entropy:.6g} nats a word",
                "Remove the folder and train with a lower rate",
            )

    def _note(self, entry: dict[str, Any], seconds: float) -> None:
        state = self.state
        state.epoch += 1
        state.seconds += seconds
        state.history.append({"checkpoint": state.epoch, **entry})
        if not state.best or entry["cross_entropy"] < state.history[state.best - 1]["cross_entropy"]:
            state.best = state.epoch
        patience = self._recipe.patience
        tired = patience is not None and state.epoch - state.best >= patience
        state.done = state.epoch >= self._pieces or tired

    def export(self, name: str) -> Path:
        """The explainer of the best checkpoint, in half precision, with its card."""
        from safetensors.torch import load_file

        best = self.state.history[self.state.best - 1]
        card = ExplainerCard(
            name,
            str(self._identity["dataset"]),
            "",
            self._recipe.size,
            self._vocabulary.words,
            self._longest,
            self._details(best),
        )
        share = "" if self._split == self._dataset.training_split else f"-{self._split}"
        path = self._folder / f"{name}-{self._dataset.name}{share}.safetensors"
        write_explainer(path, load_file(self._folder / best_file(self.state)), card)
        return path

    def _details(self, best: Mapping[str, Any]) -> dict[str, Any]:
        """What people want to know of the weights."""
        recipe = self._recipe
        options = (
            ("squeeze", recipe.size.squeeze > 1, "the pixels of a cell are channels"),
            ("context", recipe.size.context, "words may look at the image before the edit, too"),
            (
                "noisy",
                recipe.noisy,
                f"{recipe.noisy:.0%} of the new images are blurred and noisy in training",
            ),
        )
        entropy = best["cross_entropy"]
        measured = {"cross_entropy": entropy, "perplexity": math.exp(entropy), "bleu": best["bleu"]}
        return {
            "what": "SSCR's explainer: images and earlier instructions in, the instruction out",
            "split": self._split,
            "history": "of its own" if recipe.history == OWN else "GeNeVA's text path, kept as it was",
            "unknown words": "have the probability of one unknown word, which is never said",
            "beside the paper": {option: words for option, chosen, words in options if chosen},
            "commit": capture_environment(Path(__file__).parent).git_commit,
            "identity": self._identity,
            "steps": best["steps"],
            "turns seen": round(best["steps"] * self._feed.turns),
            "hours": round(self.state.seconds / 3600, 2),
            "validation": {"dialogues": recipe.checked, **measured},
            "licence": self._dataset.licence,
        }


def adopted(recipe: Recipe, dataset: str) -> Recipe:
    """A recipe with the widths of the text path that it takes over."""
    if recipe.history == OWN:
        return recipe
    card, _ = read_editor(Path(recipe.history), dataset)
    size = replace(
        recipe.size, word=card.size.word, sentence=card.size.sentence, condition=card.size.condition
    )
    return replace(recipe, size=size)


def fresh(recipe: Recipe, vocabulary: Vocabulary, seed: int) -> Learner:
    """A network with its first weights, a pure function of the seed and of the text path that it takes over."""
    with torch.device("meta"):
        learner = Learner(recipe, len(vocabulary))
    learner.to_empty(device="cpu")
    begin(learner, torch.Generator().manual_seed(derived_seed(seed, "weights") % 2**63))
    if recipe.history != OWN:
        card, editor = read_editor(Path(recipe.history))
        if card.words != vocabulary.words:
            raise UsageError("This text path reads other words", f"those of {recipe.history}")
        learner.network.text.load_state_dict(editor.text.state_dict())
    return learner.to(memory_format=torch.channels_last)


def _line(entry: Mapping[str, Any], pieces: int) -> str:
    """A checkpoint for a person."""
    losses = ", ".join(f"{name} {value:.4f}" for name, value in entry["losses"].items())
    return (
        f"checkpoint {entry['checkpoint']} of {pieces}, step {entry['steps']}: {losses}; validation cross-entropy"
        f" {entry['cross_entropy']:.4f}, perplexity {math.exp(entry['cross_entropy']):.3f}, BLEU {entry['bleu']:.4f};"
        f" {entry['turns_per_second']:.0f} turns/s, {entry['seconds_left'] / 60:.0f} minutes left"
    )
