"""``cfbench check``."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--deep", is_flag=True, help="Compute the numbers again from the predictions, too.")
@click.option(
    "--data-root",
    type=click.Path(path_type=Path),
    envvar="CFBENCH_DATA",
    help="Folder of the installed data sets.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(path: Path, deep: bool, data_root: Path | None, as_json: bool) -> None:
    """Hold a bundle, a run's folder or a result.json against every rule.

    Notes and warnings do not fail; an error is exit code 1. docs/submitting.md lists the rules.

    \b
    cfbench check results/sscr--iclevr-mini--4a95e9d9346d.cfbundle
    """
    from cfbench.bundles import check
    from cfbench.cli._reporter import TerminalReporter

    report = check(path, reporter=TerminalReporter(), deep=deep, data_root=data_root)
    if as_json:
        click.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        for finding in report.findings:
            click.echo(str(finding))
        for rule, count in report.left_out.items():
            click.echo(f"{rule} and {count} more")
        said = ", ".join(f"{report.count(kind)} {kind}s" for kind in ("error", "warning", "note"))
        click.echo(f"{'sound' if report.ok else 'NOT sound'}: {path} ({report.kind}; {said})")
    if not report.ok:
        click.get_current_context().exit(1)
