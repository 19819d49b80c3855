"""Predictions made elsewhere, in any language, as a model.

A folder is one of three: what the task's layout describes (:meth:`cfbench.tasks.Task.read_folder`), the
folder of a run, or a run's ``predictions`` alone. Of a run's folder only the shards of its plan are read,
each held against its key.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from cfbench.errors import DataError, UsageError
from cfbench.execution.plan import Plan
from cfbench.execution.store import RunStore, shard_key
from cfbench.files import sha256_hex
from cfbench.tasks import PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SHARDS_IN_MEMORY = 4


class MissingPrediction(PredictionFault):
    """The folder has nothing for a sample."""


class FolderModel:
    """Answers with what a folder holds."""

    needs_target = False

    def __init__(self, folder: Path, task: Task[Any, Any, Any], ids: Sequence[str]) -> None:
        """Find the predictions; each is read when it is asked for."""
        self._task = task
        self._shards: dict[str, tuple[Path, int]] = {}
        self._read = lru_cache(SHARDS_IN_MEMORY)(read_shard)
        self._found: Mapping[str, Any] = {}
        inner = predictions_folder(folder)
        paths = _planned(inner) or sorted(inner.glob("*.parquet"))
        if paths:
            self._index(paths)
        else:
            self._found = task.read_folder(inner, ids)

    def predict(self, batch: Sequence[Any]) -> list[Any]:
        """What the folder holds for each sample."""
        return [self._answer(inputs.id) for inputs in batch]

    def _answer(self, sample: str) -> Any:
        if sample in self._shards:
            path, index = self._shards[sample]
            row = self._read(path).slice(index, 1).to_pylist()[0]
            if row["status"] == "ok":
                return self._task.decode(row)
            kind = MissingPrediction if row["status"] == "missing" else PredictionFault
            raise kind(row["error"])
        found = self._found.get(sample)
        if found is None:
            message = f"no prediction for {sample}"
            raise MissingPrediction(message)
        if isinstance(found, PredictionFault):
            raise found
        return found

    def _index(self, paths: Sequence[Path]) -> None:
        for path in paths:
            for index, sample in enumerate(self._read(path)["sample"].to_pylist()):
                if sample in self._shards:
                    raise DataError(f"{path} repeats the sample '{sample}'", "another file there has it too")
                self._shards[sample] = (path, index)


def read_shard(path: Path) -> pa.Table:
    """The table of a predictions file, or one line on what is wrong with it."""
    try:
        table = pq.read_table(path, partitioning=None, page_checksum_verification=True)
        for column in ("sample", "status", "error"):
            table[column].cast(pa.string())
    except (OSError, pa.ArrowException, ValueError, KeyError) as error:
        raise DataError(
            f"{path} is not a file of predictions", str(error), "Run the command that wrote it again"
        ) from None
    return table


def predictions_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the folder's files."""
    digest = hashlib.sha256()
    root = predictions_folder(folder)
    for path in sorted(_files(root, set())):
        digest.update(f"{path.relative_to(root).as_posix()}\0{sha256_hex(path)}\n".encode())
    return digest.hexdigest()


def _files(folder: Path, above: set[Path]) -> Iterator[Path]:
    """Every file below, through links too; a folder that holds itself is left after the first time."""
    real = folder.resolve()
    if real in above:
        return
    for path in folder.iterdir():
        if path.is_dir():
            yield from _files(path, above | {real})
        elif path.is_file():
            yield path


def _plan_beside(folder: Path) -> Plan | None:
    """The plan of the run whose ``predictions`` this is; an error where there is one that cannot be read."""
    store = RunStore(folder.parent)
    if folder.name != "predictions" or not (folder.parent / "plan.json").exists():
        return None
    plan = Plan.read(store)
    if plan is None:
        what = f"{folder.parent / 'plan.json'} is damaged"
        raise DataError(what, "it does not say what made these predictions", "Run that run's command again")
    return plan


def read_plan(folder: Path) -> Plan | None:
    """The plan of the run that made these predictions; None where no run made them."""
    return _plan_beside(predictions_folder(folder))


def predictions_folder(folder: Path) -> Path:
    """The folder itself, or the predictions inside it where it is a run's."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}", "", "Give the folder of predictions")
    inner = folder / "predictions"
    return inner if (folder / "plan.json").is_file() and inner.is_dir() else folder


def _planned(folder: Path) -> list[Path]:
    """The shard files that the run's plan names, each with the right key."""
    store = RunStore(folder.parent)
    plan = _plan_beside(folder)
    if plan is None:
        return []
    paths = []
    for shard in plan.shards:
        path = store.prediction_path(shard.name)
        table = store.read_table(path, None)
        if table is None:
            continue  # not yet made: its samples are missing
        key = shard_key(plan.origin_key, table["sample"].to_pylist())
        if store.read_table(path, key) is None:
            raise DataError(
                f"{path} is of another run than the plan beside it", "", "Run that run's command again"
            )
        paths.append(path)
    return paths
