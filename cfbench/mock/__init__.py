"""A mock of every kind of plugin for every kind of work, so that anyone can try a pipeline in a second.

All of it is one world: up to three coloured squares in a row.
"""

from __future__ import annotations

from cfbench.mock.edit import MockDataset, MockDetector, MockMetric, MockPainter, MockSeen
from cfbench.mock.explain import MockExplain
from cfbench.mock.labels import MockImageLabels, MockText
from cfbench.mock.models import MockModel, MockOracle
from cfbench.mock.networks import MockFeatures, MockLatents, MockLayers, MockLearnedLayers
from cfbench.mock.pairs import MockPairs
from cfbench.mock.questions import MockVisual, MockVqa
from cfbench.mock.readers import MockClip, MockReader

__all__ = [
    "MockClip",
    "MockDataset",
    "MockDetector",
    "MockExplain",
    "MockFeatures",
    "MockImageLabels",
    "MockLatents",
    "MockLayers",
    "MockLearnedLayers",
    "MockMetric",
    "MockModel",
    "MockOracle",
    "MockPainter",
    "MockPairs",
    "MockReader",
    "MockSeen",
    "MockText",
    "MockVisual",
    "MockVqa",
]
