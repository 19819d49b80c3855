"""Predictions made elsewhere, in any language, as a model.

A folder is either what the task's layout describes (:meth:`cfbench.tasks.Task.read_folder`), or the
``predictions`` folder of a run, or that run's folder.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from cfbench.errors import DataError, UsageError
from cfbench.files import read_json, sha256_hex
from cfbench.results import ModelInfo
from cfbench.tasks import PredictionFault, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class MissingPrediction(PredictionFault):
    """The folder has nothing for a sample."""


class FolderModel:
    """Answers with what a folder holds."""

    def __init__(self, folder: Path, task: Task[Any, Any, Any], ids: Sequence[str]) -> None:
        """Find the predictions; an image is read when it is asked for."""
        inner = _predictions_folder(folder)
        shards = sorted(inner.glob("*.parquet"))
        self._found: Mapping[str, Any] = (
            _read_shards(shards, task) if shards else task.read_folder(inner, ids)
        )

    def predict(self, batch: Sequence[Any]) -> list[Any]:
        """What the folder holds for each sample."""
        answers = []
        for inputs in batch:
            found = self._found.get(inputs.id)
            if found is None:
                message = f"no prediction for {inputs.id}"
                raise MissingPrediction(message)
            if isinstance(found, PredictionFault):
                raise found
            answers.append(found)
        return answers

    @staticmethod
    def digest(folder: Path) -> str:
        """SHA-256 over the names and contents of the folder's files."""
        digest = hashlib.sha256()
        root = _predictions_folder(folder)
        for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.name.startswith(".")):
            digest.update(f"{path.relative_to(root).as_posix()}\0{sha256_hex(path)}\n".encode())
        return digest.hexdigest()


def read_origin(folder: Path) -> ModelInfo | None:
    """What a run says of the model that made these predictions; None where no run made them."""
    plan = _predictions_folder(folder).parent / "plan.json"
    if not plan.is_file():
        return None
    try:
        return ModelInfo.model_validate(read_json(plan)["origin"]["model"])
    except (KeyError, TypeError, ValidationError):
        return None


def _predictions_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}", "", "Give the folder of predictions")
    inner = folder / "predictions"
    return inner if (folder / "plan.json").is_file() and inner.is_dir() else folder


def _read_shards(shards: Sequence[Path], task: Task[Any, Any, Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for path in shards:
        try:
            rows = pq.read_table(path, partitioning=None, page_checksum_verification=True).to_pylist()
        except (OSError, pa.ArrowException, ValueError) as error:
            raise DataError(
                f"{path} cannot be read", str(error), "Run the command that wrote it again"
            ) from None
        for row in rows:
            if row.get("status") == "ok":
                found[row["sample"]] = task.decode(row)
            elif row.get("status") == "failed":
                found[row["sample"]] = PredictionFault(row["error"])
    return found
