"""``cfbench data``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfbench.cli._edit_coco import command as edit_coco
from cfbench.cli._reporter import TerminalReporter
from cfbench.config import parse_pairs

if TYPE_CHECKING:
    from cfbench.datasets import Dataset

ROOT = click.option(
    "--data-root", type=click.Path(path_type=Path), envvar="CFBENCH_DATA", help="Folder of the data sets."
)
PAIRS = click.option(
    "--dataset-option", "pairs", multiple=True, metavar="NAME=VALUE", help="Option of the data set."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("data")
def command() -> None:
    """Get, verify, list, look at and make data sets."""


command.add_command(edit_coco)


@command.command("list")
@ROOT
@JSON
def list_(data_root: Path | None, as_json: bool) -> None:
    """Say which data sets there are, and which are installed."""
    from cfbench.datasets import default_data_root
    from cfbench.datasets.installing import installed

    rows = installed(data_root or default_data_root())
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        twin = f"; embedded twin: {row['twin']}" if row["twin"] else ""
        click.echo(f"{row['name']}: {row['state']}{twin} ({row['licence']})")


@command.command()
@click.argument("name")
@ROOT
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), help="A file got by hand.")
@click.option("--offline", is_flag=True, envvar="CFBENCH_OFFLINE", help="Never touch the network.")
def get(name: str, data_root: Path | None, files: tuple[Path, ...], offline: bool) -> None:
    """Install the official files of a data set.

    A download that was cut continues; every file is held against its SHA-256.
    """
    from cfbench.datasets import default_data_root
    from cfbench.datasets.installing import get as install

    install(name, data_root or default_data_root(), TerminalReporter(), offline=offline, files=files)


@command.command()
@click.argument("names", nargs=-1)
@ROOT
@JSON
def verify(names: tuple[str, ...], data_root: Path | None, as_json: bool) -> None:
    """Hold data sets against their known digests and fingerprints; exit code 4 where one differs."""
    from cfbench.cache import ContentCache, default_cache_folder
    from cfbench.datasets import DataContext, default_data_root
    from cfbench.datasets.installing import installed
    from cfbench.datasets.installing import verify as check

    root, reporter = data_root or default_data_root(), TerminalReporter()
    if not names:
        present = [row for row in installed(root) if not row["state"].startswith("not")]
        names = tuple(row["name"].partition("@")[0] for row in present)
    context = DataContext(root, ContentCache(default_cache_folder(), reporter), reporter=reporter)
    checks = [found for name in names for found in check(name, context)]
    if as_json:
        click.echo(json.dumps([vars(found) for found in checks], indent=2))
    else:
        for found in checks:
            click.echo(f"{found.state:<8}{found.what}: {found.detail}")
    if any(found.state == "wrong" for found in checks):
        raise click.exceptions.Exit(4)


@command.command()
@click.argument("name")
@click.option("--index", type=click.IntRange(min=0), default=0, help="Position of the sample in the split.")
@click.option("--split", help="The split; the data set's own default otherwise.")
@PAIRS
@click.option("--out", type=click.Path(path_type=Path), help="PNG file to write.")
@ROOT
@JSON
def show(
    name: str, index: int, split: str | None, pairs: tuple[str, ...], as_json: bool, **where: Any
) -> None:
    """Say what a sample is, and write its pictures as a PNG, where it has any."""
    from cfbench.datasets import open_dataset
    from cfbench.files import write_bytes
    from cfbench.report.of_sample import sample_card, sample_picture

    dataset: Dataset = open_dataset(
        name, root=where["data_root"], options=parse_pairs(pairs), reporter=TerminalReporter()
    )
    split = split or dataset.default_split
    opened = dataset.split(split, index + 1)
    out = where["out"] or Path(f"{dataset.name}-{split}-{index}.png")
    card = sample_card(dataset, opened, index)
    picture = sample_picture(dataset, opened, index)
    if picture is not None:
        write_bytes(out, picture)
    if as_json:
        click.echo(json.dumps(card | {"file": None if picture is None else str(out)}, indent=2))
        return
    click.echo(" ".join([card["dataset"], card["split"], card["id"]]))
    if card["slices"]:
        click.echo(f"  slices: {', '.join(card['slices'])}")
    for turn, instruction in enumerate(card["instructions"], 1):
        click.echo(f"  {turn}. {instruction}")
    for term, text in card["facts"].items():
        click.echo(f"  {term}: {text}")
    click.echo("there is no picture" if picture is None else f"picture {out}")
