"""Gradient supervision (Teney et al. 2020): the loss, small networks taught with it, and their controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cfbench_models.gs.loss import gradient_supervision_loss

__all__ = ["gradient_supervision_loss"]


def __getattr__(name: str) -> Any:
    """The loss, without torch until it is asked for."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from cfbench_models.gs import loss

    return getattr(loss, name)
