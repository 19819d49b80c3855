"""Weights of an explainer with the card beside them: what they are, and how they came to be."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError
from cfbench.files import read_json
from cfbench_detectors.cards import card_of, fill, read_tensors, write_tensors
from cfbench_models.explainer.recipe import Size, size_of
from cfbench_models.geneva.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from cfbench_models.explainer.network import Explainer

_MOST_BYTES = 1024 * 1024 * 1024
_LARGEST_CARD = 4 * 1024 * 1024
_MEND = "Install cfbench again, or train again: cfbench train explainer"


@dataclass(frozen=True)
class ExplainerCard:
    """What is known of weights. All but ``details`` is relied on."""

    name: str
    dataset: str
    """name@version of what they were trained on."""
    sha256: str
    size: Size
    words: tuple[str, ...]
    longest: int
    """Words of the longest instruction of the training: no more are said."""
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

    @classmethod
    def from_json(cls, value: Any, path: Path) -> ExplainerCard:
        """The inverse of :meth:`to_json`; DataError where it is no card."""
        what = f"{path} is no card of an explainer"
        try:
            rest = dict(value)
            made = cls(
                str(rest.pop("name")),
                str(rest.pop("dataset")),
                str(rest.pop("sha256")),
                size_of(rest.pop("size")),
                tuple(str(word) for word in rest.pop("words")),
                int(rest.pop("longest")),
                rest,
            )
        except (TypeError, ValueError, KeyError, CfbenchError) as error:
            raise DataError(what, f"{type(error).__name__}: {error}", _MEND) from error
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

    card = ExplainerCard.from_json(read_json(card_of(path), max_bytes=_LARGEST_CARD), card_of(path))
    tensors = read_tensors(
        path, card.sha256, trained_on=card.dataset, dataset=dataset, max_bytes=_MOST_BYTES, mend=_MEND
    )
    with torch.device("meta"):  # no time and no random numbers for weights that are replaced
        explainer = Explainer(card.size, len(card.vocabulary))
    fill(explainer, tensors, what=f"{path} holds no explainer of {len(card.words)} words", mend=_MEND)
    return card, explainer


def write_explainer(path: Path, tensors: Mapping[str, torch.Tensor], card: ExplainerCard) -> ExplainerCard:
    """Keep tensors in half precision, statistics of norms in single, and their card; the card with the digest."""
    import torch

    kept = {
        name: (value if "running_" in name else value.to(torch.float16)).cpu()
        for name, value in tensors.items()
    }
    digest = write_tensors(path, kept, lambda digest: replace(card, sha256=digest).to_json())
    return replace(card, sha256=digest)
