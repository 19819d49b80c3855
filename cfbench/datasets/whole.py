"""Whole splits that are generated: made once, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cfbench.files import canonical_json, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cfbench.datasets.base import Dataset

Record = TypeVar("Record")


def whole_split(
    data: Dataset,
    split: str,
    count: int,
    *,
    generator_version: str,
    make: Callable[[int], Record],
    to_json: Callable[[Record], Any],
    from_json: Callable[[int, Any], Record],
) -> list[Record]:
    """The records of a split by number, which ``make`` makes, with progress, where they are not in the cache.

    ``generator_version`` changes whenever any record could.
    """
    key = {
        "kind": "records",
        "dataset": f"{data.name}@{data.version}",
        "generator": generator_version,
        "split": split,
        "count": count,
    }
    kept = data.context.cache.get(key)
    if kept is not None:
        rows = parse_json(kept, source="cached records")
        return [from_json(number, row) for number, row in enumerate(rows)]
    records = []
    with data.context.reporter.track(f"{data.name} {split}", count) as advance:
        for number in range(count):
            records.append(make(number))
            advance(1)
    data.context.cache.put(key, canonical_json([to_json(record) for record in records]))
    return records
