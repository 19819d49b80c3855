"""The embedded twin of ``coco-cf``: park scenes whose objects keep company, and the same scenes without some of them."""

from __future__ import annotations

from cfbench.datasets.park_labels.mini import ParkLabelsMini

__all__ = ["ParkLabelsMini"]
