"""The predictions of a run as they lie here, shown only if they are what its result was scored from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyarrow import ArrowException
from pyarrow.parquet import read_table

from cfbench.errors import DataError
from cfbench.execution.plan import Plan
from cfbench.execution.scoring import collect_outcomes
from cfbench.execution.shards import ShardReport, outcomes_of
from cfbench.execution.store import RunStore
from cfbench.files import canonical_json, sha256_hex

if TYPE_CHECKING:
    from cfbench.comparing.sides import Side
    from cfbench.tasks import Task

OUTCOME = ["sample", "status", "error", "digest"]
OTHERS = "its predictions are not those that the result is of"


@dataclass
class Predictions:
    """The predictions of a run folder, a shard read at a time."""

    side: Side
    task: Task[Any, Any, Any]
    _plan: Plan | None = None
    _shard: tuple[str, list[dict[str, Any]]] = field(default=("", []))

    def at(self, index: int, sample: str) -> Any:
        """The prediction of a sample by its position in the split; None where the model failed on it.

        Raises:
            DataError: It is not here, or not what was predicted.
        """
        folder = self.side.folder
        if folder is None:
            raise DataError("its run folder is not here")
        store = RunStore(folder)
        if self._plan is None:
            self._plan = self._checked_plan(store)
        shard = next((shard for shard in self._plan.shards if shard.start <= index < shard.end), None)
        if shard is None:
            raise DataError("its predictions are of other samples")
        if self._shard[0] != shard.name:
            table = store.read_table(store.prediction_path(shard.name), None)
            self._shard = shard.name, [] if table is None else table.to_pylist()
        rows = [row for row in self._shard[1] if row.get("sample") == sample]
        if not rows:
            raise DataError("its predictions are not here")
        if rows[0].get("digest") is None:
            return None
        try:
            found = self.task.decode(rows[0])
            digest = sha256_hex(canonical_json(self.task.digest_form(found)))
        except Exception:  # noqa: BLE001 - what was changed by another hand can fail in any way
            raise DataError(OTHERS) from None
        if digest != rows[0]["digest"]:
            raise DataError(OTHERS)
        return found

    def _checked_plan(self, store: RunStore) -> Plan:
        """The plan, if the predictions together have the digest that the result names."""
        plan = Plan.read(store)
        if plan is None:
            raise DataError("its plan cannot be read")
        reports = []
        for shard in plan.shards:
            try:
                table = read_table(store.prediction_path(shard.name), columns=OUTCOME, partitioning=None)
                reports.append(ShardReport(shard, outcomes_of(table), predicted=False))
            except (OSError, ArrowException, ValueError, KeyError, TypeError):
                raise DataError("its predictions are not here") from None
        if collect_outcomes(reports)[2] != self.side.result.predictions_digest:
            raise DataError(OTHERS)
        return plan
