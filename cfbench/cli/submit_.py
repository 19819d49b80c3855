"""``cfbench submit``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.command("submit")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--to", "url", required=True, metavar="URL", help="The leaderboard: https, or http on this machine."
)
@click.option("--dry-run", is_flag=True, help="Check and bundle, and send nothing.")
@click.option("--supersedes", default="", metavar="ID", help="A submission of yours that this one replaces.")
@click.option("--note", default="", metavar="TEXT", help="A line for the moderators.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of it as JSON.")
def command(path: Path, url: str, *, dry_run: bool, supersedes: str, note: str, as_json: bool) -> None:
    """Hand a bundle, a run's folder or a result.json in to a leaderboard.

    It is checked first, and errors stop it. A bare result.json is marked self-reported. The token is taken from
    CFBENCH_TOKEN or, where the package is installed, from the keyring. Stopped at any point, the same command
    continues.

    \b
    cfbench submit results/sscr--iclevr-mini--4a95e9d9346d --to https://leaderboard.example.org
    """
    from cfbench.cli._reporter import TerminalReporter
    from cfbench.files import human_size
    from cfbench.submitting import submit

    receipt = submit(
        path, url, supersedes=supersedes, note=note, dry_run=dry_run, reporter=TerminalReporter()
    )
    if as_json:
        click.echo(json.dumps(asdict(receipt), indent=2, ensure_ascii=False))
        return
    said = f"{receipt.kind}, {human_size(receipt.bytes)}, sha256 {receipt.sha256}"
    if not receipt.sent:
        click.echo(f"would send {said}")
        return
    click.echo(f"{receipt.id} {receipt.state} ({receipt.rung}): {said}")
    click.echo(f"page {receipt.url}")
