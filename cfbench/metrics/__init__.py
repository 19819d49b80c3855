"""Metrics: what one is. Each backend is a file of its own, found through entry points."""

from __future__ import annotations

from cfbench.metrics.base import (
    Evidence,
    MeanMetric,
    Metric,
    NamedDetector,
    Number,
    Scored,
)

__all__ = ["Evidence", "MeanMetric", "Metric", "NamedDetector", "Number", "Scored"]
