"""What a run is made from, and how it is cut into shards: ``plan.json``.

Shards are whole batches in the order of the samples, so that no number depends on the cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cfbench.errors import CfbenchError
from cfbench.files import canonical_json, sha256_hex
from cfbench.results import DetectorInfo, Environment, ModelInfo, Protocol

if TYPE_CHECKING:
    from cfbench.execution.store import RunStore

SAMPLES_PER_SHARD = 64


@dataclass(frozen=True)
class Shard:
    """The samples from ``start`` up to ``end``."""

    start: int
    end: int

    @property
    def name(self) -> str:
        """The stem of its files; sorts in the order of samples."""
        return f"{self.start:09d}-{self.end:09d}"


def cut(samples: int, batch_size: int, shards: int | None) -> list[Shard]:
    """Shards that cover every sample once; at most ``shards`` of them, never splitting a batch."""
    batches = -(-samples // batch_size)
    count = shards or -(-samples // (-(-SAMPLES_PER_SHARD // batch_size) * batch_size))
    count = min(count, batches)
    edges = [index * batches // count * batch_size for index in range(count)] if count else []
    return [Shard(a, min(b, samples)) for a, b in zip(edges, [*edges[1:], samples], strict=False)]


@dataclass(frozen=True)
class Plan:
    """The plan of a run. ``identity`` is its canonical resolved configuration: names become digests."""

    identity: dict[str, Any]  # "origin": all that predictions depend on; "metrics"; "resamples"
    environment: Environment
    detectors: list[DetectorInfo]
    shards: list[Shard]

    @property
    def run_id(self) -> str:
        """The first 12 hex digits of the SHA-256 of the identity."""
        return run_id(self.identity)

    @property
    def origin_key(self) -> str:
        """The digest of all that predictions depend on: what ran, and the libraries that it ran with."""
        parts = {"origin": self.identity["origin"], "environment": numeric(self.environment)}
        return sha256_hex(canonical_json(parts))

    def covers(self, samples: int) -> bool:
        """Whether the shards hold each of so many samples once, in order."""
        edges = [0, *(shard.end for shard in self.shards)]
        starts = [shard.start for shard in self.shards]
        rising = all(shard.start < shard.end for shard in self.shards)
        return rising and starts == edges[:-1] and edges[-1] == samples

    def write(self, store: RunStore) -> None:
        """Write ``plan.json``."""
        value = {
            "identity": self.identity,
            "environment": self.environment.model_dump(),
            "detectors": [detector.model_dump() for detector in self.detectors],
            "shards": [[shard.start, shard.end] for shard in self.shards],
        }
        store.write_json("plan.json", value)

    @classmethod
    def read(cls, store: RunStore) -> Plan | None:
        """The plan in a run's folder; None where there is none that can be read."""
        try:
            value = store.read_json("plan.json")
            if value is None:
                return None
            plan = cls(
                dict(value["identity"]),
                Environment.model_validate(value["environment"]),
                [DetectorInfo.model_validate(detector) for detector in value["detectors"]],
                [Shard(int(start), int(end)) for start, end in value["shards"]],
            )
            ModelInfo.model_validate(plan.identity["origin"]["model"])
            Protocol.model_validate(plan.identity["origin"]["protocol"])
            return plan if plan.covers(int(plan.identity["origin"]["dataset"]["samples"])) else None
        except (CfbenchError, KeyError, TypeError, ValueError, AttributeError, ValidationError):
            return None


def run_id(identity: dict[str, Any]) -> str:
    """The first 12 hex digits of the SHA-256 of a canonical resolved configuration."""
    return sha256_hex(canonical_json(identity))[:12]


def numeric(environment: Environment) -> dict[str, Any]:
    """What of an environment numbers could depend on."""
    return environment.model_dump(exclude={"git_commit", "git_dirty"})
