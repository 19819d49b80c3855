"""Weights of a localizer with the card beside them: what they are, and how they came to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench.files import read_json
from cfbench_detectors.cards import COUNTED, card_of, card_read, fill, read_tensors, write_tensors
from cfbench_detectors.localizer.recipe import SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from cfbench_detectors.localizer.network import ObjectLocalizer

MOST_BYTES = 256 * 1024 * 1024
_LARGEST_CARD = 1024 * 1024
MEND = "Install cfbench again, or export the weights again"


@dataclass(frozen=True)
class Card:
    """What is known of weights. ``network`` and ``sha256`` are relied on; the rest is for people."""

    name: str
    dataset: str
    """name@version of what they were trained on."""
    sha256: str
    size: str
    side: int
    classes: tuple[str, ...]
    coordinates: int
    details: Mapping[str, Any]
    """Data set fingerprints, recipe, commit, seed, steps, device, hours, scores, licence."""

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        network = {
            "size": self.size,
            "side": self.side,
            "classes": list(self.classes),
            "coordinates": self.coordinates,
        }
        head = {"name": self.name, "dataset": self.dataset, "sha256": self.sha256, "network": network}
        return {**head, **self.details}

    @classmethod
    def from_json(cls, value: Any, path: Path) -> Card:
        """The inverse of :meth:`to_json`; DataError where it is no card."""
        what = f"{path} is no card of weights"
        with card_read(what, MEND):
            rest = dict(value)
            network = rest.pop("network")
            made = cls(
                str(rest.pop("name")),
                str(rest.pop("dataset")),
                str(rest.pop("sha256")),
                str(network["size"]),
                int(network["side"]),
                tuple(str(name) for name in network["classes"]),
                int(network["coordinates"]),
                rest,
            )
        if made.size not in SIZES or not 1 <= made.coordinates <= 3 or not 32 <= made.side <= 512:
            raise DataError(what, "it describes no localizer", MEND)
        return made


def read_card(path: Path) -> Card:
    """The card of a file of weights."""
    return Card.from_json(read_json(card_of(path), max_bytes=_LARGEST_CARD), card_of(path))


def read_network(path: Path, dataset: str | None = None) -> tuple[Card, ObjectLocalizer]:
    """The network of a file of weights, in eval mode, on the CPU.

    Raises:
        DataError: The file is missing, damaged, of another network, or trained on another data set than the
            one named ``dataset`` (without version).
    """
    card = read_card(path)
    tensors = read_tensors(
        path, card.sha256, trained_on=card.dataset, dataset=dataset, max_bytes=MOST_BYTES, mend=MEND
    )
    return card, network_of(tensors, card, path)


def network_of(tensors: Mapping[str, torch.Tensor], card: Card, path: Path) -> ObjectLocalizer:
    """The network that a card describes, with these tensors; DataError where they do not fit it."""
    import torch

    from cfbench_detectors.localizer import network as networks

    what = f"{path} holds no {card.size} localizer of {len(card.classes)} classes"
    with torch.device("meta"):  # no time and no random numbers for weights that are replaced
        network = networks.ObjectLocalizer(
            replace(networks.SIZES[card.size], side=card.side), len(card.classes), card.coordinates
        )
    state = {name: value for name, value in tensors.items() if not name.endswith(COUNTED)}
    fill(network, state, what=what, mend=MEND)
    return network


def write_weights(
    path: Path, tensors: Mapping[str, torch.Tensor], card: Card, metadata: Mapping[str, str] | None = None
) -> Card:
    """Keep tensors and their card, the card last; the card with the digest of the tensors."""
    digest = write_tensors(path, tensors, lambda digest: replace(card, sha256=digest).to_json(), metadata)
    return replace(card, sha256=digest)
