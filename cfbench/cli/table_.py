"""``cfbench table``."""

from __future__ import annotations

import json
from pathlib import Path

import click

FORMATS = ("text", "md", "latex", "csv", "html")


@click.command("table")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to write it.")
@click.option("--slice", "slices", multiple=True, help="Slices to show, or 'every'; 'all' otherwise.")
@click.option("--metric", "metrics", multiple=True, help="Metrics to show; every one otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def command(
    paths: tuple[Path, ...],
    form: str,
    slices: tuple[str, ...],
    metrics: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show results side by side.

    PATHS are result.json files or run folders.
    """
    from cfbench.api import load
    from cfbench.cli._finish import terminal_width
    from cfbench.report import render

    results = [load(path) for path in paths]
    if as_json:
        rows = [
            {"model": result.model.name, "dataset": result.dataset.name, **score.model_dump()}
            for result in results
            for score in result.scores
            if score.slice in (slices or ("all",)) or "every" in slices
            if not metrics or {score.metric, f"{score.metric}/{score.name}"} & set(metrics)
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    chosen = "every" if "every" in slices else slices or "all"
    click.echo(
        render(results, form, slices=chosen, metrics=metrics or None, width=terminal_width()), nl=False
    )
