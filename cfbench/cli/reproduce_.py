"""``cfbench reproduce``."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from cfbench.cli._reporter import TerminalReporter
from cfbench.cli.data_ import JSON, ROOT

LIST = "list"


@click.command("reproduce")
@click.argument("name", default=LIST)
@click.option("--dataset", metavar="NAME", help="What to measure on; the first of those listed otherwise.")
@click.option("--preset", default="cpu", show_default=True, metavar="NAME", help="Of the trainings.")
@click.option("--seeds", metavar="N,N", help="Seeds of the trainings; otherwise the weights that are there.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N samples; marked in the table.")
@click.option("--train", is_flag=True, help="Make the trainings that are missing; hours, on a CPU.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reproductions"),
    show_default=True,
    help="Folder to write to.",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder of runs.",
)
@click.option(
    "--trainings",
    type=click.Path(path_type=Path),
    default=Path("training"),
    show_default=True,
    help="Folder of trainings.",
)
@click.option("--device", default="cpu", show_default=True, help="Such as cpu or cuda.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=64),
    default=1,
    show_default=True,
    help="Runs at once where there are several seeds, each with its share of the processors.",
)
@click.option(
    "--threads", type=click.IntRange(min=1), help="Of each run; its share of the processors otherwise."
)
@click.option(
    "--resamples", type=click.IntRange(min=0), default=1000, show_default=True, help="Behind each interval."
)
@click.option("--official", is_flag=True, help="Refuse the embedded twin.")
@ROOT
@JSON
def command(name: str, out: Path, as_json: bool, **chosen: Any) -> None:
    """Measure a table or figure of a paper again, and show it beside the published one.

    NAME is one of 'cfbench reproduce list'. Runs that are there are not made again. Where a training is missing, its
    row says what to type. Markdown, CSV, JSON and, of figures, SVG and PNG are written to the folder.

    \b
    cfbench reproduce sscr/table2 --dataset iclevr-mini
    """
    from cfbench.cli._finish import terminal_width
    from cfbench.config import available_threads
    from cfbench.reproduction import Settings, overview, reproduce

    if name == LIST:
        _list(overview(), as_json=as_json)
        return
    seeds = _seeds(chosen.pop("seeds"))
    threads = chosen.pop("threads") or max(1, available_threads() // chosen["jobs"])
    settings = Settings(**chosen, seeds=seeds, threads=threads, reporter=TerminalReporter())
    with redirect_stdout(sys.stderr):
        outcome = reproduce(name, settings)
    written = outcome.write(out)
    click.echo(
        json.dumps(outcome.to_json(), indent=2) if as_json else outcome.text(terminal_width()), nl=as_json
    )
    for path in written:
        click.echo(f"written {path}", err=True)


def _list(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        click.echo(
            f"{row['name']:<{width}}  {row['summary']} ({', '.join(row['datasets']) or 'no data set'})"
        )


def _seeds(text: str | None) -> tuple[int, ...]:
    from cfbench.errors import UsageError

    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise UsageError(
            f"--seeds cannot be '{text}'", "whole numbers with commas between are needed, such as 0,1,2"
        )
    return tuple(dict.fromkeys(int(part) for part in parts))
