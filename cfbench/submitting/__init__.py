"""Handing a bundle or a result in to a leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfbench.submitting.client import Receipt, submit

__all__ = ["Receipt", "submit"]


def __getattr__(name: str) -> object:
    """Import a public name at its first use."""
    if name not in __all__:
        message = f"module 'cfbench.submitting' has no attribute '{name}'"
        raise AttributeError(message)
    from cfbench.submitting import client

    return getattr(client, name)


def __dir__() -> list[str]:
    return sorted(__all__)
