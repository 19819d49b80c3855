"""Training of GeNeVA: one seed in, checkpoints, exact going on after a kill, filmstrips as it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.files import sha256_hex
from cfbench_detectors.pieces import Pieces, at_work
from cfbench_models.geneva.carding import MEASURED, details
from cfbench_models.geneva.checking import Check, judge_of
from cfbench_models.geneva.feeding import Feed, Turns
from cfbench_models.geneva.recipe import Recipe, recipe_of
from cfbench_models.geneva.starting import Beyond, fresh, learned_from
from cfbench_models.geneva.stepping import Stepper
from cfbench_models.geneva.vectors import begin_words
from cfbench_models.geneva.vocabulary import Vocabulary
from cfbench_models.geneva.weights import EditorCard, write_beside, write_editor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cfbench.training import TrainingJob

SAMPLES = "samples"


def train(job: TrainingJob, *, name: str = "geneva", beyond: Beyond | None = None) -> Path:
    """Train an editor on a data set's training split; the file of weights with the best validation.

    On one machine, with one number of threads, the same job gives the same weights on a CPU, however often it was
    ended and called again. Its folder holds checkpoints, ``log.txt`` and ``samples``.

    Args:
        job: Its presets are ``smoke`` (seconds), ``cpu``, ``gpu`` and ``paper``, its options the recipe's.
        name: Of the weights.
        beyond: Another training than GeNeVA's, which begins with its networks and has a recipe of its own, in the
            place of the job's preset and options.

    Raises:
        UsageError: The data set has no labelled scenes, the folder holds another training, or the recipe has no
            such option.
        DataError: A checkpoint is damaged, or a loss is no longer finite.
        EnvironmentLackError: Out of memory; what was reached is kept.
    """
    recipe = recipe_of(job.preset, job.options) if beyond is None else beyond.recipe
    with at_work(job):
        run = _Run(job, recipe, beyond)
        run.train()
        return run.export(name)


class _Run(Pieces[Turns]):
    """A training from where it stands."""

    beside: ClassVar[tuple[str, ...]] = ("discriminator.", "posterior.")

    def __init__(self, job: TrainingJob, recipe: Recipe, beyond: Beyond | None) -> None:
        super().__init__(job, recipe, split=recipe.split, samples=recipe.samples, checked=recipe.checked)
        self._recipe, self._beyond = recipe, beyond
        learned, dataset = self.learned, self.dataset
        self.refuse_smaller(recipe.size.side, verb="edits at")
        self._classes = tuple(learned.painter.classes)
        judge = judge_of(dataset.name)
        self.read(
            judge=None if judge is None else sha256_hex(judge),
            vectors=sha256_hex(Path(recipe.vectors)) if recipe.vectors else None,
            **({} if beyond is None else {"start": sha256_hex(beyond.start), **beyond.identity}),
        )
        if beyond is None:
            self._vocabulary = Vocabulary.of(text for each in learned.records for text in each.instructions)
            networks = fresh(recipe, len(self._vocabulary), len(self._classes), job.seed)
            if recipe.vectors and not self.state.epoch:
                begin_words(networks, self._vocabulary, Path(recipe.vectors), job.reporter)
            self._stepper = Stepper(networks.to(job.device), recipe)
        else:
            card, networks = learned_from(beyond, dataset.name, recipe, self._classes)
            self._vocabulary = card.vocabulary
            self._stepper = beyond.stepper(networks.to(job.device), recipe, learned, card.vocabulary)
        self._feed = Feed(
            learned,
            self._vocabulary,
            recipe,
            seed=job.seed,
            device=job.device,
            folder=dataset.context.cache.folder,
            reporter=job.reporter,
        )
        self._check = Check(self.checked, self._vocabulary, recipe, job.seed, judge)
        self.begin(self._stepper.networks, self._stepper.optimizer, self._feed.steps, recipe.piece)

    def batches(self, first: int, count: int) -> Iterator[Turns]:
        """Of the feed."""
        return self._feed.batches(first, count)

    def step(self, batch: Turns, step: int) -> dict[str, float]:
        """The discriminator's, the editor's, and what else the stepper learns by."""
        count = len(batch)
        noise, judged = self._feed.noise(step, count), self._feed.judged(step, count)
        return self._stepper.step(batch, noise, judged, step, self._recipe.rate_at(step, self.steps))

    def check(self, number: int) -> dict[str, Any]:
        """As :class:`Check` measures it, with filmstrips."""
        measured, made = self._check(self._stepper.networks.network, self.job.device)
        self._check.show(made, self.job.folder / SAMPLES, f"{number:04d}")
        return measured

    def score(self, entry: Mapping[str, Any]) -> float:
        """F1 where a detector judges, else how near the pixels are.

        Of a training whose rates fall at the end, what was reached then comes before all else: a detector sees what
        is there long before it is drawn well.
        """
        return float(entry["score"]) + self._recipe.cooled(entry["steps"], self.steps)

    def seen(self, entry: Mapping[str, Any]) -> str:
        """What is known of what can be measured."""
        known = {name: entry[name] for name in MEASURED if entry.get(name) is not None}
        return ", ".join(f"{name} {value:.4f}" for name, value in known.items())

    def export(self, name: str) -> Path:
        """The editor of the best checkpoint, in half precision, with its card."""
        from safetensors.torch import load_file

        tensors = load_file(self.best_weights)
        recipe = self._recipe
        known = details(recipe, self.best, turns=self._feed.turns) | self.details()
        known |= dict(self._beyond.details if self._beyond else {})
        card = EditorCard(
            name=name,
            dataset=str(self.identity["dataset"]),
            words=self._vocabulary.words,
            size=recipe.size,
            classes=self._classes,
            temperature=recipe.temperature,
            faults=recipe.faults,
            details=known,
        )
        path = self.target(name)
        beside = {key: value for key, value in tensors.items() if key.startswith(self.beside)}
        card = write_editor(path, {key: tensors[key] for key in tensors.keys() - beside}, card)
        write_beside(path, beside, card, recipe, known["licence"])
        return path
