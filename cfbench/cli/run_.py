"""``cfbench run``."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from cfbench.cli._options import config_options, given

if TYPE_CHECKING:
    from pathlib import Path


@click.command("run")
@config_options("predictions")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(config_file: Path | None, as_json: bool, **values: Any) -> None:
    """Run a model on a data set and score it.

    Killed at any point, the same command continues where it was, and the result is the same.

    \b
    cfbench run --model nearest-train --dataset codraw
    cfbench run --model my_editor.py:MyEditor --dataset codraw --limit 50
    """
    from cfbench.api import start_run
    from cfbench.cli._finish import finish
    from cfbench.cli._reporter import TerminalReporter
    from cfbench.report.of_run import write_run_report

    with redirect_stdout(sys.stderr):  # what a model prints must not stand in the output
        run = start_run(values.pop("model"), given(values), file=config_file, reporter=TerminalReporter())
    write_run_report(run)
    finish(run, as_json=as_json)
