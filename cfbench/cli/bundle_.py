"""``cfbench bundle``."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("bundle")
@click.argument("folder", metavar="RUN_FOLDER", type=click.Path(path_type=Path))
@click.option("--card", type=click.Path(path_type=Path), help="Text (Markdown) to add to the model card.")
@click.option("--out", type=click.Path(path_type=Path), help="The file; beside the folder otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print where it is and its digest as JSON.")
def command(folder: Path, card: Path | None, out: Path | None, as_json: bool) -> None:
    """Put a finished run into one file that others can check.

    The same run and card give the same bytes.

    \b
    cfbench bundle results/sscr--iclevr-mini--4a95e9d9346d
    """
    from cfbench.bundles import write_bundle
    from cfbench.files import human_size

    path, manifest = write_bundle(folder, out, card=card)
    size = path.stat().st_size
    if as_json:
        told = {"path": str(path), "digest": manifest.digest, "bytes": size, "files": len(manifest.files)}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(f"{path} ({human_size(size)}, {len(manifest.files)} files)")
    click.echo(f"digest {manifest.digest}")
