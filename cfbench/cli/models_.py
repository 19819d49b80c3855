"""``cfbench models``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click

from cfbench.cli._reporter import TerminalReporter
from cfbench.cli.data_ import JSON

DATASET = click.option(
    "--dataset", metavar="NAME", help="What they were trained on; needed where there is a choice."
)
HEAD = ("what", "dataset", "licence", "seed", "steps", "hours", "device", "note", "sha256")
TECHNICAL = (
    "network",
    "size",
    "recipe",
    "identity",
    "start",
    "trained_on",
    "classes",
    "words",
)  # in few lines, at the end
SHOWN = 8  # entries of a long list on a card


@click.group("models")
def command() -> None:
    """List, look at, install and export trained weights."""


@command.command("list")
@JSON
def list_(as_json: bool) -> None:
    """List every file of weights on this machine, in the order in which they are looked for."""
    from cfbench.files import human_size
    from cfbench.weights import every_file, weights_folder

    rows = [file.to_json() for file in every_file()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    lines = [
        (
            row["name"],
            row["dataset"] or "",
            human_size(row["bytes"]),
            (row["sha256"] or row["source_sha256"] or "")[:8],
            _plain(row["licence"] or "") or ("converted" if row["source_sha256"] else ""),
            row["where"],
            row["file"],
        )
        for row in rows
    ]
    heading = ("name", "data set", "size", "sha256", "licence", "where", "file")
    widths = [max(len(str(line[at])) for line in [heading, *lines]) for at in range(len(heading))]
    for line in [heading, *lines]:
        click.echo(
            "  ".join(str(cell).ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    for row in rows:
        if row["fault"]:
            click.echo(f"unusable: {_plain(row['fault'])}", err=True)
    click.echo(f"installed ones lie in {weights_folder()}", err=True)


@command.command()
@click.argument("name")
@DATASET
@JSON
def card(name: str, dataset: str | None, as_json: bool) -> None:
    """Show the card of the weights that a run would use.

    \b
    cfbench models card geneva --dataset iclevr-mini
    """
    from cfbench.files import human_size
    from cfbench.weights import find
    from cfbench.weights.finding import checked_card

    path = find(name, dataset)
    found = checked_card(path, dataset)
    value = found.model_dump()
    if as_json:
        click.echo(json.dumps({"path": str(path), "bytes": path.stat().st_size, "card": value}, indent=2))
        return
    head = {key: found.noted(key) for key in HEAD if found.noted(key) not in (None, "")}
    click.echo(f"{found.name}: {path} ({human_size(path.stat().st_size)}, digest checked)")
    _print(head, 1)
    rest = {key: each for key, each in value.items() if key not in (*HEAD, "name", *TECHNICAL)}
    _print(rest, 1)
    for key in TECHNICAL:
        if key in value:
            _wrapped(key, value[key])


@command.command()
@click.argument("source", metavar="PATH|URL")
@click.option("--sha256", metavar="DIGEST", help="The digest that the file must have.")
@click.option("--replace", is_flag=True, help="Replace installed weights of that name.")
@click.option("--offline", is_flag=True, envvar="CFBENCH_OFFLINE", help="Never touch the network.")
def install(source: str, sha256: str | None, replace: bool, offline: bool) -> None:
    """Check weights and the card beside them, and put both in place.

    PATH|URL is a .safetensors file; its card has the same name and ends in .json. An address begins with https.
    The networks beside a file, NAME-networks.safetensors, come along: a further training starts from them.

    \b
    cfbench models install reference_models/weights-nc/geneva-codraw.safetensors
    """
    from cfbench.weights.installing import install as put

    done = put(source, sha256=sha256, replace=replace, offline=offline, reporter=TerminalReporter())
    state = "was there already" if done.was_there else "installed"
    also = f", with {done.networks.name} for further training" if done.networks else ""
    click.echo(f"{done.card.name} for {done.card.dataset} {state}: {done.path}{also}")
    click.echo(f"licence {_plain(done.card.licence)}")


@command.command()
@click.argument("name")
@DATASET
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="Folder to copy into.")
def export(name: str, dataset: str | None, folder: Path) -> None:
    """Copy the weights that a run would use, with their networks, cards and licences, into a folder."""
    from cfbench.weights.installing import export as copy

    for path in copy(name, folder, dataset):
        click.echo(path)


def _print(values: dict[str, Any], depth: int) -> None:
    for key, value in values.items():
        if isinstance(value, dict):
            click.echo(f"{'  ' * depth}{_plain(key)}:")
            _print(value, depth + 1)
        else:
            click.echo(f"{'  ' * depth}{_plain(key)}: {_text(value)}")


def _wrapped(key: str, value: Any) -> None:
    """A long technical part in few lines."""
    text = _text(value)
    width = min(110, shutil.get_terminal_size().columns)
    click.echo(click.wrap_text(f"{key}: {text}", width, "  ", "    "))


def _pairs(value: dict[str, Any], before: str = "") -> list[str]:
    pairs = []
    for key, each in value.items():
        if isinstance(each, dict):
            pairs += _pairs(each, f"{before}{_plain(key)}.")
        else:
            pairs.append(f"{before}{_plain(key)}={_text(each)}")
    return pairs


def _text(value: Any) -> str:
    """A value on one line; of a long list the beginning."""
    if isinstance(value, dict):
        return "; ".join(_pairs(value))
    if isinstance(value, list):
        rest = f" … ({len(value)} in all)" if len(value) > SHOWN else ""
        return ", ".join(_text(each) for each in value[:SHOWN]) + rest if value else "none"
    return "–" if value is None else _plain(str(value))


def _plain(text: str) -> str:
    """Words of a stranger's card, harmless to a terminal."""
    from cfbench.report._escape import plain

    return plain(text)
