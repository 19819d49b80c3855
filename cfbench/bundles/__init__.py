"""Bundles: a run in one file that others can hold against its own digests, and the check of them.

Client and server use the same functions. Each name is loaded at its first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfbench.bundles.checking import check
    from cfbench.bundles.findings import Finding, Report
    from cfbench.bundles.manifest import Manifest
    from cfbench.bundles.opening import Bundle, open_bundle
    from cfbench.bundles.rescoring import rescore
    from cfbench.bundles.writing import write_bundle

__all__ = ["Bundle", "Finding", "Manifest", "Report", "check", "open_bundle", "rescore", "write_bundle"]

_HOMES = {
    "Bundle": "opening",
    "Finding": "findings",
    "Manifest": "manifest",
    "Report": "findings",
    "check": "checking",
    "open_bundle": "opening",
    "rescore": "rescoring",
    "write_bundle": "writing",
}


def __getattr__(name: str) -> object:
    """Import a public name at its first use."""
    if name not in _HOMES:
        message = f"module 'cfbench.bundles' has no attribute '{name}'"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"cfbench.bundles.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
