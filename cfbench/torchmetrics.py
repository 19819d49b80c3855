"""Any metric as a ``torchmetrics.Metric``, for training loops and distributed evaluation.

    metric = as_torchmetric("objects:labels", detectors={"objects": detector})
    metric.update(scored)          # as often as there are batches, on every process
    metric.compute()["f1_samples"]

Its state is the evidence, so what it computes is what a run computes from the same samples, whatever the number of
batches and processes. A sample that arrives twice, as samplers pad the last batch, counts once; one that arrives with
two different answers is an error. Needs ``cfbench[torch]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import torch
from torchmetrics import Metric as TorchMetric

from cfbench.errors import DataError, UsageError
from cfbench.execution.evidence import Rows, as_evidence, complete_rows, sorted_rows
from cfbench.execution.judges import metric_class, parse_metric_choice
from cfbench.metrics.base import Metric, NamedDetector, Scored
from cfbench.models import code_digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.detectors import Detector

SIZE_BYTES = 8  # before each table of rows


def as_torchmetric(metric: Metric | str, detectors: Mapping[str, Detector] | None = None) -> EvidenceMetric:
    """A metric, or one by name as ``relsim`` or ``relsim:paper``, with a network for each kind that it needs."""
    if isinstance(metric, Metric):
        return EvidenceMetric(metric)
    reference, protocol = parse_metric_choice(metric)
    named = {
        kind: NamedDetector(
            type(detector).__name__, detector, detector.weights_digest, code_digest(type(detector))
        )
        for kind, detector in (detectors or {}).items()
    }
    cls = metric_class(reference)
    missing = [kind for kind in cls.needs if kind not in named]
    if missing:
        raise UsageError(
            f"Metric '{reference}' looks through a detector of {missing[0]}",
            "none is given",
            f"Add detectors={{'{missing[0]}': ...}}",
        )
    return EvidenceMetric(cls(protocol, named))


class EvidenceMetric(TorchMetric):
    """A cfbench metric that torchmetrics can update, merge, synchronise and reset."""

    full_state_update = False
    is_differentiable = False
    rows: list[torch.Tensor]

    def __init__(self, metric: Metric, **options: Any) -> None:
        """``options`` are those of ``torchmetrics.Metric``, such as ``process_group``."""
        super().__init__(**options)
        self.metric = metric
        # A list that is never empty: torchmetrics would leave a process without rows out of the gathering.
        self.add_state("rows", default=[], dist_reduce_fx="cat")
        self.rows = [torch.empty(0, dtype=torch.uint8)]

    @property
    def higher_is_better(self) -> bool | None:  # type: ignore[override]
        """Which way is better, where all numbers of the metric agree."""
        directions = {number.higher_is_better for number in self.metric.numbers.values()}
        return directions.pop() if len(directions) == 1 else None

    def reset(self) -> None:
        """Forget every sample."""
        super().reset()
        self.rows = [torch.empty(0, dtype=torch.uint8, device=self.device)]

    def update(self, scored: Sequence[Scored[Any, Any, Any]]) -> None:
        """Add the evidence of some samples."""
        if not scored:
            return
        rows = complete_rows(
            self.metric, scored, self.metric.evidence(scored), {one.id: () for one in scored}
        )
        self.rows.append(_packed(rows).to(self.device))

    def compute(self) -> dict[str, torch.Tensor]:
        """Every number of the metric in float64, NaN where it is undefined."""
        rows = _once(self._unpacked())
        values = self.metric.score(as_evidence(rows)) if rows else {}
        return {
            name: torch.tensor(_nan_for_none(values.get(name)), dtype=torch.float64, device=self.device)
            for name in self.metric.numbers
        }

    def _unpacked(self) -> Rows:
        parts = self.rows if isinstance(self.rows, list) else [self.rows]
        return [row for part in parts for row in _unpacked(part)]


def _packed(rows: Rows) -> torch.Tensor:
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data = sink.getvalue().to_pybytes()
    whole = len(data).to_bytes(SIZE_BYTES, "little") + data
    return torch.frombuffer(bytearray(whole), dtype=torch.uint8)


def _unpacked(state: torch.Tensor) -> Rows:
    data = memoryview(state.cpu().numpy().tobytes())
    rows: Rows = []
    while data:
        end = SIZE_BYTES + int.from_bytes(data[:SIZE_BYTES], "little")
        rows += pa.ipc.open_stream(pa.py_buffer(data[SIZE_BYTES:end])).read_all().to_pylist()
        data = data[end:]
    return rows


def _once(rows: Rows) -> Rows:
    """The rows in canonical order, each once."""
    kept: Rows = []
    for row in sorted_rows(rows):
        key = (row["sample"], row.get("turn"))
        if not kept or (kept[-1]["sample"], kept[-1].get("turn")) != key:
            kept.append(row)
        elif kept[-1] != row:
            raise DataError(
                f"Sample '{row['sample']}' came twice, with different evidence",
                "a sample counts once",
                "Call reset() between evaluations",
            )
    return kept


def _nan_for_none(value: float | None) -> float:
    return float("nan") if value is None else value
