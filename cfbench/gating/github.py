"""A verdict for GitHub Actions: annotations on the output, and a summary of the step.

Texts are escaped as the runner's own toolkit does, so that no name from outside can give the runner a command.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cfbench.report._escape import plain
from cfbench.report.gate import figures, gate_markdown

if TYPE_CHECKING:
    from cfbench.gating.verdict import Check, Verdict

SUMMARY = "GITHUB_STEP_SUMMARY"
SHOWN = 10  # GitHub shows no more of a kind for a step


def annotation_lines(verdict: Verdict) -> list[str]:
    """A line for each thing that kept the gate shut, and for what a reader must mind."""
    tone = "warning" if verdict.opens else "error"
    lines = [_line(tone, "cfbench gate", verdict.headline)] if verdict.outcome != "passed" else []
    bad = verdict.of("failed", "error")
    room = SHOWN - len(lines)
    shown = bad if len(bad) <= room else bad[: room - 1]
    lines += [_line("error", check.address, _said(check)) for check in shown]
    if len(bad) > len(shown):
        lines.append(
            _line("error", "cfbench gate", f"and {len(bad) - len(shown)} more; see the step's summary")
        )
    return lines + [_line("warning", "cfbench gate", remark) for remark in verdict.remarks[:SHOWN]]


def write_summary(verdict: Verdict) -> bool:
    """Append to the summary of the step; False where there is none to write to."""
    path = os.environ.get(SUMMARY)
    if not path:
        return False
    with Path(path).open("a", encoding="utf-8") as handle:
        handle.write(gate_markdown(verdict) + "\n")
    return True


def _said(check: Check) -> str:
    before, after, difference = figures(check) if check.kind != "policy" else ("", "", "")
    return check.words + (f" (baseline {before}, new {after}, {difference})" if difference else "")


def _line(command: str, title: str, message: str) -> str:
    return f"::{command} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
