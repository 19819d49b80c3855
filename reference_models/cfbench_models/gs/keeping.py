"""What a fit gave, kept by everything that it depends on, so that no run learns the same thing twice."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.models import code_digest
from cfbench_models.gs.kinds import Kind, kind_from

if TYPE_CHECKING:
    from cfbench.datasets import Split
    from cfbench.models import ModelContext
    from cfbench_models.gs.networks import Ensemble
    from cfbench_models.gs.recipes import Arm

_TOLD = "cfbench"


@dataclass(frozen=True)
class Kept:
    """A place for one fit."""

    cache: ContentCache
    key: dict[str, Any]

    @classmethod
    def of(
        cls, arm: Arm, train: Split[Any, Any], validation: Split[Any, Any], seed: int, context: ModelContext
    ) -> Kept:
        """The place of an arm's fit with a seed."""
        import torch

        key = {
            "kind": "gs",
            "arm": asdict(arm),
            "task": context.task,
            "train": [train.fingerprint(), train.rendering],
            "validation": [validation.fingerprint(), validation.rendering],
            "seed": seed,
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


def packed(kind: Kind, networks: Ensemble, outputs: int) -> bytes:
    """The networks as a file of tensors of 16 bits. They are left with the numbers that the file holds."""
    from safetensors.torch import save

    halves = {name: tensor.half().contiguous() for name, tensor in networks.state().items()}
    networks.load({name: tensor.float() for name, tensor in halves.items()})
    return save(halves, {_TOLD: json.dumps({**kind.to_json(), "outputs": outputs})})


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
