"""``cfbench data edit-coco``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cfbench.cli._reporter import TerminalReporter
from cfbench.errors import UsageError

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("edit-coco")
@click.option("--images", type=FOLDER, required=True, help="Folder of COCO's images.")
@click.option(
    "--annotations",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="COCO's instances_*.json, or a list of lines 'path x1,y1,x2,y2,class …'.",
)
@click.option(
    "--out", type=FOLDER, required=True, help="Folder to write; coco-cf reads <data root>/coco/coco_cf."
)
@click.option("--inpainter", default="opencv-telea", show_default=True, help="Plugin, or path.py:Class.")
@click.option(
    "--edited", type=FOLDER, help="Folder of images edited by others, used instead of an inpainter."
)
@click.option(
    "--per-image", type=click.IntRange(1, 80), default=3, show_default=True, help="Most edits an image."
)
@click.option(
    "--placebo/--no-placebo", default=True, show_default=True, help="Also fill holes where nothing is."
)
@click.option(
    "--backbone",
    required=True,
    help="torchvision:NAME, or FILE.onnx or FILE.tflite, with #TENSOR for a map within it.",
)
@click.option(
    "--normalise",
    type=click.Choice(["imagenet", "unit", "signed", "bytes"]),
    default="imagenet",
    show_default=True,
    help="What a file with decimal inputs is given.",
)
@click.option(
    "--size", type=click.IntRange(32, 4096), default=320, show_default=True, help="Longest side, pixels."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=20200427, show_default=True, help="Of all choices."
)
@click.option("--limit", type=click.IntRange(min=3), help="Only the first so many images.")
@click.option(
    "--pictures/--no-pictures", default=True, show_default=True, help="Keep the edited pictures, too."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(images: Path, out: Path, limit: int | None, as_json: bool, **given: Any) -> None:
    """Make coco-cf from COCO's images: edits without one of their classes, placebos, and features of all.

    Stopped, the same command goes on; what lies in --out of other choices is refused.
    """
    from cfbench.datasets.coco_cf import editing

    edited, annotations = given.pop("edited"), given.pop("annotations")
    for flag, path in (("--images", images), ("--edited", edited)):
        if path is not None and not path.is_dir():
            raise UsageError(f"There is no folder {path}", f"it was given as {flag}")
    backbone, normalise, inpainter = (given.pop(name) for name in ("backbone", "normalise", "inpainter"))
    fills = edited is None or given["placebo"]
    made = editing.Maker(
        images=images,
        annotations=editing.read_annotations(annotations),
        out=out,
        choices=editing.Choices(**given),
        backbone=editing.open_backbone(backbone, normalise=normalise),
        inpainter=editing.open_inpainter(inpainter) if fills else None,
        edited=edited,
    ).make(TerminalReporter(), limit)
    if as_json:
        click.echo(json.dumps(made, indent=2))
        return
    for split, counts in made["counts"].items():
        click.echo(f"{split}: " + ", ".join(f"{count:,} {role}" for role, count in counts.items()))
    click.echo(f"files {out}")
