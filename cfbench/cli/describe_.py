"""``cfbench describe``."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command("describe")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str, as_json: bool) -> None:
    """Say what a model, data set, metric or detector is."""
    from cfbench.describe import describe

    found = describe(name)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for index, card in enumerate(found):
        if index:
            click.echo()
        for key, value in card.items():
            _print(key, value)


def _print(key: str, value: Any) -> None:
    if isinstance(value, dict):
        click.echo(f"{key}:")
        for inner, text in value.items():
            click.echo(f"  {inner}: {text}")
    elif isinstance(value, list):
        click.echo(f"{key}: {', '.join(map(str, value))}")
    else:
        click.echo(f"{key}: {value}")
