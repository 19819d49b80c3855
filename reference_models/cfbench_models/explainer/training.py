"""Training of the explainer on true pairs of images: one seed in, checkpoints, exact going on after a kill."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from cfbench.errors import UsageError
from cfbench.files import sha256_hex, write_text
from cfbench.randomness import derived_seed
from cfbench_detectors.pieces import Pieces, at_work
from cfbench_models.explainer.checking import Check
from cfbench_models.explainer.learning import Learner, Stepper
from cfbench_models.explainer.recipe import OWN, Recipe, recipe_of
from cfbench_models.explainer.weights import ExplainerCard, write_explainer
from cfbench_models.geneva import recipe as editing
from cfbench_models.geneva.blocks import begin
from cfbench_models.geneva.feeding import Feed, Turns
from cfbench_models.geneva.vocabulary import Vocabulary
from cfbench_models.geneva.weights import read_editor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cfbench.training import TrainingJob

NAME, SAID = "explainer", "said.txt"
ASTRAY = 100.0  # nats a word: far from anything that is learned


def train(job: TrainingJob) -> Path:
    """Train an explainer on a data set's training split; the file of weights with the best validation.

    On one machine, with one number of threads, the same job gives the same weights on a CPU, however often it was
    ended and called again. Its folder holds checkpoints, ``log.txt`` and ``said.txt``.

    Args:
        job: Its presets are ``smoke`` (seconds), ``cpu``, ``gpu`` and ``paper``, its options the recipe's.

    Raises:
        UsageError: The data set has no labelled scenes, the folder holds another training, or the recipe has no
            such option.
        DataError: A checkpoint is damaged, or what is learned leads nowhere.
        EnvironmentLackError: Memory ran out; the last checkpoint is kept.
    """
    recipe = recipe_of(job.preset, job.options)
    with at_work(job):
        run = _Run(job, adopted(recipe, job.dataset.name))
        run.train()
        return run.export()


class _Run(Pieces[Turns]):
    """A training from where it stands."""

    unit: ClassVar[str] = "turns"

    def __init__(self, job: TrainingJob, recipe: Recipe) -> None:
        super().__init__(job, recipe, split=recipe.split, samples=recipe.samples, checked=recipe.checked)
        self._recipe = recipe
        learned, cache = self.learned, self.dataset.context.cache.folder
        side = recipe.size.side
        self.refuse_smaller(side, verb="looks at")
        self._vocabulary = Vocabulary.of(text for each in learned.records for text in each.instructions)
        self._longest = max(
            len(self._vocabulary.encode(text)) for each in learned.records for text in each.instructions
        )
        self.read(
            recipe={**recipe.to_json(), "history": Path(recipe.history).name},
            history=None if recipe.history == OWN else sha256_hex(Path(recipe.history)),
        )
        self._feed = Feed(
            learned,
            self._vocabulary,
            editing.Recipe(
                size=editing.Size(side=side, squeeze=recipe.size.squeeze),
                batch=recipe.batch,
                unknown=recipe.unknown,
            ),
            seed=job.seed,
            device=job.device,
            folder=cache,
            reporter=job.reporter,
        )
        self._check = Check(
            self.checked, self._vocabulary, side, self._longest, folder=cache, reporter=job.reporter
        )
        learner = fresh(recipe, self._vocabulary, job.seed).to(job.device)
        self._network = learner.network
        self._stepper = Stepper(self._network, recipe)
        self.begin(learner, self._stepper.optimizer, self._feed.steps, recipe.piece)

    def batches(self, first: int, count: int) -> Iterator[Turns]:
        """Of the feed."""
        return self._feed.batches(first, count)

    def step(self, batch: Turns, step: int) -> dict[str, float]:
        """The cross-entropy of a word, mean over the batch."""
        random = torch.Generator().manual_seed(derived_seed(self.job.seed, "noisy", step) % 2**63)
        losses = self._stepper.step(batch, random, self._recipe.rate_at(step, self.steps))
        self._refuse_above(f"step {step + 1}", losses["cross_entropy"])
        return losses

    def _refuse_above(self, where: str, entropy: float) -> None:
        if not entropy < ASTRAY:  # nor where it is not a number
            raise self.astray(where, f"its cross-entropy is {entropy:.6g} nats a word")

    def check(self, number: int) -> dict[str, Any]:
        """As :class:`Check` measures it, with what is said of the first edits."""
        measured, said = self._check(self._network, self.job.device)
        self._refuse_above(f"checkpoint {number}", measured["cross_entropy"])
        write_text(self.job.folder / SAID, self._check.shown(said))
        return dict(measured)

    def score(self, entry: Mapping[str, Any]) -> float:
        """A lower cross-entropy is better."""
        return -float(entry["cross_entropy"])

    def seen(self, entry: Mapping[str, Any]) -> str:
        """Cross-entropy, perplexity and BLEU."""
        entropy = entry["cross_entropy"]
        return f"cross-entropy {entropy:.4f}, perplexity {math.exp(entropy):.3f}, BLEU {entry['bleu']:.4f}"

    def export(self) -> Path:
        """The explainer of the best checkpoint, in half precision, with its card."""
        from safetensors.torch import load_file

        card = ExplainerCard(
            name=NAME,
            dataset=str(self.identity["dataset"]),
            words=self._vocabulary.words,
            size=self._recipe.size,
            longest=self._longest,
            details=self.details() | self._own_details(),
        )
        path = self.target(NAME)
        write_explainer(path, load_file(self.best_weights), card)
        return path

    def _own_details(self) -> dict[str, Any]:
        """What people want to know of an explainer beside."""
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
        entropy, bleu = self.best["cross_entropy"], self.best["bleu"]
        measured = {"cross_entropy": entropy, "perplexity": math.exp(entropy), "bleu": bleu}
        return {
            "what": "SSCR's explainer: images and earlier instructions in, the instruction out",
            "history": "of its own" if recipe.history == OWN else "GeNeVA's text path, kept as it was",
            "unknown words": "have the probability of one unknown word, which is never said",
            "beside the paper": {option: words for option, chosen, words in options if chosen},
            "turns seen": round(self.best["steps"] * self._feed.turns),
            "validation": {"dialogues": recipe.checked, **measured},
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
