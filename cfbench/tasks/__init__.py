"""The kinds of work. A task is known by its name; its module is imported at first use."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from cfbench.errors import unknown_name
from cfbench.tasks.base import PredictionFault, Task

__all__ = ["TASKS", "PredictionFault", "Task", "get_task"]

TASKS = {
    "edit": "cfbench.tasks.edit:EditTask",
    "explain": "cfbench.tasks.explain:ExplainTask",
    "visual-cf": "cfbench.tasks.visual_cf:VisualTask",
    "vqa": "cfbench.tasks.vqa:VqaTask",
    "image-labels": "cfbench.tasks.labels:ImageLabelsTask",
    "text-label": "cfbench.tasks.labels:TextLabelTask",
    "pair-cf": "cfbench.tasks.pair_cf:PairTask",
}


@cache
def get_task(name: str) -> Task[Any, Any, Any]:
    """The task of that name."""
    if name not in TASKS:
        raise unknown_name("task", name, TASKS, list_command="cfbench list datasets")
    module, _, attribute = TASKS[name].partition(":")
    task: Task[Any, Any, Any] = getattr(import_module(module), attribute)()
    return task
