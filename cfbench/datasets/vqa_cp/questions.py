"""Questions about regions of images, in pairs where it is known what their answers hang on.

A pair is a question about an image, and the same question about the image without what people look at to answer it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np

from cfbench.datasets.paired import SPLITS, Member, PairedDataset, PairedSplit
from cfbench.datasets.vqa_cp.showing import drawn
from cfbench.tasks.vqa import VqaInputs, VqaTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from cfbench.datasets.vqa_cp.showing import View
    from cfbench.tasks.base import Image

    Floats = npt.NDArray[np.float32]

MASKED_ABOVE = 0.2
"""An edited sample lacks the regions with more attention than this (Teney et al. 2020, supplement A)."""
KEPT_FROM = 0.8
"""A focused sample has only the regions with this much attention or more (there as well)."""
FOCUSED, EDITED = "test-focused", "test-edited"
QUESTION_SPLITS = (*SPLITS, FOCUSED, EDITED)
"""``test-focused``: the questions of ``test`` with known attention, and of their regions only those looked at.
``test-edited``: the same questions in pairs, once as they are and once without what is looked at."""
NIL = "nil"
"""The right answer in ``test-edited`` to a question whose answer cannot be seen any more."""
ANNOTATORS = 10


@dataclass(frozen=True)
class Question(Member):
    """A question about an image. ``answers`` are empty where none is right."""

    question: str
    answers: tuple[str, ...]
    question_type: str
    answer_type: str
    image_id: str


Asked_contra = TypeVar("Asked_contra", bound=Question, contravariant=True)


class Looker(Protocol[Asked_contra]):
    """Knows what is to be seen. Picklable; every method is a pure function."""

    @property
    def identity(self) -> str:
        """Changes whenever a feature or an attention could."""

    def features(self, question: Asked_contra) -> Floats:
        """The regions of its image, (regions, d); a fresh array."""

    def attention(self, question: Asked_contra) -> Floats | None:
        """How much the answer hangs on each region, from 0 to 1, (regions,); None where nobody knows."""

    def view(self, question: Asked_contra) -> View:
        """The image with the boxes of its regions, for people."""

    def attended(self, question: Asked_contra) -> bool:
        """Whether there is an attention, without making it."""

    def slices(self, question: Asked_contra) -> tuple[str, ...]:
        """Names for what the attention is like."""

    def specification(self, question: Asked_contra) -> Any:
        """What the regions are made from, as JSON; None where they are read from a file."""


class QuestionSplit(PairedSplit[VqaInputs, VqaTarget]):
    """Questions and the features of regions. What an edited or focused sample lacks is zero.

    Questions about one image are resampled together.
    """

    records: Sequence[Question]

    def __init__(self, name: str, records: Sequence[Question], looker: Looker[Any]) -> None:
        """``looker`` sees the images of the records."""
        super().__init__(name, records)
        self.grouped_by = "image"
        self.rendering = looker.identity
        self._looker = looker

    def inputs(self, index: int, *, teacher_forced: bool = False) -> VqaInputs:  # noqa: ARG002
        """The question and the features."""
        record = self.records[index]
        features = self._looker.features(record)
        if self.name == FOCUSED or record.role == "edited":
            features[self._lacking(self._attention(record, len(features)), record)] = 0
        return VqaInputs(self.ids[index], record.question, features=features)

    def target(self, index: int) -> VqaTarget:
        """What people answered, and where they looked."""
        record = self.records[index]
        return VqaTarget(
            answers=record.answers,
            question_type=record.question_type,
            answer_type=record.answer_type,
            image_id=record.image_id,
            pair=record.pair or None,
            role=record.role,
            attention=self._looker.attention(record),
        )

    def specification(self, index: int) -> Any:
        """All that is said about the sample, what it lacks, and what its regions are made from."""
        one = self.records[index]
        role = FOCUSED if self.name == FOCUSED else one.role
        return [
            [one.pair, role, one.question, list(one.answers)],
            [one.question_type, one.answer_type, one.image_id],
            self._looker.specification(one),
        ]

    def slices(self, index: int) -> tuple[str, ...]:
        """Its role in a pair, and what its attention is like."""
        return (*super().slices(index), *self._looker.slices(self.records[index]))

    def group(self, index: int) -> str:
        """The image."""
        return self.records[index].image_id

    def shown(self, index: int) -> tuple[tuple[str, ...], Image]:
        """The question and its answers, and the regions over the image."""
        record = self.records[index]
        view = self._looker.view(record)
        attention = self._attention(record, len(view.boxes))
        counted = Counter(record.answers).most_common()
        said = ", ".join(f"{answer} ({count})" for answer, count in counted)
        picture = drawn(view, attention.astype(np.float64), self._lacking(attention, record))
        return (record.question, f"answers: {said}" if said else "no answer is right"), picture

    def _attention(self, record: Question, regions: int) -> Floats:
        attention = self._looker.attention(record)
        return np.zeros(regions, np.float32) if attention is None else attention

    def _lacking(self, attention: Floats, record: Question) -> npt.NDArray[np.bool_]:
        """The regions that a model does not see."""
        if self.name == FOCUSED:
            return attention < KEPT_FROM
        return (attention > MASKED_ABOVE) & (record.role == "edited")


class QuestionData(PairedDataset):
    """A data set of questions about regions."""

    task: ClassVar[str] = "vqa"
    splits: ClassVar[tuple[str, ...]] = QUESTION_SPLITS


def in_pairs(
    questions: Iterable[Question], looker: Looker[Any], nil: tuple[str, ...] = ()
) -> Iterator[tuple[Question, ...]]:
    """Each question, with its edited form after it where its attention is known; ``nil`` answers the edited one."""
    for one in questions:
        if looker.attended(one):
            original = replace(one, id=f"{one.id}_original", pair=one.id, role="original")
            yield original, replace(original, id=f"{one.id}_edited", role="edited", answers=nil)
        else:
            yield (one,)
