"""Training by name: what ``cfbench train`` calls.

A model or detector that can be trained has a class method ``train(job)`` that takes a :class:`TrainingJob` and returns
the file of its weights. It keeps checkpoints in ``job.folder``; called again with the same job, it continues.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cfbench.config import available_threads
from cfbench.errors import CfbenchError, UsageError, in_one_line
from cfbench.plugins import Kind, load_plugin, plugins
from cfbench.reporter import Reporter, silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cfbench.datasets import Dataset

TRAINED_KINDS: tuple[Kind, ...] = ("models", "detectors")


@dataclass(frozen=True)
class TrainingJob:
    """What is trained on, how, and where its checkpoints are."""

    dataset: Dataset
    folder: Path
    preset: str = "cpu"
    seed: int = 0
    device: str = "cpu"
    threads: int = field(default_factory=available_threads)
    minutes: float | None = None
    """Pause at the first checkpoint that is later; the same job continues."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Changes to the preset, by name."""
    reporter: Reporter = silent


def train(name: str, job: TrainingJob) -> Path:
    """Train a model or a detector; the file of its weights."""
    cls = _trainable(name)
    try:
        weights: Path = cls.train(job)
    except CfbenchError:
        raise
    except Exception as error:
        raise UsageError(f"'{name}' cannot be trained", in_one_line(error)) from error
    return weights


def _trainable(name: str) -> Any:
    kind = next((kind for kind in TRAINED_KINDS if name in plugins(kind)), TRAINED_KINDS[0])
    cls = load_plugin(kind, name)
    if callable(getattr(cls, "train", None)):
        return cls
    why = "it has no method train(job)"
    if getattr(cls, "fits_while_you_wait", False):
        why = "it fits by itself when it runs"
    raise UsageError(f"'{name}' is not trained", why, f"See 'cfbench describe {name}'")
