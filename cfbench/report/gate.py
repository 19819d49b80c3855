"""A verdict as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.report._formats import as_markdown, as_text
from cfbench.report._numbers import ABSENT, Figure, arrow, decimals_for, fixed
from cfbench.report._table import LONGEST_LIST, Column, Row, Table
from cfbench.report.comparison import signed

if TYPE_CHECKING:
    from cfbench.gating import Check, Verdict

COLUMNS = (
    Column("verdict", "text", "status"),
    Column("number", "text", "address"),
    Column("baseline", "value", "baseline"),
    Column("new", "value", "new"),
    Column("difference", "value", "difference"),
    Column("may lose", "value", "allowed"),
    Column("because", "text", "words"),
)
SIGNS = {"passed": "pass", "failed": "FAIL", "error": "ERROR", "skipped": "skip"}
FIRST = {"failed": 0, "error": 1, "passed": 2, "skipped": 3}


def gate_text(verdict: Verdict, width: int | None = None) -> str:
    """For a terminal: the table, then the whole in one line."""
    table = as_text(_table(verdict), width) if verdict.checks else ""
    return f"{table}\n{verdict.headline}\n".lstrip("\n")


def gate_markdown(verdict: Verdict) -> str:
    """For GitHub's step summary: the whole in one line, then the table."""
    from cfbench.report._escape import markdown

    sign = "✅" if verdict.opens else "❌"
    heading = f"### {sign} cfbench {markdown(verdict.headline)}\n"
    return f"{heading}\n{as_markdown(_table(verdict))}" if verdict.checks else heading


def figures(check: Check) -> tuple[str, str, str]:
    """Baseline, new value, and their difference with its interval, as texts."""
    decimals = decimals_for([Figure(value, None, None) for value in (check.baseline, check.new)])
    values = [ABSENT if value is None else fixed(value, decimals) for value in (check.baseline, check.new)]
    if check.difference is None:
        return values[0], values[1], ""
    difference = signed(check.difference, decimals)
    if check.ci_low is not None and check.ci_high is not None:
        difference += f" [{signed(check.ci_low, decimals)}, {signed(check.ci_high, decimals)}]"
        difference += "" if check.paired else " unpaired"
    return values[0], values[1], difference


def _table(verdict: Verdict) -> Table:
    checks = sorted(verdict.checks, key=lambda check: FIRST[check.status])
    notes = [
        f"{verdict.new_run} against {verdict.baseline_run or 'no baseline'} on {verdict.dataset}",
        *verdict.remarks,
    ]
    notes += [
        f"{check.address}: worse most in {', '.join(change.sample for change in check.worst)}"
        for check in [check for check in verdict.of("failed") if check.worst][:LONGEST_LIST]
    ]
    if verdict.unjudged:
        notes.append(f"{verdict.unjudged} further numbers of the new result were not judged")
    return Table("", (), COLUMNS, tuple(Row(_cells(check)) for check in checks), 2, tuple(notes))


def _cells(check: Check) -> tuple[str, ...]:
    before, after, difference = figures(check) if check.kind != "policy" else ("", "", "")
    towards = "" if check.higher_is_better is None else f" {arrow(check.higher_is_better)}"
    allowed = "" if check.allowed is None else f"{check.allowed:.4g}"
    return SIGNS[check.status], check.address + towards, before, after, difference, allowed, check.words
