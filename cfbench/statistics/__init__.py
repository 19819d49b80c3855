"""Statistics over evidence, for every metric alike."""

from __future__ import annotations

from cfbench.statistics.bootstrap import Interval, intervals

__all__ = ["Interval", "intervals"]
