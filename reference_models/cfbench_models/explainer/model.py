"""The model ``explainer``: the instruction behind an edit, with trained weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cfbench.tasks.explain import ExplainInputs, ExplainPrediction
from cfbench_models.geneva.vocabulary import UNKNOWN
from cfbench_models.trained import TrainedModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.models import ModelContext
    from cfbench.training import TrainingJob
    from cfbench_models.explainer.running import Edit


class Explain(TrainedModel):
    """SSCR's explainer, saying the likeliest word after the likeliest word.

    An answer depends on a sample's two images and earlier instructions, and on nothing else in the batch. Words
    that were not in the training texts are read as one unknown word, and counted; in a text whose likelihood is
    asked for, each has that one's probability. Larger images are looked at in the size of training; smaller ones
    are refused.
    """

    tasks: ClassVar[tuple[str, ...]] = ("explain",)
    summary: ClassVar[str] = "SSCR's explainer: names the instruction behind an edit, word by word"
    name: ClassVar[str] = "explainer"

    @classmethod
    def train(cls, job: TrainingJob) -> Path:
        """Train on an editing data set; the file of weights, to be installed. What ``cfbench train`` calls."""
        from cfbench_models.explainer.training import train

        return train(job)

    def setup(self, context: ModelContext) -> None:
        """Load the weights for the run's data set, checked by the digest in their card."""
        path, dataset = self.found(context)
        self.use(path, dataset=dataset, device=context.device)

    def use(self, path: Path, *, dataset: str | None = None, device: str = "cpu") -> None:
        """Explain with this file of weights; ``setup`` does it. DataError where it is not what it should be."""
        from cfbench_models.explainer.weights import read_explainer

        self.card, explainer = read_explainer(path, dataset)
        self._explainer = explainer.to(device)
        self._device = device
        self._known = self.card.vocabulary
        self.weights_digest = self.card.sha256

    def predict(self, batch: Sequence[ExplainInputs]) -> list[ExplainPrediction]:
        """The tokens of each instruction."""
        from cfbench_models.explainer.running import explained, words_of

        known = self.ready()
        edits = [self._edit(inputs) for inputs in batch]
        numbers = explained(self._explainer, edits, self.card.longest, device=self._device)
        return [ExplainPrediction(tuple(words_of(each, known))) for each in numbers]

    def likelihoods(
        self, batch: Sequence[ExplainInputs], texts: Sequence[tuple[str, ...]]
    ) -> list[list[float]]:
        """For each text, minus the natural logarithm of the probability of each of its tokens, and of its end."""
        from cfbench_models.explainer.running import likelihoods

        known = self.ready().numbers
        numbers = [[known.get(token, UNKNOWN) for token in text] for text in texts]
        edits = [self._edit(inputs) for inputs in batch]
        return likelihoods(self._explainer, edits, numbers, device=self._device)

    def _edit(self, inputs: ExplainInputs) -> Edit:
        from cfbench_detectors.pictures import fitted
        from cfbench_models.explainer.running import Edit

        texts = self.numbers_of(inputs.id, inputs.instructions)
        side = self.card.size.side
        return Edit(fitted(inputs.before, side), fitted(inputs.after, side), texts)
