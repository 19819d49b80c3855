"""The report of a finished run: its numbers, and the samples that each metric finds best, worst and in the middle.

Its bytes are a pure function of the result and the predictions, on one installation.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cfbench.comparing.sides import Side
from cfbench.report.html import reproduce_command, write_report
from cfbench.report.page.gathering import groups_of
from cfbench.report.page.samples import shown_samples

if TYPE_CHECKING:
    from cfbench.execution.runner import FinishedRun
    from cfbench.report.page.view import Shown

EXAMPLES = 9


def write_run_report(run: FinishedRun) -> None:
    """Write ``report.html`` into the run folder."""
    config = run.bench.config
    folder = str(config.predictions) if config.predictions else None
    command = reproduce_command(run.result, model=config.model, predictions=folder)
    if config.name and folder is None:
        command += f" --name {shlex.quote(config.name)}"
    shown = examples_of(run)
    path = run.folder / "report.html"
    write_report(run.result, shown.examples, path, notes=shown.notes, command=command)


def examples_of(run: FinishedRun, count: int = EXAMPLES) -> Shown:
    """The best, worst and median samples; without a metric that says it, samples spread evenly."""
    (group,) = groups_of([Side(run.result, run.folder)])
    at_hand = {metric.name: metric for metric in run.bench.metrics}
    return shown_samples(group, run.bench.split, (), count, at_hand)
