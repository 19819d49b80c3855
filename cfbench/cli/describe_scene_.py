"""``cfbench describe-scene``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfbench.cli._reporter import TerminalReporter
from cfbench.cli.data_ import JSON, PAIRS, ROOT
from cfbench.config import parse_pairs

if TYPE_CHECKING:
    from cfbench.scenes import Scene

AXES = ("x,y", "x,depth")


@click.command("describe-scene")
@click.option("--dataset", default="codraw", metavar="NAME", show_default=True, help="An editing data set.")
@click.option("--split", help="The split; the data set's own default otherwise.")
@click.option("--index", type=click.IntRange(min=0), help="Position of the sample in the split; 0 otherwise.")
@click.option("--id", "sample", help="Id of the sample, instead of its position.")
@click.option("--turn", type=click.IntRange(min=1), help="After which turn; the last otherwise.")
@click.option(
    "--axes", type=click.Choice(AXES), help="Axes of the relations; those of the data set otherwise."
)
@click.option(
    "--protocol",
    type=click.Choice(("geneva", "paper")),
    default="geneva",
    show_default=True,
    help="Which relations count: with ties and the centre of the image (geneva), or without (paper).",
)
@PAIRS
@click.option("--out", type=click.Path(path_type=Path), help="PNG file to write.")
@ROOT
@JSON
def command(
    dataset: str, sample: str | None, pairs: tuple[str, ...], out: Path | None, as_json: bool, **chosen: Any
) -> None:
    """Show the relations in an image that RelSim counts, as a table or a picture.

    The picture has the true image, its objects numbered, the graph of their relations, and each relation in words.

    \b
    cfbench describe-scene --dataset codraw --index 3 --out scene.png
    """
    from cfbench.files import write_bytes
    from cfbench.report.scene_picture import scene_picture
    from cfbench.scenes import open_scene

    axes = chosen.pop("axes")
    scene = open_scene(
        dataset,
        id=sample,
        axes=tuple(axes.split(",")) if axes else None,
        dataset_option=parse_pairs(pairs),
        reporter=TerminalReporter(),
        **chosen,
    )
    if out is not None:
        write_bytes(out, scene_picture(scene))
    if as_json:
        card = {name: value for name, value in vars(scene).items() if name not in {"image", "graph"}}
        file = {"file": str(out)} if out is not None else {}
        click.echo(json.dumps(card | {"graph": scene.graph.to_json()} | file, indent=2))
        return
    click.echo(scene.title)
    if out is not None:
        click.echo(f"picture {out}")
    else:
        _print_table(scene)


def _print_table(scene: Scene) -> None:
    rows = [("axis", "object", "relation", "object")]
    rows += [(one.axis, one.subject, one.relation, one.object) for one in scene.graph.facts()]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
