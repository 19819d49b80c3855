"""``cfbench score``."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from cfbench.cli._options import config_options, given

if TYPE_CHECKING:
    from pathlib import Path


@click.command("score")
@config_options("model", "model_option", "device", "teacher_forced")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(config_file: Path | None, as_json: bool, **values: Any) -> None:
    """Score a folder of predictions made elsewhere, in any language.

    The folder holds <id>/turn-1.png … for each sample, or predictions.jsonl, or is a run's own folder.

    \b
    cfbench score --predictions out/ --dataset codraw
    """
    from cfbench.api import start_score
    from cfbench.cli._finish import finish
    from cfbench.cli._reporter import TerminalReporter
    from cfbench.report.of_run import write_run_report

    with redirect_stdout(sys.stderr):  # what a model prints must not stand in the output
        run = start_score(given(values), file=config_file, reporter=TerminalReporter())
    write_run_report(run)
    finish(run, as_json=as_json)
