"""Metrics and evidence for the tests of statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.metrics import Evidence, MeanMetric, Metric, Number, Scored
from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

FREE = Number("a number", higher_is_better=True, range=(None, None))


class Declared(Metric):
    """What every metric of these tests declares alike."""

    name: ClassVar[str] = "declared"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "numbers for the bootstrap"
    reference: ClassVar[str] = "none"
    numbers: ClassVar[Mapping[str, Number]] = {"a": FREE, "b": FREE}

    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        return []


class Means(Declared, MeanMetric):
    """Two means."""


class SlowMeans(Declared):
    """The same numbers, by way of ``score``."""

    def score(self, rows: Evidence) -> dict[str, float | None]:
        return {"b": rows.mean("b"), "a": rows.mean("a")}


class Ratio(Declared):
    """Undefined where the denominator is zero."""

    numbers: ClassVar[Mapping[str, Number]] = {"ratio": FREE}

    def score(self, rows: Evidence) -> dict[str, float | None]:
        below = rows.mean("b")
        above = rows.mean("a")
        return {"ratio": None if not below or above is None else above / below}


class GroupMeans(Means):
    unit: ClassVar[str] = "group"


class OfSets(Declared):
    """A number of the whole set: its evidence is lists, and nobody resamples it."""

    with_intervals: bool = False

    def score(self, rows: Evidence) -> dict[str, float | None]:
        raise AssertionError("a metric without intervals was resampled")


def evidence(samples: int, turns: int = 3, seed: int = 0, nulls: float = 0.0) -> Evidence:
    random = generator(seed, "evidence")
    counts = random.integers(1, turns + 1, samples)
    ids = np.repeat([f"s{index}" for index in range(samples)], counts)
    return Evidence.of(
        {
            "sample": ids,
            "turn": np.concatenate([np.arange(1, count + 1) for count in counts]),
            "a": with_nulls(random.normal(size=len(ids)), random.random(len(ids)) < nulls),
            "b": random.random(len(ids)),
            "kind": random.choice(np.array(["x", "y"], dtype=object), len(ids)),
        }
    )


def with_nulls(values: npt.NDArray[np.float64], nulls: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    return np.where(nulls, np.nan, values)


def one_a_sample(values: npt.NDArray[np.float64], **columns: npt.NDArray[Any]) -> Evidence:
    """A row a sample, in the order of ids; ``a`` holds the values, and ``b`` too where it is not given."""
    ids = np.array([f"s{index:06d}" for index in range(len(values))], dtype=object)
    return Evidence.of({"sample": ids, "a": values, "b": values} | columns)
