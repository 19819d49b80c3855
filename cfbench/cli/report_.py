"""``cfbench report``."""

from __future__ import annotations

from pathlib import Path

import click

MOST_EXAMPLES = 24


@click.command("report")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file to write.",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    help="Metrics to show, with their parts and diagnostics; the main numbers of every one otherwise.",
)
@click.option(
    "--examples",
    type=click.IntRange(0, MOST_EXAMPLES),
    default=9,
    show_default=True,
    help="Samples shown of each data set, at most; 0 opens no data set.",
)
@click.option("--no-graphs", is_flag=True, help="Draw no scene graphs over the examples: no detector is run.")
@click.option(
    "--published",
    multiple=True,
    help="Published tables to set beside, such as sscr/table4; otherwise those that suit.",
)
@click.option("--data-root", type=click.Path(path_type=Path), help="Where official data sets are installed.")
def command(
    *,
    paths: tuple[Path, ...],
    out: Path,
    metrics: tuple[str, ...],
    examples: int,
    no_graphs: bool,
    published: tuple[str, ...],
    data_root: Path | None,
) -> None:
    """Write one page that compares results and shows their samples.

    It says how each number is made again. PATHS are result.json files, run folders, or folders that hold runs.
    Differences are paired by sample, and examples shown, where the run folders are at hand.

    \b
    cfbench report results --out report.html
    """
    from cfbench.cli._reporter import TerminalReporter
    from cfbench.report.page import PageOptions, gather, write_page

    options = PageOptions(
        metrics=metrics,
        examples=examples,
        published=published,
        graphs=not no_graphs,
        data_root=data_root,
    )
    gathered = gather(paths)
    write_page(gathered, out, options, reporter=TerminalReporter())
    for line in gathered.left_out:
        click.echo(f"left out: {line}", err=True)
    click.echo(f"report  {out}", err=True)
