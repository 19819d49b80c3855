"""The check of a bundle, of the folder of one, of a run's folder or of a bare result: every finding at once.

The same check runs where a result is made and where it is handed in. What it reads may be a stranger's: it never
raises for what is in the files, and reads nothing without a limit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cfbench.bundles.container import read_container, unpacked
from cfbench.bundles.findings import Findings, Report
from cfbench.bundles.manifest import (
    CARD,
    ENVIRONMENT,
    EVIDENCE,
    MANIFEST,
    PREDICTIONS,
    RESULT,
    Manifest,
    RunRecord,
)
from cfbench.bundles.plausible import check_plausible
from cfbench.bundles.predictions import check_predictions
from cfbench.bundles.reading_result import read_result_file
from cfbench.bundles.run_record import check_alone, check_card, check_evidence, check_record, read_record
from cfbench.errors import CfbenchError, UsageError
from cfbench.execution.plan import Plan
from cfbench.execution.store import RunStore
from cfbench.files import open_regular
from cfbench.reporter import Reporter, silent
from cfbench.results import Result

PLAN = "plan.json"
Again = Callable[[Path, Result, RunRecord], None]


def check(
    path: Path, *, reporter: Reporter = silent, deep: bool = False, data_root: Path | None = None
) -> Report:
    """Every finding about a bundle (file or folder), a run's folder or a bare result.

    ``deep`` also computes the numbers again from the predictions, where data set, detectors and packages are here.

    Raises:
        UsageError: There is nothing at ``path``.
        EnvironmentLackError: The disk failed.
    """
    if not path.exists():
        raise UsageError(f"There is nothing at {path}", "", "Give a bundle, a run's folder or a result.json")
    findings = Findings()

    def compute(predictions: Path, result: Result, record: RunRecord) -> None:
        from cfbench.bundles.deep import check_deep

        check_deep(predictions, result, record, findings, reporter=reporter, data_root=data_root)

    again = compute if deep else None
    kind, digest, result = kind_of(path), None, None
    if kind == "bundle":
        digest, result = _bundle(path, findings, again)
    elif kind == "run":
        result = _run(path, findings, again)
    else:
        result = _bare(path, findings)
    return Report(kind, digest, result, findings.sorted(), findings.left_out())


def kind_of(path: Path) -> str:
    """What a check takes ``path`` for: bundle, run or result."""
    if path.is_dir():
        is_run = not (path / MANIFEST).exists() and ((path / PLAN).exists() or (path / RESULT).exists())
        return "run" if is_run else "bundle"
    if path.suffix == ".json":
        return "result"
    try:
        with open_regular(path) as handle:
            return "result" if handle.read(1) == b"{" else "bundle"
    except CfbenchError:
        return "bundle"


def _bundle(path: Path, findings: Findings, again: Again | None) -> tuple[str | None, Result | None]:
    with unpacked(path, findings) as folder:
        if folder is None:
            return None, None
        manifest = read_container(folder, findings, None if path.is_dir() else path)
        result = read_result_file(folder / RESULT, findings) if _is_plain(folder / RESULT) else None
        record = read_record(folder / ENVIRONMENT, findings) if _is_plain(folder / ENVIRONMENT) else None
        if result is not None:
            _bundled(folder, manifest, result, findings)
            _looked_at(folder / PREDICTIONS, result, record, findings, again)
        return manifest.digest if manifest else None, result


def _bundled(folder: Path, manifest: Manifest | None, result: Result, findings: Findings) -> None:
    if manifest is not None and manifest.run_id != result.run_id:
        findings.add("CF111", MANIFEST, f"{manifest.run_id}, and the result is {result.run_id}")
    if _is_plain(folder / EVIDENCE):
        check_evidence(folder / EVIDENCE, result, findings)
    if _is_plain(folder / CARD):
        check_card(folder / CARD, result, findings)


def _run(path: Path, findings: Findings, again: Again | None) -> Result | None:
    if not _is_plain(path / RESULT):
        findings.add("CF201", RESULT, "there is none: the run is not finished")
        return None
    result = read_result_file(path / RESULT, findings)
    plan = Plan.read(RunStore(path))
    if plan is None:
        findings.add("CF401", PLAN, "it is missing or damaged")
    if result is not None:
        _looked_at(path / PREDICTIONS, result, RunRecord.of(plan) if plan else None, findings, again)
    return result


def _bare(path: Path, findings: Findings) -> Result | None:
    result = read_result_file(path, findings)
    if result is not None:
        check_alone(result, findings, path.name)
        check_plausible(result, findings)
    findings.add("CF310", path.name)
    return result


def _looked_at(
    predictions: Path, result: Result, record: RunRecord | None, findings: Findings, again: Again | None
) -> None:
    """What is held against a result where the predictions are there, too."""
    check_alone(result, findings, RESULT)
    if record is not None:
        check_record(record, result, findings)
    files = (
        []
        if predictions.is_symlink()
        else [path for path in predictions.glob("*.parquet") if _is_plain(path)]
    )
    check_predictions(sorted(files), result, findings)
    check_plausible(result, findings)
    if again is not None and record is not None and not findings.errors():
        again(predictions, result, record)


def _is_plain(path: Path) -> bool:
    """Whether it is a file and no link to one: a stranger's folder leads nowhere else."""
    return path.is_file() and not path.is_symlink()
