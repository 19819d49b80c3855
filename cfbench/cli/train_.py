"""``cfbench train``."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfbench.cli._reporter import TerminalReporter
from cfbench.cli.data_ import PAIRS, ROOT
from cfbench.config import available_threads, parse_pairs, parse_value

if TYPE_CHECKING:
    from cfbench.datasets import Dataset


@click.command("train")
@click.argument("name")
@click.option("--dataset", required=True, metavar="NAME", help="What to train on.")
@PAIRS
@click.option("--preset", default="cpu", show_default=True, metavar="NAME", help="smoke, cpu, gpu or paper.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A change to the preset.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The one seed.")
@click.option("--device", default="cpu", show_default=True, help="Such as cpu or cuda.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads; every processor otherwise.")
@click.option("--minutes", type=float, help="Pause at the first checkpoint that is later.")
@click.option("--official", is_flag=True, help="Refuse to train on the embedded twin instead.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of checkpoints; below training/ otherwise."
)
@ROOT
def command(name: str, dataset: str, pairs: tuple[str, ...], **chosen: Any) -> None:
    """Train a model or a detector.

    Killed or paused at any point, the same command continues where it was.

    \b
    cfbench train iclevr-mini-inception --dataset iclevr-mini --preset cpu
    """
    from cfbench.datasets import open_dataset
    from cfbench.training import TrainingJob, train

    reporter = TerminalReporter()
    opened: Dataset = open_dataset(
        dataset,
        root=chosen["data_root"],
        options=parse_pairs(pairs),
        reporter=reporter,
        official=chosen["official"],
    )
    plain = re.sub(r"[^\w.-]+", "-", name)
    default = Path("training") / f"{plain}--{opened.name}--{chosen['preset']}--{chosen['seed']}"
    job = TrainingJob(
        dataset=opened,
        folder=chosen["out"] or default,
        preset=chosen["preset"],
        seed=chosen["seed"],
        device=chosen["device"],
        threads=chosen["threads"] or available_threads(),
        minutes=chosen["minutes"],
        options={key: parse_value(text) for key, text in parse_pairs(chosen["options"]).items()},
        reporter=reporter,
    )
    with redirect_stdout(sys.stderr):
        weights = train(name, job)
    click.echo(f"weights {weights}")
