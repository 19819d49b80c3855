"""i-CLEVR in its official raw layout (:class:`IClevr`) and its embedded twin (:class:`IClevrMini`)."""

from __future__ import annotations

from cfbench.datasets.iclevr.mini import IClevrMini
from cfbench.datasets.iclevr.official import IClevr

__all__ = ["IClevr", "IClevrMini"]
