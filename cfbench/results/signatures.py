"""Signatures: what one must know to compare a number with another, as ``relsim|proto:geneva|n:500|v:1``."""

from __future__ import annotations


def without_n(signature: str) -> str:
    """A signature but for its count of samples: equal for numbers that may be compared."""
    return "|".join(part for part in signature.split("|") if not part.startswith("n:"))


def part_of(signature: str, key: str) -> str:
    """What a signature says under a key, such as ``proto`` or ``v``; empty where it says nothing."""
    start = f"{key}:"
    return next((part[len(start) :] for part in signature.split("|") if part.startswith(start)), "")


def metric_in(signature: str) -> str:
    """The name of the metric."""
    return signature.partition("|")[0]
