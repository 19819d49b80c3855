"""Training of the localizer: one seed in, checkpoints after every epoch, exact going on after a kill."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from cfbench.files import sha256_hex
from cfbench.randomness import derived_seed
from cfbench_detectors.localizer.feeding import Batch, Feed, kept_features
from cfbench_detectors.localizer.learning import Learner, begin_with
from cfbench_detectors.localizer.losses import Sight, class_weights, detection_loss, location_loss, sight
from cfbench_detectors.localizer.recipe import Recipe, recipe_of
from cfbench_detectors.pictures import Pictures, fitted, open_pictures
from cfbench_detectors.pieces import Pieces, at_work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cfbench.training import TrainingJob
    from cfbench_detectors.localizer.network import ObjectLocalizer
    from cfbench_detectors.resuming import State

CLASSES_OF_ICLEVR = 24  # as published: x and y of i-CLEVR's classes, x, y and depth of CoDraw's
_LOOKED_AT = 256  # images at once where nothing is learned


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


def train_localizer(job: TrainingJob, *, start: Path | None = None) -> Trained:
    """Train on every turn's image of the training split; keep the weights with the best validation F1.

    On one machine, with one number of threads, the same arguments give the same weights on a CPU, however often
    the training was ended and called again. A GPU computes in bfloat16 where that is safe. A piece is an epoch.

    Args:
        job: Its presets are ``smoke`` (seconds), ``cpu``, ``gpu`` and ``paper``, its options the :class:`Recipe`'s.
        start: Weights of an earlier training to begin with, of the same classes; else random ones.

    Raises:
        UsageError: The data set has no labelled scenes, the folder holds another training, or the recipe has no
            such option.
        DataError: A checkpoint is damaged, or the loss is no longer finite.
        EnvironmentLackError: Out of memory or disk; what was reached is kept.
    """
    recipe = recipe_of(job.preset, job.options)
    with at_work(job):
        run = _Run(job, recipe, start)
        run.train()
        return Trained(run.best_weights, run.state, recipe)


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


class _Run(Pieces[Batch]):
    """A training from where it stands."""

    word: ClassVar[str] = "epoch"
    remembered: ClassVar[float] = 0.99

    def __init__(self, job: TrainingJob, recipe: Recipe, start: Path | None) -> None:
        super().__init__(job, recipe, samples=recipe.samples, checked=recipe.samples)
        self._recipe = recipe
        if recipe.size != "full":
            self.refuse_smaller(recipe.side, verb="looks at")
        self.read(start=None if start is None else sha256_hex(start))
        painter, device = self.learned.painter, job.device
        side = min(recipe.side, painter.size)
        classes = len(painter.classes)
        coordinates = coordinates_of(classes)
        kept = coordinates, self.dataset.context.cache.folder, job.reporter
        pictures = open_pictures(self.learned, side, *kept)
        self._pictures = open_pictures(self.checked, side, *kept)
        empty = fitted(painter.empty(), side)
        self._feed = Feed(pictures, empty, recipe, seed=job.seed, device=device)
        self._class_weights = class_weights(pictures.present, recipe.balance).to(device)
        first = torch.Generator().manual_seed(derived_seed(job.seed, "weights") % 2**63)
        self._learner = Learner(recipe.scaled(), classes, coordinates, first)
        if start is not None:
            begin_with(self._learner, start)
        elif recipe.begins_at_means:
            self._learner.begin_at_means(pictures.present, pictures.places)
        self._learner.to(device)
        self._optimizer = torch.optim.Adam(
            self._learner.parameters(),
            recipe.rate,
            betas=(0.9, recipe.second_decay),
            amsgrad=recipe.amsgrad,
            fused=True,
        )
        self.begin(self._learner, self._optimizer, self._feed.steps)

    def batches(self, first: int, count: int) -> Iterator[Batch]:  # noqa: ARG002 - always an epoch's
        """Of an epoch."""
        return self._feed.epoch(first // self._feed.steps)

    def step(self, batch: Batch, step: int) -> dict[str, float]:
        """Of what there is, and of where it is."""
        recipe, job, learner = self._recipe, self.job, self._learner
        for group in self._optimizer.param_groups:
            group["lr"] = recipe.rate_at(step, self._feed.steps)
        shape = (len(batch), learner.network.inception3.channels)
        epoch, place = divmod(step, self._feed.steps)
        keep = kept_features(shape, recipe.dropout, seed=job.seed, epoch=epoch, step=place, device=job.device)
        kind = torch.device(job.device).type
        with torch.autocast(kind, torch.bfloat16, enabled=recipe.bfloat16 or kind == "cuda"):
            seen, readings = learner(batch.pixels, keep)
        detection = detection_loss(
            seen.logits.float(),
            batch.present,
            self._class_weights,
            smoothing=recipe.smoothing,
            positive_weight=recipe.positive_weight,
            saturates=recipe.saturates,
        )
        location = location_loss(
            seen.places.float(), batch.places, batch.present, reduction=recipe.location_reduction
        )
        total = detection + recipe.location_weight * location
        if recipe.grid_weight:
            grid = learner.reading_loss(readings, batch.places, batch.present)
            total = total + recipe.grid_weight * grid
        total.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return {"detection": detection.item(), "location": location.item()}

    def learn(self, piece: int) -> dict[str, Any]:
        """The losses stand beside the rest, and steps are an epoch's own."""
        entry = super().learn(piece)
        losses = entry.pop("losses")
        return {**entry, **losses, "steps": self._feed.steps}

    def check(self, number: int) -> dict[str, Any]:  # noqa: ARG002 - there is nothing to look at
        """How well the validation pictures are seen."""
        self._learner.eval()
        return asdict(looked_at(self._learner.network, self._pictures, self.job.device))

    def score(self, entry: Mapping[str, Any]) -> float:
        """F1."""
        return float(entry["f1"])

    def losses(self, entry: Mapping[str, Any]) -> str:
        """With as many digits as a location needs."""
        return f": detection {entry['detection']:.4f}, location {entry['location']:.5f}"

    def seen(self, entry: Mapping[str, Any]) -> str:
        """F1 and errors of place."""
        depth = "" if entry["depth_error"] is None else f", depth error {entry['depth_error']:.4f}"
        return (
            f"F1 {entry['f1']:.4f}, of final images {entry['f1_final']:.4f},"
            f" position error {entry['position_error']:.4f}{depth}"
        )
