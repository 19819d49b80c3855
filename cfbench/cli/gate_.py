"""``cfbench gate``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click


@click.command("gate")
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--baseline", required=True, metavar="PATH|URL", help="Run folder, result.json, or https address of one."
)
@click.option(
    "--policy", type=click.Path(path_type=Path), help="TOML file of what must hold; see docs/gate.md."
)
@click.option(
    "--on-missing",
    type=click.Choice(("fail", "pass")),
    default="fail",
    show_default=True,
    help="What no baseline means.",
)
@click.option("--junit", type=click.Path(path_type=Path), help="Write a JUnit XML file.")
@click.option("--github", is_flag=True, help="Print annotations, and append to the summary of the step.")
@click.option("--offline", is_flag=True, help="Never touch the network.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def command(
    *,
    new: Path,
    baseline: str,
    policy: Path | None,
    on_missing: Literal["fail", "pass"],
    junit: Path | None,
    github: bool,
    offline: bool,
    as_json: bool,
) -> None:
    """Decide whether a new result is worse than a baseline.

    NEW is a run folder or a result.json file. Where evidence lies beside both, the test is paired by sample.

    \b
    Exit codes: 0 it is not · 1 it is, or lacks a number · 2 the two cannot be compared
                3 there is no baseline, or the new result is incomplete
    \b
    cfbench gate results/sscr--… --baseline main/result.json --policy gate.toml --junit gate.xml
    """
    from cfbench.api import gate
    from cfbench.cli._finish import terminal_width
    from cfbench.files import write_bytes
    from cfbench.report.gate import gate_text

    verdict = gate(new, baseline, policy=policy, on_missing=on_missing, offline=offline)
    if junit is not None:
        from cfbench.gating.junit import junit_xml

        write_bytes(junit, junit_xml(verdict))
    click.echo(
        verdict.model_dump_json(indent=2) if as_json else gate_text(verdict, terminal_width()).rstrip("\n")
    )
    if github:
        from cfbench.gating.github import SUMMARY, annotation_lines, write_summary

        for line in annotation_lines(verdict):
            click.echo(line, err=as_json)
        if not write_summary(verdict):
            click.echo(f"no summary was written: {SUMMARY} is not set", err=True)
    if verdict.exit_code:
        raise click.exceptions.Exit(verdict.exit_code)
