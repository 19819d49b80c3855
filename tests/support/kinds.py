"""A mock data set for each kind of work, and a metric that judges them all; given to runs by path."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.metrics import MeanMetric, Number
from cfbench.mock import (
    MockDataset,
    MockExplain,
    MockImageLabels,
    MockOracle,
    MockPairs,
    MockText,
    MockVisual,
    MockVqa,
)
from cfbench.tasks import TASKS

if TYPE_CHECKING:
    from cfbench.datasets import Split

DATASETS = {
    cls.task: cls
    for cls in (MockDataset, MockExplain, MockVisual, MockVqa, MockImageLabels, MockText, MockPairs)
}

KINDS = Path(__file__)  # for "KINDS:Agreeing"


def open_mock(task: str, folder: Path, split: str = "test", limit: int | None = None) -> Split[Any, Any]:
    return DATASETS[task](DataContext(folder, ContentCache(folder))).split(split, limit)


def same(one: Any, two: Any) -> bool:
    """Whether two predictions are equal, arrays and all."""
    if type(one) is not type(two):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == two.dtype and np.array_equal(one, two)
    if isinstance(one, (tuple, list)):
        return len(one) == len(two) and all(map(same, one, two))
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, f.name), getattr(two, f.name)) for f in fields(one))
    return bool(one == two)


class Agreeing(MeanMetric):
    """The share of predictions that are what the mock oracle says."""

    name, version, summary, reference = "agreeing", 1, "for tests", "cfbench"
    tasks = tuple(TASKS)
    numbers: ClassVar = {"right": Number("agrees", higher_is_better=True, range=(0.0, 1.0))}

    def evidence(self, scored):
        truth = MockOracle().predict([(one.inputs, one.target) for one in scored])
        return [
            {"sample": one.id, "right": float(same(true, one.prediction))}
            for one, true in zip(scored, truth, strict=True)
        ]
