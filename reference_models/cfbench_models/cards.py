"""What the cards of an editor and of an explainer have in common."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from cfbench_models.geneva.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 1024 * 1024 * 1024
LARGEST_CARD = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class TrainedCard:
    """What is known of weights that read instructions. All but ``details`` is relied on."""

    name: str
    dataset: str
    """name@version of what they were trained on."""
    sha256: str = ""
    """Of the tensors; empty until they are written."""
    words: tuple[str, ...]
    details: Mapping[str, Any]
    """Data set fingerprints, recipe, seed, steps, device, hours, scores, licence."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The known words."""
        return Vocabulary(self.words)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        head = asdict(replace(self, details={}))
        del head["details"]
        return {**head, **self.details}


def head_of(rest: dict[str, Any]) -> dict[str, Any]:
    """The fields of :class:`TrainedCard` of a card as it is kept, taken out of it; ``rest`` becomes its details."""
    return {
        "name": str(rest.pop("name")),
        "dataset": str(rest.pop("dataset")),
        "sha256": str(rest.pop("sha256")),
        "words": tuple(str(word) for word in rest.pop("words")),
        "details": rest,
    }
