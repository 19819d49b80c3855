"""What a fit gave: kept by everything that it depends on, so that no run learns it twice, and as a file with a card."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.errors import EnvironmentLackError
from cfbench.files import read_bytes
from cfbench.models import code_digest
from cfbench.weights.finding import checked_card, find_file
from cfbench_detectors.cards import write_tensors
from cfbench_models.gs.kinds import Kind, kind_from

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from cfbench.datasets import Split
    from cfbench.models import ModelContext
    from cfbench_models.gs.encoders import Reader
    from cfbench_models.gs.networks import Ensemble
    from cfbench_models.gs.recipes import Arm

_TOLD = "cfbench"
LARGEST_FILE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """A place for one fit."""

    cache: ContentCache
    key: dict[str, Any]

    @classmethod
    def of(cls, arm: Arm, fit: Fit, context: ModelContext, reader: Reader | None = None) -> Kept:
        """The place of an arm's fit, with what a transformer read where there is one."""
        import torch

        key = {
            "kind": "gs",
            "arm": asdict(arm),
            "task": context.task,
            "fit": asdict(fit),
            "options": dict(context.options),
            "reader": reader and reader.identity.to_json(),
            "threads": context.threads,
            "code": code_digest(cls),
            "torch": torch.__version__,
        }
        return cls(ContentCache(default_cache_folder(), context.reporter), key)

    def read(self) -> tuple[Kind, Ensemble, int] | None:
        """The networks, if they are there."""
        value = self.cache.get(self.key)
        return None if value is None else unpacked(value)

    def write(self, kind: Kind, networks: Ensemble, outputs: int) -> None:
        """Keep the networks."""
        self.cache.put(self.key, packed(kind, networks, outputs))


@dataclass(frozen=True)
class Fit:
    """Which fit it is, whatever the machine."""

    train: str
    validation: str
    """Fingerprints, with what they leave out."""
    seed: int

    @classmethod
    def of(cls, train: Split[Any, Any], validation: Split[Any, Any], seed: int) -> Fit:
        """Of two splits."""
        said = [f"{each.fingerprint()} {each.rendering}".strip() for each in (train, validation)]
        return cls(said[0], said[1], seed)


def installed(name: str, context: ModelContext, fit: Fit) -> tuple[Kind, Ensemble, int] | None:
    """The networks of a file of weights for the data set, if they are of this fit with these options.

    Raises:
        DataError: The file is damaged.
    """
    dataset = context.dataset.partition("@")[0]
    try:
        path = find_file(name, dataset)
    except EnvironmentLackError:
        return None
    card = checked_card(path, dataset)
    if card.noted("fit") != asdict(fit) or (card.noted("options") or {}) != dict(context.options):
        return None
    return unpacked(read_bytes(path, max_bytes=LARGEST_FILE, what="weights"))


def write_file(path: Path, found: tuple[Kind, Ensemble, int], card: Mapping[str, Any]) -> None:
    """Keep networks with a card beside them."""
    write_tensors(
        path, as_kept(found[1]), lambda digest: {**card, "sha256": digest}, _told(found[0], found[2])
    )


def packed(kind: Kind, networks: Ensemble, outputs: int) -> bytes:
    """The networks as a file of tensors of 16 bits, with whose numbers they are left."""
    from safetensors.torch import save

    return save(as_kept(networks), _told(kind, outputs))


def as_kept(networks: Ensemble) -> dict[str, Tensor]:
    """The tensors with 16 bits a number; the networks are left with these numbers."""
    halves = {name: tensor.half().contiguous() for name, tensor in networks.state().items()}
    networks.load({name: tensor.float() for name, tensor in halves.items()})
    return halves


def _told(kind: Kind, outputs: int) -> dict[str, str]:
    return {_TOLD: json.dumps({**kind.to_json(), "outputs": outputs})}


def unpacked(value: bytes) -> tuple[Kind, Ensemble, int]:
    """The inverse of :func:`packed`."""
    from safetensors.torch import load

    length = int.from_bytes(value[:8], "little")
    told = json.loads(json.loads(value[8 : 8 + length])["__metadata__"][_TOLD])
    outputs = int(told.pop("outputs"))
    kind = kind_from(told)
    networks = kind.networks(outputs, np.random.default_rng(0))  # all that is drawn is overwritten
    networks.load({name: tensor.float() for name, tensor in load(value).items()})
    return kind, networks, outputs
