"""From a name to a data set: the official files where they are installed, else the embedded twin, said aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.cache import ContentCache, default_cache_folder
from cfbench.datasets.base import DataContext, Dataset
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.plugins import load_plugin

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from cfbench.reporter import Reporter


def default_data_root() -> Path:
    """Where data sets are installed unless ``--data-root`` (``CFBENCH_DATA``) says otherwise."""
    from platformdirs import user_data_path

    return user_data_path("cfbench", appauthor=False) / "data"


def dataset_class(name: str) -> type[Dataset]:
    """The class of a data set."""
    cls = load_plugin("datasets", name)
    if not (isinstance(cls, type) and issubclass(cls, Dataset)):
        raise UsageError(f"'{name}' is not a data set", "it does not derive from cfbench.datasets.Dataset")
    return cls


def view_for(name: str, tasks: Collection[str]) -> str:
    """The data set itself or, where it has none of these kinds of work, its view that has one.

    No kinds of work at all stand for any.
    """
    cls = dataset_class(name)
    if not tasks or cls.task in tasks:
        return name
    return next((view for task, view in cls.views.items() if task in tasks), name)


def open_dataset(
    name: str,
    *,
    root: Path | None,
    options: Mapping[str, str],
    reporter: Reporter,
    official: bool = False,
    offline: bool = False,
    cache: ContentCache | None = None,
) -> Dataset:
    """The data set of that name, or its twin where the official files are not all installed."""
    cls = dataset_class(name)
    root = root or default_data_root()
    missing = cls.missing(root)
    if missing:
        why = f"missing below {root}: {', '.join(missing[:3])}" + (" …" if len(missing) > 3 else "")
        if cls.twin is None or official:
            raise EnvironmentLackError(
                f"The official data of '{name}' is not installed", why, f"Type 'cfbench data get {name}'"
            )
        reporter.line(
            f"{name} is not installed ({why}); running its embedded twin {cls.twin} instead."
            f" Its numbers are not {name}'s. 'cfbench data get {name}' tells how to install it."
        )
        cls = dataset_class(cls.twin)
    elif official and cls.twin_of is not None:
        raise UsageError(
            f"'{name}' is an embedded twin, not official data", "", f"Use --dataset {cls.twin_of}"
        )
    cache = cache or ContentCache(default_cache_folder(), reporter)
    return cls(DataContext(root, cache, dict(options), reporter, offline))
