"""cfbench: the benchmark suite for counterfactuals in vision and language.

``run`` and ``score`` make a :class:`cfbench.results.Result`, ``load`` reads one back,
``compare`` and ``gate`` hold two against each other. Importing this
package brings in neither torch nor pandas: each name is loaded at its first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench._version import __version__

if TYPE_CHECKING:
    from cfbench.api import compare, describe_scene, gate, load, run, score
    from cfbench.results import Result

__all__ = ["Result", "__version__", "compare", "describe_scene", "gate", "load", "run", "score"]

_HOMES = {
    "Result": "cfbench.results",
    "compare": "cfbench.api",
    "describe_scene": "cfbench.api",
    "gate": "cfbench.api",
    "load": "cfbench.api",
    "run": "cfbench.api",
    "score": "cfbench.api",
}


def __getattr__(name: str) -> object:
    """Import a public name at its first use."""
    if name not in _HOMES:
        message = f"module 'cfbench' has no attribute '{name}'"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
