"""How often somebody may ask: so many a minute, and after a rest as many at once."""

from __future__ import annotations

import math
from threading import Lock
from time import monotonic

REMEMBERED = 20_000
"""Clients that are remembered; those that asked longest ago are forgotten first."""


class Rate:
    """A bucket of tokens for each key, filled evenly. Safe for several threads."""

    def __init__(self, a_minute: int) -> None:
        """Each key may ask ``a_minute`` times."""
        self._most = float(a_minute)
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def wait(self, key: str, cost: float = 1.0) -> int:
        """0 where the key may ask now, which counts; otherwise the whole seconds until it may."""
        with self._lock:
            left, then = self._level(key)
            if left < cost:
                return max(1, math.ceil((cost - left) * 60 / self._most))
            self._left.pop(key, None)
            self._left[key] = (left - cost, then)
            if len(self._left) > REMEMBERED:
                del self._left[next(iter(self._left))]
            return 0

    def _level(self, key: str) -> tuple[float, float]:
        moment = monotonic()
        left, then = self._left.get(key, (self._most, moment))
        return min(self._most, left + (moment - then) * self._most / 60), moment
