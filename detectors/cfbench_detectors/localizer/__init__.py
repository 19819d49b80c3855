"""The Inception object localizer: the network, its training, the published checkpoints, and the detectors."""

from __future__ import annotations

from cfbench_detectors.localizer.detector import (
    BlocksInception,
    BlocksInceptionLayers,
    CoDrawInception,
    CoDrawMiniInception,
    IClevrMiniInception,
    ParkInception,
    ParkInceptionLayers,
)

__all__ = [
    "BlocksInception",
    "BlocksInceptionLayers",
    "CoDrawInception",
    "CoDrawMiniInception",
    "IClevrMiniInception",
    "ParkInception",
    "ParkInceptionLayers",
]
