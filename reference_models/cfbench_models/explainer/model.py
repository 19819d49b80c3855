"""The model ``explainer``: the instruction behind an edit, with trained weights."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from cfbench.datasets.edit import EditDataset
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.models import Model, ModelContext
from cfbench.reporter import Reporter, silent
from cfbench.tasks.explain import ExplainInputs, ExplainPrediction
from cfbench.weights.finding import find_file
from cfbench_models.geneva.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.training import TrainingJob
    from cfbench_models.explainer.running import Edit


class Explain(Model):
    """SSCR's explainer, saying the likeliest word after the likeliest word.

    An answer depends on a sample's two images and earlier instructions, and on nothing else in the batch. Words
    that were not in the training texts are read as one unknown word, and counted; in a text whose likelihood is
    asked for, each has that one's probability. Larger images are looked at in the size of training; smaller ones
    are refused.
    """

    tasks: ClassVar[tuple[str, ...]] = ("explain",)
    summary: ClassVar[str] = "SSCR's explainer: names the instruction behind an edit, word by word"
    name: ClassVar[str] = "explainer"
    split: ClassVar[str] = ""
    """What it was trained on, if that is not the data set's training split."""

    def __init__(self) -> None:
        self.unknown_words: Counter[str] = Counter()
        self._reporter: Reporter = silent

    @classmethod
    def find(cls, dataset: str) -> Path:
        """The weights for a data set (without version): installed, in the package, or in the checkout.

        Raises:
            EnvironmentLackError: There are none; with what to type.
        """
        return find_file(Explain.name, dataset, cls.split)

    @classmethod
    def train(cls, job: TrainingJob) -> Path:
        """Train on an editing data set; the file of weights, to be installed. What ``cfbench train`` calls."""
        from cfbench_models.explainer.training import train

        if not isinstance(job.dataset, EditDataset):
            raise UsageError(
                f"'{job.dataset.name}' is not what this trains on",
                f"its task is '{job.dataset.task}'",
                "Name an editing data set, such as iclevr-mini",
            )
        return train(
            job.dataset,
            preset=job.preset,
            seed=job.seed,
            folder=job.folder,
            device=job.device,
            threads=job.threads,
            reporter=job.reporter,
            minutes=job.minutes,
            options={**({"split": cls.split} if cls.split else {}), **job.options},
            name=Explain.name,
        )

    def setup(self, context: ModelContext) -> None:
        """Load the weights for the run's data set, checked by the digest in their card."""
        try:
            import torch  # noqa: F401
        except ImportError as error:
            raise EnvironmentLackError(
                f"The model {self.name} needs the package torch",
                str(error),
                "Run: pip install 'cfbench[torch]'",
            ) from error
        dataset = (context.view_of or context.dataset).partition("@")[0]
        self._reporter = context.reporter
        self.use(self.find(dataset), dataset=dataset, device=context.device)

    def use(self, path: Path, *, dataset: str | None = None, device: str = "cpu") -> None:
        """Explain with this file of weights; ``setup`` does it. DataError where it is not what it should be."""
        from cfbench_models.explainer.weights import read_explainer

        self.card, explainer = read_explainer(path, dataset)
        self._explainer = explainer.to(device)
        self._device = device
        self._vocabulary = self.card.vocabulary
        self.weights_digest = self.card.sha256

    def predict(self, batch: Sequence[ExplainInputs]) -> list[ExplainPrediction]:
        """The tokens of each instruction."""
        from cfbench_models.explainer.running import explained, words_of

        edits = [self._edit(inputs) for inputs in batch]
        numbers = explained(self._explainer, edits, self.card.longest, device=self._device)
        return [ExplainPrediction(tuple(words_of(each, self._vocabulary))) for each in numbers]

    def likelihoods(
        self, batch: Sequence[ExplainInputs], texts: Sequence[tuple[str, ...]]
    ) -> list[list[float]]:
        """For each text, minus the natural logarithm of the probability of each of its tokens, and of its end."""
        from cfbench_models.explainer.running import likelihoods

        known = self._vocabulary.numbers
        numbers = [[known.get(token, UNKNOWN) for token in text] for text in texts]
        edits = [self._edit(inputs) for inputs in batch]
        return likelihoods(self._explainer, edits, numbers, device=self._device)

    def _edit(self, inputs: ExplainInputs) -> Edit:
        from cfbench_detectors.localizer.pictures import fitted
        from cfbench_models.explainer.running import Edit

        if not hasattr(self, "_explainer"):
            raise UsageError(f"The model {self.name} has no weights yet", "setup was not called")
        side = self.card.size.side
        for text in inputs.instructions:
            unknown = self._vocabulary.unknown_in(text)
            if unknown and not self.unknown_words:
                words = ", ".join(f"'{word[:40]}'" for word in sorted(set(unknown))[:5])
                self._reporter.line(f"{self.name} does not know {words} of sample {inputs.id}; it reads on")
            self.unknown_words.update(unknown)
        return Edit(
            fitted(inputs.before, side),
            fitted(inputs.after, side),
            [self._vocabulary.encode(text) for text in inputs.instructions],
        )


class Explain80(Explain):
    """The explainer that learned from 80 % of the training dialogues."""

    summary: ClassVar[str] = "SSCR's explainer, trained on 80 % of the training dialogues"
    name: ClassVar[str] = "explainer-80"
    split: ClassVar[str] = "train-80"


class Explain50(Explain):
    """The explainer that learned from half of the training dialogues."""

    summary: ClassVar[str] = "SSCR's explainer, trained on 50 % of the training dialogues"
    name: ClassVar[str] = "explainer-50"
    split: ClassVar[str] = "train-50"
