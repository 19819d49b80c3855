"""Writes ``docs/performance.md``: runs the speed suite and tells our times beside those of the peers.

    tox run -e performance                      # every benchmark, then the page
    python docs/performance.py --from FILE      # the page alone, from a report of pytest-benchmark

Ratios are of one run on one machine, in which the calls took turns. They are measured, never typed.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
PEERS = (
    "numpy",
    "nltk",
    "scikit-learn",
    "sacrebleu",
    "torch",
    "torchmetrics",
    "torch-fidelity",
    "pytorch-fid",
)
HEAD = """# Performance

Our functions beside the packages that people use for the same number. Made by `tox run -e performance`; the calls of
a row took turns in one process and the least time of each counts. Times are of a shared machine with few cores: read
the ratios. A target is what we set ourselves; a row that misses it says so. The leaderboard's times with 10,000
submissions are on [its own page](leaderboard.md#how-quick).

Measured on {date}, {machine}, Python {python}; {packages}.

| what | cfbench | beside | its time | times as fast | target | |
|---|---|---|---|---|---|---|
"""


def main() -> int:
    """Run the suite unless a report is given, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="report", type=Path, help="a report of pytest-benchmark (JSON)")
    arguments, rest = parser.parse_known_args()
    if arguments.report is not None:
        PAGE.write_text(page(json.loads(arguments.report.read_text(encoding="utf-8"))), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        suite = ["pytest", "tests/benchmarks", "--benchmark-only", f"--benchmark-json={report}", *rest]
        done = subprocess.run([sys.executable, "-m", *suite], cwd=ROOT, check=False)
        if done.returncode == 0:
            PAGE.write_text(page(json.loads(report.read_text(encoding="utf-8"))), encoding="utf-8")
    return done.returncode


def page(report: dict[str, Any]) -> str:
    """The page of a report."""
    rows = [row for benchmark in report["benchmarks"] for row in _rows(benchmark["extra_info"].get("beside"))]
    head = HEAD.format(
        date=datetime.now(timezone.utc).date().isoformat(),
        machine=f"{report['machine_info']['cpu'].get('brand_raw', platform.machine())}, "
        f"{report['machine_info']['cpu'].get('count', '?')} cores",
        python=platform.python_version(),
        packages=", ".join(_versions(PEERS)),
    )
    return head + "".join("| " + " | ".join(row) + " |\n" for row in rows)


def _versions(packages: Sequence[str]) -> Iterable[str]:
    for package in packages:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} not installed"


def _rows(beside: dict[str, Any] | None) -> Iterable[tuple[str, ...]]:
    if beside is None:
        return
    what, ours, note = beside["what"], _time(beside["seconds"]), beside["note"]
    for name, other in beside["others"].items():
        target = other["target"]
        missed = target is not None and other["times"] < target
        wanted = "" if target is None else f"{target:g}" + (", missed" if missed else "")
        yield what, ours, name, _time(other["seconds"]), f"{other['times']:.3g}", wanted, note
        what = ours = note = ""


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


if __name__ == "__main__":
    sys.exit(main())
