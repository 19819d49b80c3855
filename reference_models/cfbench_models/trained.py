"""What the models with weights of their own that read instructions have in common."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.models import Model, ModelContext
from cfbench.reporter import Reporter, silent
from cfbench.weights.finding import find_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench_models.geneva.vocabulary import Vocabulary


def needs_torch(what: str) -> None:
    """EnvironmentLackError where torch is not installed."""
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise EnvironmentLackError(
            f"{what} needs the package torch", str(error), "Run: pip install 'cfbench[torch]'"
        ) from error


class TrainedModel(Model):
    """Reads words that were not in the training texts as one unknown word, counts them, and tells of the first."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self.unknown_words: Counter[str] = Counter()
        self._reporter: Reporter = silent
        self._known: Vocabulary | None = None

    @classmethod
    def find(cls, dataset: str) -> Path:
        """The weights for a data set (without version): installed, in the package, or in the checkout.

        Raises:
            EnvironmentLackError: There are none; with what to type.
        """
        return find_file(cls.name, dataset)

    def found(self, context: ModelContext) -> tuple[Path, str]:
        """The weights for a run, and the data set (without version) that they must be of."""
        needs_torch(f"The model {self.name}")
        dataset = (context.view_of or context.dataset).partition("@")[0]
        self._reporter = context.reporter
        return self.find(dataset), dataset

    def ready(self) -> Vocabulary:
        """The known words; UsageError before there are weights."""
        if self._known is None:
            raise UsageError(f"The model {self.name} has no weights yet", "setup was not called")
        return self._known

    def numbers_of(self, sample: str, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of the words of each text."""
        known = self.ready()
        for text in texts:
            unknown = known.unknown_in(text)
            if unknown and not self.unknown_words:
                words = ", ".join(f"'{word[:40]}'" for word in sorted(set(unknown))[:5])
                self._reporter.line(f"{self.name} does not know {words} of sample {sample}; it reads on")
            self.unknown_words.update(unknown)
        return [known.encode(text) for text in texts]
