"""Visual question answering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.tasks._checks import checked_numbers, checked_text, part
from cfbench.tasks.base import PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from cfbench.tasks.base import Image
    from cfbench.tasks.labels import Role


@dataclass(frozen=True)
class VqaInputs:
    """What a model sees: the image, or features of it, and the question."""

    id: str
    question: str
    image: Image | None = None
    features: npt.NDArray[np.floating[Any]] | None = None


@dataclass(frozen=True)
class VqaTarget:
    """What ten people answered, and what kind of question it is, as the data set spells it.

    ``attention`` says how much the answer hangs on each region of the features. An edited sample has the features of
    its ``pair``'s original without what the answer hangs on; its ``answers`` are none.
    """

    answers: tuple[str, ...]
    question_type: str
    answer_type: str
    image_id: str
    pair: str | None = None
    role: Role = ""
    attention: npt.NDArray[np.floating[Any]] | None = None  # (regions,)


@dataclass(frozen=True)
class VqaPrediction:
    """The answer and, where a model has them, the scores of the answers that it knows."""

    answer: str
    scores: tuple[float, ...] | None = None


class VqaTask(Task[VqaInputs, VqaTarget, VqaPrediction]):
    """Visual question answering."""

    name: ClassVar[str] = "vqa"
    summary: ClassVar[str] = "visual question answering: one short answer to a question about an image"

    def columns(self) -> pa.Schema:
        """The answer and, where the model gives them, scores."""
        import pyarrow as pa

        return pa.schema([pa.field("answer", pa.string()), pa.field("scores", pa.list_(pa.float64()))])

    def check(self, inputs: VqaInputs, prediction: object) -> VqaPrediction:  # noqa: ARG002
        """An answer that is not blank, kept as it is; finite scores of any scale."""
        answer = checked_text(part(prediction, "VqaPrediction", "answer"), "the answer")
        scores = getattr(prediction, "scores", None)
        return VqaPrediction(
            answer, None if scores is None else tuple(checked_numbers(scores, "scores").tolist())
        )

    def encode(self, prediction: VqaPrediction) -> dict[str, Any]:
        """The answer and a list."""
        scores = prediction.scores
        return {"answer": prediction.answer, "scores": None if scores is None else list(scores)}

    def decode(self, row: Mapping[str, Any]) -> VqaPrediction:
        """The answer and a tuple."""
        scores = row["scores"]
        return VqaPrediction(row["answer"], None if scores is None else tuple(scores))

    def digest_form(self, prediction: VqaPrediction) -> Any:
        """The prediction itself."""
        return self.encode(prediction)

    def read_folder(self, folder: Path, ids: Sequence[str]) -> Mapping[str, VqaPrediction | PredictionFault]:
        """``predictions.jsonl`` with ``{"id": …, "answer": …, "scores": […]}``."""
        from cfbench.tasks._folder import from_lines, given

        return from_lines(
            folder, ids, lambda _, line: VqaPrediction(given(line, "answer"), given(line, "scores"))
        )
