"""How a run is cut into shards: whole batches in the order of the samples, so that no number depends on it."""

from __future__ import annotations

from dataclasses import dataclass

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
