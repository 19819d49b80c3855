"""Results: the schema, reading and writing, signatures and environment."""

from __future__ import annotations

from cfbench.results.schema import (
    SCHEMA_VERSION,
    DatasetInfo,
    DetectorInfo,
    Environment,
    Failure,
    ModelInfo,
    Protocol,
    Result,
    Score,
)

__all__ = [
    "SCHEMA_VERSION",
    "DatasetInfo",
    "DetectorInfo",
    "Environment",
    "Failure",
    "ModelInfo",
    "Protocol",
    "Result",
    "Score",
]
