"""``cfbench table``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cfbench.results import Result

FORMATS = ("text", "md", "latex", "csv", "html")


@click.command("table")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to write it.")
@click.option("--slice", "slices", multiple=True, help="Slices to show, or 'every'; 'all' otherwise.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    help="Metrics to show, with their parts and diagnostics; the main numbers of every one otherwise.",
)
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

    unfinished = [path for path in paths if path.is_dir() and not (path / "result.json").exists()]
    if len(unfinished) < len(paths):
        for path in unfinished:
            click.echo(f"left out: {path} holds no result yet", err=True)
        paths = tuple(path for path in paths if path not in unfinished)
    results = [load(path) for path in paths]
    chosen = "every" if "every" in slices else slices or "all"
    table = render(results, form, slices=chosen, metrics=metrics or None, width=terminal_width())
    click.echo(json.dumps(_rows(results, slices, metrics), indent=2) if as_json else table.rstrip("\n"))


def _rows(results: list[Result], slices: tuple[str, ...], metrics: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "model": result.model.name,
            "dataset": f"{result.dataset.name}@{result.dataset.version}",
            "split": result.dataset.split,
            "run_id": result.run_id,
            "complete": result.complete,
            "unranked_because": result.unranked_because,
            **score.model_dump(),
        }
        for result in results
        for score in result.scores
        if score.slice in (slices or ("all",)) or "every" in slices
        if not metrics or {score.metric, f"{score.metric}/{score.name}"} & set(metrics)
    ]
