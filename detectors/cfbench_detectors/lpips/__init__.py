"""LPIPS: how alike two images look, by the layers of a network that classifies."""

from __future__ import annotations

from cfbench_detectors.lpips.extractor import Backbone, LpipsAlex, LpipsVgg

__all__ = ["Backbone", "LpipsAlex", "LpipsVgg"]
