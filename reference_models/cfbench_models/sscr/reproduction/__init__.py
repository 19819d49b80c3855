"""The tables and figures of the SSCR paper, measured again: ``cfbench reproduce sscr/table2``."""

from __future__ import annotations

from cfbench_models.sscr.reproduction.curves import Figure4, Figure5, Figure7
from cfbench_models.sscr.reproduction.strips import Figure6, Figure8
from cfbench_models.sscr.reproduction.tables import Table1, Table2, Table3, Table4, Table5

__all__ = [
    "Figure4",
    "Figure5",
    "Figure6",
    "Figure7",
    "Figure8",
    "Table1",
    "Table2",
    "Table3",
    "Table4",
    "Table5",
]
