"""A model cannot reach a target: nothing that it is given leads to one."""

from __future__ import annotations

import gc
from types import FrameType, FunctionType, ModuleType

import numpy as np

import cfbench
from cfbench.datasets.edit import EditRecord
from cfbench.mock import MockDataset
from cfbench.tasks.edit import EditPrediction, EditTarget

LIMIT = 20_000


def reachable(root: object) -> list[object]:
    """Everything that can be reached from an object without leaving for modules or code."""
    seen, queue = {id(root): root}, [root]
    while queue and len(seen) < LIMIT:
        for child in gc.get_referents(queue.pop()):
            if id(child) in seen or isinstance(child, (ModuleType, FunctionType, FrameType, type)):
                continue
            seen[id(child)] = child
            queue.append(child)
    assert len(seen) < LIMIT
    return list(seen.values())


def living_targets() -> int:
    """How many there are in memory. By type: ``isinstance`` would wake lazy proxies of other libraries."""
    return sum(type(o) is EditTarget for o in gc.get_objects())


class Spy:
    """Looks for targets in all that it is given, and among all living objects."""

    def __init__(self) -> None:
        self.found: list[object] = []
        self.before = living_targets()  # what other tests hold
        self.alive = 0
        self.seen = 0

    def predict(self, batch):
        for inputs in batch:
            self.seen += 1
            self.found += [o for o in reachable(inputs) if isinstance(o, (EditTarget, EditRecord))]
            arrays = [o for o in reachable(inputs) if isinstance(o, np.ndarray)]
            self.found += [a for a in arrays if not np.array_equal(a, inputs.start)]
        self.alive += living_targets() - self.before
        return [EditPrediction((inputs.start,) * len(inputs.instructions)) for inputs in batch]


def test_inputs_lead_to_no_target() -> None:
    gc.collect()
    spy = Spy()
    cfbench.run(spy, "mock", metric=("mock",), batch_size=3, shards=1)
    assert spy.seen == 8
    assert spy.found == []
    assert spy.alive == 0


def test_the_spy_would_find_a_target(tmp_path: object) -> None:
    from cfbench.cache import ContentCache
    from cfbench.datasets import DataContext

    split = MockDataset(DataContext(tmp_path, ContentCache(tmp_path))).split("test")
    target = split.target(0)
    assert any(isinstance(o, EditTarget) for o in reachable([split.inputs(0), target]))


def test_only_models_that_declare_it_get_targets() -> None:
    given = []

    class Declares(Spy):
        needs_target = True

        def predict(self, batch):
            given.extend(batch)
            return [EditPrediction(target.images) for _, target in batch]

    result = cfbench.run(Declares(), "mock", metric=("mock",))
    assert all(isinstance(target, EditTarget) for _, target in given)
    assert result.model.needs_target
    assert result.unranked_because
