"""Memories of so many things at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections import OrderedDict

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Remember a value, and forget those in front until there are ``most``. The caller holds the lock."""
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
