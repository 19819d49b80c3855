"""Trainings that take seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cfbench.training import TrainingJob

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.datasets import Dataset


def job(
    dataset: Dataset, folder: Path, *, preset: str = "smoke", threads: int = 1, **more: Any
) -> TrainingJob:
    """What to train on and where; ``more`` are further fields of the job."""
    return TrainingJob(dataset, folder, preset=preset, threads=threads, **more)
