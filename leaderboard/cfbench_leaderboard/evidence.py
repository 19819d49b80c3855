"""Evidence that the service itself computed when it scored a submission again: what a paired comparison needs.

    <store>/evidence/<submission>/    plan.json, result.json and evidence/ of the newest scoring

It can be made again from the bundle, so that nothing is lost where it is not kept.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cfbench.comparing import Side
from cfbench.errors import CfbenchError
from cfbench.files import writing_folder
from cfbench.results.reading import read_result

if TYPE_CHECKING:
    from pathlib import Path

    from cfbench.results.schema import Result
    from cfbench_leaderboard.store import Store

MOST_BYTES = 32_000_000
"""Of one submission; more is not kept, and its comparisons are unpaired."""
_SINGLE = ("plan.json", "result.json")


def keep_evidence(store: Store, submission: str, run: Path) -> bool:
    """Keep the evidence of a finished run in place of what was kept before; whether it was small enough."""
    place = _place(store, submission)
    tables = sorted((run / "evidence").glob("*.parquet"))
    files = [run / name for name in _SINGLE] + tables
    shutil.rmtree(place, ignore_errors=True)
    if any(file.is_symlink() for file in files):  # a run has none
        return False
    if sum(file.stat().st_size for file in files) > MOST_BYTES:
        return False
    with writing_folder(place) as folder:
        (folder / "evidence").mkdir()
        for file in files:
            shutil.copyfile(file, folder / file.relative_to(run))
    return True


def side_of(store: Store, submission: str, reported: Result) -> Side:
    """A submission as a side of a comparison: its own numbers with the evidence where that is what they are of.

    Where scoring again saw anything else, its numbers stand in for the reported ones, as they do on the boards.
    """
    place = _place(store, submission)
    try:
        again = read_result(place)
    except CfbenchError:
        return Side(reported)
    same = again.evidence_digests == reported.evidence_digests
    return Side(reported if same else again, place)


def _place(store: Store, submission: str) -> Path:
    return store.folder / "evidence" / submission
