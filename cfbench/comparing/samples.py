"""Which options of a data set say which samples are judged, and which only what a model learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfbench.results.schema import DatasetInfo

TRAINING = "train_"
"""Begins the names of options that change the training split alone."""


def options_of_samples(data: DatasetInfo) -> dict[str, str]:
    """Those that results must share to be compared."""
    return {name: value for name, value in data.options.items() if not name.startswith(TRAINING)}


def options_of_training(data: DatasetInfo) -> dict[str, str]:
    """Those that may tell two compared models apart."""
    return {name: value for name, value in data.options.items() if name.startswith(TRAINING)}
