"""Training of the localizer: one seed in, checkpoints after every epoch, exact going on after a kill."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from cfbench.datasets.edit import EditDataset
from cfbench.errors import DataError, UsageError
from cfbench.files import sha256_hex, write_text
from cfbench.randomness import derived_seed
from cfbench.reporter import Reporter, silent
from cfbench_detectors.localizer.feeding import Feed, kept_features
from cfbench_detectors.localizer.learning import Learner
from cfbench_detectors.localizer.losses import Sight, class_weights, detection_loss, location_loss, sight
from cfbench_detectors.localizer.muon import Muon
from cfbench_detectors.localizer.pictures import Pictures, fitted, open_pictures
from cfbench_detectors.localizer.recipe import Recipe, recipe_of
from cfbench_detectors.localizer.resuming import (
    State,
    begin_with,
    best_file,
    go_on,
    memory_told,
    read_state,
    write_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cfbench_detectors.localizer.feeding import Batch
    from cfbench_detectors.localizer.network import ObjectLocalizer

LOG = "log.txt"
CLASSES_OF_ICLEVR = 24  # as published: x and y of i-CLEVR's classes, x, y and depth of CoDraw's
SECONDS_BETWEEN_LINES = 60.0
_LOOKED_AT = 256  # images at once where nothing is learned
_RECENT = 0.99  # weight of the past in the losses that are told


@dataclass(frozen=True)
class Trained:
    """What came of a training."""

    weights: Path
    """The safetensors with the best validation."""
    state: State
    recipe: Recipe

    @property
    def best(self) -> dict[str, Any]:
        """What was measured after the best epoch."""
        return self.state.history[self.state.best - 1]


def coordinates_of(classes: int) -> int:
    """How many coordinates are learned with so many classes."""
    return 2 if classes == CLASSES_OF_ICLEVR else 3


def train_localizer(
    dataset: EditDataset,
    *,
    preset: str = "cpu",
    seed: int = 0,
    folder: Path,
    reporter: Reporter = silent,
    threads: int = 1,
    device: str = "cpu",
    start: Path | None = None,
    minutes: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Trained:
    """Train on every turn's image of the training split; keep the weights with the best validation F1.

    On one machine, with one number of threads, the same arguments give the same weights on a CPU, however often
    the training was ended and called again. A GPU computes in bfloat16 where that is safe.

    Args:
        dataset: Its pictures are drawn once and kept in its cache.
        preset: ``smoke`` (seconds), ``cpu``, ``gpu`` or ``paper``.
        seed: Decides the first weights, the order and the dropout.
        folder: Where the checkpoints and ``log.txt`` are; a training that is there is continued.
        reporter: Told of progress, once a minute and after each epoch.
        threads: Of the processor, for this time.
        device: Such as ``cpu`` or ``cuda``.
        start: Weights of an earlier training to begin with, of the same classes; else random ones.
        minutes: Pause at the end of the first epoch that ends later; call again to go on.
        options: Changes to the preset's :class:`Recipe`, by name.

    Raises:
        UsageError: The folder holds another training, or the recipe has no such option.
        DataError: A checkpoint is damaged, or the loss is no longer finite.
        EnvironmentLackError: Out of memory or disk; what was reached is kept.
    """
    recipe = recipe_of(preset, options or {})
    if not isinstance(dataset, EditDataset):
        raise UsageError(f"'{dataset.name}' has no labelled scenes", f"its task is '{dataset.task}'")
    with _threads(threads), memory_told(folder):
        run = _Run(
            dataset,
            recipe,
            seed=seed,
            folder=folder,
            reporter=reporter,
            threads=threads,
            device=device,
            start=start,
        )
        run.train(None if minutes is None else time.monotonic() + 60 * minutes)
        return Trained(folder / best_file(run.state), run.state, recipe)


def looked_at(network: ObjectLocalizer, pictures: Pictures, device: str) -> Sight:
    """How well a network in eval mode sees pictures."""
    found, places = [], []
    with torch.inference_mode():
        for start in range(0, len(pictures), _LOOKED_AT):
            pixels = torch.from_numpy(pictures.images[start : start + _LOOKED_AT]).to(device)
            seen = network(pixels.permute(0, 3, 1, 2))
            found.append((seen.logits > 0).cpu().numpy())
            places.append(seen.places.float().cpu().numpy())
    return sight(
        np.concatenate(found), np.concatenate(places), pictures.present, pictures.places, pictures.final
    )


def optimizer_of(recipe: Recipe, learner: Learner) -> torch.optim.Optimizer:
    """What a recipe learns by."""
    parameters = list(learner.parameters())
    options: dict[str, Any] = {
        "lr": recipe.rate,
        "betas": (0.9, recipe.second_decay),
        "amsgrad": recipe.amsgrad,
        "fused": True,
    }
    if recipe.kernel_rate:
        return Muon(parameters, kernel_rate=recipe.kernel_rate, **options)
    return torch.optim.Adam(parameters, **options)


class _Run:
    """A training from where it stands."""

    def __init__(
        self,
        dataset: EditDataset,
        recipe: Recipe,
        *,
        seed: int,
        folder: Path,
        reporter: Reporter,
        threads: int,
        device: str,
        start: Path | None,
    ) -> None:
        self._recipe, self._seed, self._folder = recipe, seed, folder
        self._reporter, self._device = reporter, device
        train = dataset.open_split(dataset.training_split, recipe.samples)
        check = dataset.open_split(dataset.validation_split, recipe.samples)
        classes = len(train.painter.classes)
        coordinates = coordinates_of(classes)
        identity = {
            "dataset": f"{dataset.name}@{dataset.version}",
            "samples": {split.name: split.fingerprint() for split in (train, check)},
            "rendering": train.rendering,
            "recipe": recipe.to_json(),
            "start": None if start is None else sha256_hex(start),
            "seed": seed,
            "device": torch.device(device).type,
            "threads": threads,
            "torch": torch.__version__,
        }
        self.state = read_state(folder, identity)
        side = min(recipe.side, train.painter.size)
        if side < recipe.side and recipe.size != "full":
            raise UsageError(
                f"The images of {dataset.name} have {side} pixels a side, and the recipe looks at {recipe.side}",
                "what is not in them cannot be seen",
                f"Take the data set's option size={recipe.side}, or the recipe's side={side}",
            )
        cache = dataset.context.cache.folder
        pictures = open_pictures(train, side, coordinates, cache, reporter)
        self._check = open_pictures(check, side, coordinates, cache, reporter)
        empty = fitted(train.painter.empty(), side)
        self._feed = Feed(pictures, empty, recipe, seed=seed, device=device)
        self._class_weights = class_weights(pictures.present, recipe.balance).to(device)
        first = torch.Generator().manual_seed(derived_seed(seed, "weights") % 2**63)
        self._learner = Learner(recipe.scaled(), classes, coordinates, first)
        if start is not None:
            begin_with(self._learner, start)
        elif recipe.begins_at_means:
            self._learner.begin_at_means(pictures.present, pictures.places)
        self._learner.to(device)
        self._optimizer = optimizer_of(recipe, self._learner)
        if self.state.epoch:
            go_on(folder, self.state, self._learner, self._optimizer)
            reporter.line(f"Going on after epoch {self.state.epoch} of {recipe.epochs} in {folder}")

    def train(self, until: float | None) -> None:
        """Epoch after epoch, to the end of the recipe, of patience or of time."""
        while not self.state.done:
            began = time.monotonic()
            losses = self._epoch(self.state.epoch)
            seconds = time.monotonic() - began
            self._learner.eval()
            seen = looked_at(self._learner.network, self._check, self._device)
            self._note(losses, seen, seconds)
            self.state.seconds += time.monotonic() - began
            write_state(self._folder, self.state, self._learner, self._optimizer)
            lines = [_line(entry, self._recipe.epochs) for entry in self.state.history]
            write_text(self._folder / LOG, "\n".join(lines) + "\n")
            self._reporter.line(lines[-1])
            if until is not None and time.monotonic() > until:
                break

    def _epoch(self, epoch: int) -> tuple[float, float]:
        """One pass over the images; the recent losses of detection and location."""
        self._learner.train()
        steps, batch = self._feed.steps, self._recipe.batch
        told, mean = time.monotonic(), np.zeros(2)
        began = told
        with self._reporter.track(f"epoch {epoch + 1} of {self._recipe.epochs}", steps) as advance:
            for step, images in enumerate(self._feed.epoch(epoch)):
                losses = self._step(images, epoch, step)
                weight = max(1 - _RECENT, 1 / (step + 1))
                mean += weight * (np.array(losses) - mean)
                advance(1)
                if time.monotonic() - told > SECONDS_BETWEEN_LINES:
                    told = time.monotonic()
                    speed = (step + 1) * batch / (told - began)
                    self._reporter.line(
                        f"epoch {epoch + 1}, step {step + 1} of {steps}: detection {mean[0]:.4f},"
                        f" location {mean[1]:.5f}, {speed:.0f} images/s"
                    )
        return float(mean[0]), float(mean[1])

    def _step(self, images: Batch, epoch: int, step: int) -> tuple[float, float]:
        recipe = self._recipe
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.rate_at(epoch * self._feed.steps + step, self._feed.steps)
        shape = (len(images.present), self._learner.network.inception3.channels)
        keep = kept_features(
            shape, recipe.dropout, seed=self._seed, epoch=epoch, step=step, device=self._device
        )
        kind = torch.device(self._device).type
        with torch.autocast(kind, torch.bfloat16, enabled=recipe.bfloat16 or kind == "cuda"):
            seen, readings = self._learner(images.pixels, keep)
        detection = detection_loss(
            seen.logits.float(),
            images.present,
            self._class_weights,
            smoothing=recipe.smoothing,
            positive_weight=recipe.positive_weight,
            saturates=recipe.saturates,
        )
        location = location_loss(
            seen.places.float(), images.places, images.present, reduction=recipe.location_reduction
        )
        total = detection + recipe.location_weight * location
        if recipe.grid_weight:
            grid = self._learner.reading_loss(readings, images.places, images.present)
            total = total + recipe.grid_weight * grid
        total.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        found = detection.item(), location.item()
        if not all(math.isfinite(loss) for loss in found):
            raise DataError(
                f"The training in {self._folder} went astray in epoch {epoch + 1}",
                "its loss is no longer finite",
                "Remove the folder and train with a lower rate",
            )
        return found

    def _note(self, losses: tuple[float, float], seen: Sight, seconds: float) -> None:
        state = self.state
        state.epoch += 1
        state.history.append(
            {
                "epoch": state.epoch,
                "steps": self._feed.steps,
                "detection": losses[0],
                "location": losses[1],
                **asdict(seen),
                "images_per_second": self._feed.steps * self._recipe.batch / seconds,
                "seconds_left": seconds * (self._recipe.epochs - state.epoch),
            }
        )
        if not state.best or seen.f1 > state.history[state.best - 1]["f1"]:
            state.best = state.epoch
        patience = self._recipe.patience
        tired = patience is not None and state.epoch - state.best >= patience
        state.done = state.epoch >= self._recipe.epochs or tired


def _line(entry: Mapping[str, Any], epochs: int) -> str:
    """An epoch for a person."""
    depth = "" if entry["depth_error"] is None else f", depth error {entry['depth_error']:.4f}"
    return (
        f"epoch {entry['epoch']} of {epochs}: detection {entry['detection']:.4f}, location {entry['location']:.5f};"
        f" validation F1 {entry['f1']:.4f}, of final images {entry['f1_final']:.4f},"
        f" position error {entry['position_error']:.4f}{depth};"
        f" {entry['images_per_second']:.0f} images/s, {entry['seconds_left'] / 60:.0f} minutes left"
    )


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
