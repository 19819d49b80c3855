"""Samples of every kind of work from the mock data sets, and metrics that look at them through mock networks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from cfbench.datasets.opening import open_dataset
from cfbench.execution.evidence import as_evidence, complete_rows, sorted_rows
from cfbench.execution.judges import Judges
from cfbench.metrics import Evidence, Metric, Scored
from cfbench.mock import MockModel, MockOracle
from cfbench.models import ModelContext
from cfbench.plugins import load_plugin, plugins
from cfbench.reporter import silent
from cfbench.tasks import get_task

DATASETS = {
    "edit": "mock",
    "explain": "mock-explain",
    "vqa": "mock-vqa",
    "visual-cf": "mock-visual-cf",
    "text-label": "mock-text-label",
    "image-labels": "mock-image-labels",
    "pair-cf": "mock-pair-cf",
}
NETWORKS = {
    "objects": "mock",
    "image-features": "mock-features",
    "image-text": "mock-clip",
    "image-layers": "mock-layers",
    "lpips-layers": "mock-learned-layers",
    "latents": "mock-latents",
    "vqa-reader": "mock-reader",
}


def own_metrics() -> list[str]:
    """The names of cfbench's own metrics, without the mocks."""
    own = [plugin for plugin in plugins("metrics").values() if plugin.distribution == "cfbench"]
    return sorted(plugin.name for plugin in own if "mock" not in plugin.name)


def cases() -> list[tuple[str, str, str]]:
    """Every (metric, protocol, kind of work)."""
    found = []
    for name in own_metrics():
        cls = load_plugin("metrics", name)
        found += [(name, protocol, task) for protocol in cls.protocols for task in cls.tasks]
    return found


@cache
def split_of(task: str) -> Any:
    """The test samples of the mock data set of a kind of work."""
    return _dataset(task).split("test")


@cache
def _dataset(task: str) -> Any:
    return open_dataset(DATASETS[task], root=Path("/nonexistent"), options={}, reporter=silent)


def metric_of(name: str, protocol: str, task: str) -> Metric:
    """A metric with mock networks."""
    context = ModelContext(task, f"{DATASETS[task]}@1", 0, "cpu", 1)
    return Judges((f"{name}:{protocol}",), NETWORKS, _dataset(task), context, silent, batch_size=8).metrics[0]


@cache
def samples(task: str, by: str = "both") -> tuple[Scored[Any, Any, Any], ...]:
    """The samples with predictions by the ``oracle``, the ``idle`` model, or ``both`` in turns."""
    split, form = split_of(task), get_task(task)
    found = []
    for index in range(len(split)):
        inputs, target = split.inputs(index), split.target(index)
        if by == "oracle" or (by == "both" and index % 2):
            prediction = MockOracle().predict([(inputs, target)])[0]
        else:
            prediction = MockModel().predict([inputs])[0]
        checked = form.check(inputs, prediction)
        (whole,) = form.ask(MockModel(), [inputs], [checked], lambda _, true=target: true)
        found.append(Scored(inputs.id, inputs, target, whole))
    return tuple(found)


def rows_of(metric: Metric, scored: Any, batch: int = 10_000) -> list[dict[str, Any]]:
    """The evidence as a run keeps it, looked at in batches."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(scored), batch):
        part = scored[start : start + batch]
        rows += complete_rows(metric, part, metric.evidence(part), {one.id: () for one in part})
    return sorted_rows(rows)


def evidence_of(metric: Metric, scored: Any) -> Evidence:
    """The evidence as columns."""
    return as_evidence(rows_of(metric, scored))
