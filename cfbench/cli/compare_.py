"""``cfbench compare``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    help="Metrics to compare, with their parts; the main numbers otherwise.",
)
@click.option("--slice", "slices", multiple=True, help="Slices to compare, or 'every'; 'all' otherwise.")
@click.option(
    "--resamples",
    type=click.IntRange(0, 1_000_000),
    default=1000,
    show_default=True,
    help="Of the paired bootstrap.",
)
@click.option(
    "--permutations",
    type=click.IntRange(0, 10_000_000),
    default=10_000,
    show_default=True,
    help="Of the paired permutation test; 0 leaves it out.",
)
@click.option(
    "--html", "page", type=click.Path(path_type=Path), help="Write a page with the samples that changed most."
)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def command(
    *,
    first: Path,
    second: Path,
    metrics: tuple[str, ...],
    slices: tuple[str, ...],
    resamples: int,
    permutations: int,
    page: Path | None,
    as_json: bool,
) -> None:
    """Compare two results: how much better the second is, how sure that is, and which samples changed most.

    FIRST and SECOND are run folders or result.json files. With the folders, tests are paired by sample; with the
    files alone, intervals are unpaired, and every row says so.

    \b
    cfbench compare results/geneva--… results/sscr--…
    """
    from cfbench.cli._finish import terminal_width
    from cfbench.comparing import CompareOptions, compare, open_side
    from cfbench.errors import IncompleteError, UsageError
    from cfbench.report.comparison import comparison_text

    sides = open_side(first), open_side(second)
    options = CompareOptions(resamples=resamples, permutations=permutations)
    comparison = compare(*sides, metrics=metrics or None, slices=slices or "all", options=options)
    if as_json:
        click.echo(comparison.model_dump_json(indent=2))
    else:
        click.echo(comparison_text(comparison, terminal_width()), nl=False)
    if page is not None:
        from cfbench.cli._reporter import TerminalReporter
        from cfbench.report.comparison_page import write_comparison

        write_comparison(comparison, *sides, page, reporter=TerminalReporter())
        click.echo(f"page    {page}", err=True)
    if comparison.incomplete:
        raise IncompleteError("Nothing was compared", "; ".join(comparison.obstacles))
    if comparison.obstacles:
        raise UsageError(
            "Nothing was compared", "; ".join(comparison.obstacles), "Give two results of the same samples"
        )
