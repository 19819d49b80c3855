"""Tables and figures of papers, measured again: each is registered under ``cfbench.reproductions``.

A reproduction runs what is missing, and gives the paper's table with what was published beside what was measured. No
number stands for a training that was not made: its row says what to type.
"""

from __future__ import annotations

from cfbench.reproduction.arms import Arm
from cfbench.reproduction.base import Reproduction, Settings
from cfbench.reproduction.outcome import Cell, Figure, Outcome
from cfbench.reproduction.running import overview, reproduce
from cfbench.reproduction.together import put_together
from cfbench.reproduction.workshop import Lacking, Measured, Place, Workshop

__all__ = [
    "Arm",
    "Cell",
    "Figure",
    "Lacking",
    "Measured",
    "Outcome",
    "Place",
    "Reproduction",
    "Settings",
    "Workshop",
    "overview",
    "put_together",
    "reproduce",
]
