"""From the name of a reproduction to its outcome."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from cfbench.datasets import dataset_class
from cfbench.errors import UsageError
from cfbench.plugins import load_plugin, working_plugins
from cfbench.reproduction.base import Reproduction, Settings
from cfbench.reproduction.workshop import Workshop

if TYPE_CHECKING:
    from cfbench.reproduction.outcome import Outcome


def overview() -> list[dict[str, Any]]:
    """What can be reproduced: name, summary and data sets."""
    return [
        {"name": name, "summary": cls.summary, "datasets": list(cls.datasets)}
        for name, cls in working_plugins("reproductions").items()
    ]


def reproduce(name: str, settings: Settings) -> Outcome:
    """Run what is missing of a table or figure, and put it together.

    Raises:
        UsageError: There is no such reproduction, or it is not of that data set, or of none.
    """
    cls = load_plugin("reproductions", name)
    if not (isinstance(cls, type) and issubclass(cls, Reproduction)):
        raise UsageError(
            f"'{name}' is no reproduction", "it does not derive from cfbench.reproduction.Reproduction"
        )
    if not cls.datasets:
        if settings.dataset:
            raise UsageError(f"'{name}' is not measured on {settings.dataset}", "it needs no data set")
        return _run(cls, settings, "")
    asked = settings.dataset or cls.datasets[0]
    if asked not in cls.datasets and dataset_class(asked).twin not in cls.datasets:
        raise UsageError(
            f"'{name}' is not measured on {asked}",
            f"it is on {', '.join(cls.datasets)}",
            "Name one by --dataset",
        )
    return _run(cls, settings, asked)


def _run(cls: type[Reproduction], settings: Settings, asked: str) -> Outcome:
    work = Workshop(settings, asked)
    with closing(work.ahead):
        return cls().run(work)
