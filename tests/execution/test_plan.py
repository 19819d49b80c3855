"""Shards cover every sample once and never split a batch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cfbench.execution.plan import cut


@given(st.integers(0, 500), st.integers(1, 80), st.none() | st.integers(1, 40))
def test_each_sample_once_in_whole_batches(samples: int, batch: int, shards: int | None) -> None:
    plan = cut(samples, batch, shards)
    assert [i for shard in plan for i in range(shard.start, shard.end)] == list(range(samples))
    assert all(shard.start % batch == 0 and shard.end > shard.start for shard in plan)
    if shards is not None:
        assert len(plan) == min(shards, -(-samples // batch))


def test_names_sort_in_the_order_of_samples() -> None:
    names = [shard.name for shard in cut(12_000, 10, 700)]
    assert names == sorted(names)
