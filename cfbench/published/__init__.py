"""What the papers printed, as data: every number with the table that it stands in.

``table("sscr/table2")`` is a table of one paper; ``papers()`` says which there are. Values are as printed, in the
paper's unit, and are never mixed with measured ones; the notes of a table say what one must know before comparing.
Rows bear the names that cfbench has for the methods (``sscr-ctc`` for "w/ CTC only"), with ``@50`` for 50 % of the data.
Which rows and columns cfbench measures, by which model, data set, split and number, is data too: ``Table.measured``.
"""

from __future__ import annotations

from cfbench.published.reading import Measured, Number, Paper, Table, papers, table, tables

__all__ = ["Measured", "Number", "Paper", "Table", "papers", "table", "tables"]
