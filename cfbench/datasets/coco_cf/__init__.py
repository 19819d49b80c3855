"""Photographs of COCO with an object class painted over: features, labels, and how to make them."""

from __future__ import annotations

from cfbench.datasets.coco_cf.dataset import CocoCf

__all__ = ["CocoCf"]
