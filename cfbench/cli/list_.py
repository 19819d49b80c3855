"""``cfbench list``."""

from __future__ import annotations

import json

import click

from cfbench.plugins import KINDS


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(kind: str, as_json: bool) -> None:
    """List models, datasets, metrics or detectors, with what each is."""
    from cfbench.describe import overview

    rows = overview(kind)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['summary']}")
