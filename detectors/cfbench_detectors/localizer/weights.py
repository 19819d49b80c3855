"""Weights of a localizer with the card beside them: what they are, and how they came to be.

``NAME.safetensors`` holds the tensors, ``NAME.json`` the card. A card names the SHA-256 of its tensors; a file
that is cut, changed or of another network is an error before anything looks through it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cfbench.errors import DataError
from cfbench.files import (
    canonical_json,
    parse_json,
    read_bytes,
    read_json,
    sha256_hex,
    write_bytes,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from cfbench_detectors.localizer.network import ObjectLocalizer

_MOST_BYTES = 256 * 1024 * 1024
_LARGEST_CARD = 1024 * 1024
COUNTED = "num_batches_tracked"  # in training only
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
        try:
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
        except (TypeError, ValueError, KeyError) as error:
            raise DataError(
                f"{path} is no card of weights", f"{type(error).__name__}: {error}", MEND
            ) from error
        if (
            made.size not in ("full", "narrow")
            or not 1 <= made.coordinates <= 3
            or not 32 <= made.side <= 512
        ):
            raise DataError(f"{path} is no card of weights", "it describes no localizer", MEND)
        return made


def card_of(path: Path) -> Path:
    """Where the card of a file of weights is."""
    return path.with_suffix(".json")


def read_card(path: Path) -> Card:
    """The card of a file of weights."""
    return Card.from_json(read_json(card_of(path), max_bytes=_LARGEST_CARD), card_of(path))


def read_network(path: Path, dataset: str | None = None) -> tuple[Card, ObjectLocalizer]:
    """The network of a file of weights, in eval mode, on the CPU.

    Raises:
        DataError: The file is missing, damaged, of another network, or trained on another data set than the
            one named ``dataset`` (without version).
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    card = read_card(path)
    if dataset is not None and card.dataset.partition("@")[0] != dataset:
        raise DataError(
            f"{path} holds weights for another data set",
            f"they were trained on {card.dataset}, not {dataset}",
        )
    data = read_bytes(path, max_bytes=_MOST_BYTES, what="weights")
    if sha256_hex(data) != card.sha256:
        raise DataError(
            f"{path} is damaged", f"its SHA-256 is {sha256_hex(data)}, and its card names {card.sha256}", MEND
        )
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise DataError(f"{path} is no safetensors file", str(error), MEND) from error
    return card, network_of(tensors, card, path)


def network_of(tensors: Mapping[str, torch.Tensor], card: Card, path: Path) -> ObjectLocalizer:
    """The network that a card describes, with these tensors; DataError where they do not fit it."""
    import torch

    from cfbench_detectors.localizer.network import SIZES, ObjectLocalizer

    what = f"{path} holds no {card.size} localizer of {len(card.classes)} classes"
    with torch.device("meta"):  # no time and no random numbers for weights that are replaced
        network = ObjectLocalizer(
            replace(SIZES[card.size], side=card.side), len(card.classes), card.coordinates
        )
    wanted = {name: value for name, value in network.state_dict().items() if not name.endswith(COUNTED)}
    state = {name: value for name, value in tensors.items() if not name.endswith(COUNTED)}
    for name in sorted(wanted.keys() ^ state.keys()):
        raise DataError(what, f"'{name}' is {'missing' if name in wanted else 'no part of it'}", MEND)
    for name, value in state.items():
        if value.shape != wanted[name].shape or not value.is_floating_point():
            shapes = f"{tuple(value.shape)}, not {tuple(wanted[name].shape)}"
            raise DataError(what, f"'{name}' is {value.dtype} of shape {shapes}", MEND)
        if not torch.isfinite(value).all():
            raise DataError(what, f"'{name}' has values that are not finite", MEND)
        if name.endswith("running_var") and (value < 0).any():
            raise DataError(what, f"'{name}' has negative values", MEND)
    counted = {
        name: torch.zeros((), dtype=torch.long) for name in network.state_dict() if name.endswith(COUNTED)
    }
    network.load_state_dict({**{n: v.float() for n, v in state.items()}, **counted}, assign=True)
    network.to(memory_format=torch.channels_last)
    return network.eval().requires_grad_(False)  # noqa: FBT003 - torch's signature


def write_weights(
    path: Path, tensors: Mapping[str, torch.Tensor], card: Card, metadata: Mapping[str, str] | None = None
) -> Card:
    """Keep tensors and their card, the card last; the card with the digest of the tensors."""
    from safetensors.torch import save

    kept = {name: value.contiguous() for name, value in tensors.items() if not name.endswith(COUNTED)}
    data = save(kept, dict(metadata) if metadata else None)
    card = replace(card, sha256=sha256_hex(data))
    write_bytes(path, data)
    write_text(card_of(path), _pretty(card.to_json()))
    return card


def _pretty(value: Mapping[str, Any]) -> str:
    import json

    plain = parse_json(canonical_json(dict(value)), source="card")
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
