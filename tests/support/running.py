"""How tests run models on the mock data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.api import start_run

if TYPE_CHECKING:
    from cfbench.execution.runner import FinishedRun

EDITORS = Path(__file__).with_name("editors.py")  # models and metrics, to be given by path


def run_mock(model: Any = "mock", **options: Any) -> FinishedRun:
    """A run on the mock data, by default under both of its metrics."""
    options.setdefault("metric", ("mock", "pixel"))
    return start_run(model, {"dataset": "mock", **options})


def result_bytes(run: FinishedRun) -> bytes:
    """The result as it lies on disk."""
    return (run.folder / "result.json").read_bytes()
