"""Weights of an explainer with the card beside them: what they are, and how they came to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench.files import read_json
from cfbench_detectors.cards import card_of, card_read, fill, halved, read_tensors, write_tensors
from cfbench_models.cards import LARGEST_CARD, MOST_BYTES, TrainedCard, head_of
from cfbench_models.explainer.recipe import Size, size_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from cfbench_models.explainer.network import Explainer

_MEND = "Install cfbench again, or train again: cfbench train explainer"


@dataclass(frozen=True, kw_only=True)
class ExplainerCard(TrainedCard):
    """What is known of an explainer's weights."""

    size: Size
    longest: int
    """Words of the longest instruction of the training: no more are said."""

    @classmethod
    def from_json(cls, value: Any, path: Path) -> ExplainerCard:
        """The inverse of :meth:`to_json`; DataError where it is no card."""
        what = f"{path} is no card of an explainer"
        with card_read(what, _MEND):
            rest = dict(value)
            made = cls(size=size_of(rest.pop("size")), longest=int(rest.pop("longest")), **head_of(rest))
        if made.longest < 1:
            raise DataError(what, f"it would say {made.longest} words", _MEND)
        return made


def read_explainer(path: Path, dataset: str | None = None) -> tuple[ExplainerCard, Explainer]:
    """The explainer of a file of weights, in eval mode, without gradients of its parameters, on the CPU.

    Raises:
        DataError: The file is missing, damaged, of another network, or trained on another data set than the
            one named ``dataset`` (without version).
    """
    import torch

    from cfbench_models.explainer.network import Explainer

    card = ExplainerCard.from_json(read_json(card_of(path), max_bytes=LARGEST_CARD), card_of(path))
    tensors = read_tensors(
        path, card.sha256, trained_on=card.dataset, dataset=dataset, max_bytes=MOST_BYTES, mend=_MEND
    )
    with torch.device("meta"):  # no time and no random numbers for weights that are replaced
        explainer = Explainer(card.size, len(card.vocabulary))
    fill(explainer, tensors, what=f"{path} holds no explainer of {len(card.words)} words", mend=_MEND)
    return card, explainer


def write_explainer(path: Path, tensors: Mapping[str, torch.Tensor], card: ExplainerCard) -> ExplainerCard:
    """Keep tensors in half precision, statistics of norms in single, and their card; the card with the digest."""
    digest = write_tensors(path, halved(tensors), lambda digest: replace(card, sha256=digest).to_json())
    return replace(card, sha256=digest)
