"""What ``run`` and ``score`` do once the numbers are there."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from cfbench.errors import IncompleteError

if TYPE_CHECKING:
    from cfbench.execution.runner import FinishedRun

SHOWN_IDS = 20


def terminal_width() -> int | None:
    """Columns of the terminal; None where the output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def finish(run: FinishedRun, *, as_json: bool) -> None:
    """Print the table and where the files are; an incomplete run ends with exit code 3."""
    from cfbench.report import render

    result = run.result
    if as_json:
        click.echo(result.model_dump_json(indent=2))
    else:
        click.echo(render([result], "text", width=terminal_width()), nl=False)
    click.echo(f"result  {run.folder / 'result.json'}", err=True)
    click.echo(f"report  {run.folder / 'report.html'}", err=True)
    if result.complete:
        return
    for failure in result.failed[:SHOWN_IDS]:
        click.echo(f"failed  {failure.sample}: {failure.error}", err=True)
    for sample in result.missing[:SHOWN_IDS]:
        click.echo(f"missing {sample}", err=True)
    hidden = max(0, len(result.failed) - SHOWN_IDS) + max(0, len(result.missing) - SHOWN_IDS)
    if hidden:
        click.echo(f"and {hidden} more: see 'failed' and 'missing' in result.json", err=True)
    raise IncompleteError(
        f"{len(result.missing)} samples are missing and {len(result.failed)} failed",
        f"of {result.dataset.samples} asked for, so no number has a value",
        "Mend the model, then add --retry-failed"
        if run.bench.config.predictions is None
        else "Add or mend them and type the same command again",
    )
