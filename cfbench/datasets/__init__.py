"""Data sets: what one is (:class:`Dataset`, :class:`Split`) and how a name becomes one (:func:`open_dataset`)."""

from __future__ import annotations

from cfbench.datasets.base import DataContext, Dataset, Source, Split
from cfbench.datasets.opening import dataset_class, default_data_root, open_dataset, view_for
from cfbench.options import Option

__all__ = [
    "DataContext",
    "Dataset",
    "Option",
    "Source",
    "Split",
    "dataset_class",
    "default_data_root",
    "open_dataset",
    "view_for",
]
