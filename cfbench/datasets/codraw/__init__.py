"""CoDraw in its official forms (:class:`CoDraw`) and its embedded twin (:class:`CoDrawMini`)."""

from __future__ import annotations

from cfbench.datasets.codraw.mini import CoDrawMini
from cfbench.datasets.codraw.official import CoDraw

__all__ = ["CoDraw", "CoDrawMini"]
