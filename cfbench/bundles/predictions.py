"""CF3xx: the predictions, held against their own digests and against the result.

Files of a stranger: a row is read at a time; how many rows, bytes and pixels there are is known and bounded before
any of them is unpacked, with repeated values (dictionaries) counted as often as they are used. Nothing is unpickled,
and the columns are those of the task or the file is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cfbench.errors import CfbenchError
from cfbench.execution.plan import Shard
from cfbench.execution.scoring import collect_outcomes
from cfbench.execution.shards import FAILED, MISSING, OK, Outcome, ShardReport
from cfbench.files import canonical_json, human_size, sha256_hex
from cfbench.files.image_header import BrokenImageError, take_apart
from cfbench.tasks import TASKS, get_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cfbench.bundles.findings import Findings
    from cfbench.results import Result
    from cfbench.tasks import Task

MAX_UNPACKED = 2_000_000_000  # bytes of all values
MAX_ROW = 256_000_000  # bytes of one sample's
MAX_VALUES = 50_000_000
MAX_PIXELS = 8_000_000_000  # of all images: about a minute's work
ROWS = 64
OWN = ("sample", "status", "error", "digest")


class _TooMuchError(Exception):
    """More than is looked at; says of what."""


def check_predictions(files: Sequence[Path], result: Result, findings: Findings) -> None:
    """Read every file of predictions, in the order of names, and hold it against the result."""
    if result.task not in TASKS:
        findings.add("CF302", "predictions", f"there is no task '{result.task[:80]}' here")
        return
    before = findings.errors()
    reader = _Reader(get_task(result.task), result.dataset.samples, findings)
    try:
        for path in files:
            reader.read(path)
    except _TooMuchError as error:
        findings.add("CF309", "predictions", str(error))
        return
    if len(reader.outcomes) != result.dataset.samples:
        why = f"{len(reader.outcomes)} are there, of {result.dataset.samples}"
        findings.add("CF304", "predictions", why)
    unread = {"CF301", "CF302", "CF303"} & {finding.id for finding in findings.sorted()}
    if unread and findings.errors() > before:
        return  # what cannot be read has no digest
    whole = ShardReport(Shard(0, len(reader.outcomes)), reader.outcomes, predicted=False)
    failed, missing, digest = collect_outcomes([whole])
    if digest != result.predictions_digest:
        why = f"their digest is {digest}, and the result names {result.predictions_digest}"
        findings.add("CF305", "predictions", why)
    for name, here, told in (
        ("failed", {one.sample for one in failed}, {one.sample for one in result.failed}),
        ("missing", set(missing), set(result.missing)),
    ):
        if here != told:
            odd = sorted(here ^ told)[0]
            findings.add("CF308", f"predictions, {name}", f"such as {odd}")


class _Reader:
    """Reads files and remembers how much it has seen."""

    def __init__(self, task: Task[Any, Any, Any], samples: int, findings: Findings) -> None:
        self._task, self._samples, self._findings = task, samples, findings
        self._wanted = pa.schema([*(pa.field(name, pa.string()) for name in OWN), *task.columns()])
        self._unpacked = self._values = self._pixels = 0
        self._seen: set[str] = set()
        self.outcomes: list[Outcome] = []

    def read(self, path: Path) -> None:
        """One file. What is wrong with it is told; only too much of it ends the reading."""
        try:
            self._read(path)
        except _TooMuchError:
            raise
        except Exception as error:  # noqa: BLE001 - a hostile file can make a reader fail in any way
            self._findings.add("CF301", f"predictions/{path.name}", str(error) or type(error).__name__)

    def _read(self, path: Path) -> None:
        where = f"predictions/{path.name}"
        odd = _difference(pq.read_schema(path), self._wanted)
        if odd:
            self._findings.add("CF302", where, odd)
            return
        leaves = list(_byte_leaves(self._wanted))
        with pq.ParquetFile(path, read_dictionary=leaves, page_checksum_verification=True) as file:
            self._weigh(file.metadata)
            for batch in file.iter_batches(batch_size=ROWS):
                self._take(batch, where)

    def _weigh(self, metadata: Any) -> None:
        """Refuse by what the head of a file says; that it may lie is why the values are weighed again."""
        if len(self.outcomes) + metadata.num_rows > self._samples:
            message = f"more than the {self._samples} samples that were asked for"
            raise _TooMuchError(message)
        for group in range(metadata.num_row_groups):
            columns = metadata.row_group(group)
            for column in range(columns.num_columns):
                self._values += columns.column(column).num_values
        if self._values > MAX_VALUES:
            message = f"more than {MAX_VALUES:,} values"
            raise _TooMuchError(message)

    def _take(self, batch: Any, where: str) -> None:
        if len(self.outcomes) + batch.num_rows > self._samples:
            message = f"more than the {self._samples} samples that were asked for"
            raise _TooMuchError(message)
        sizes = sum((_sizes(column) for column in batch.columns), np.zeros(batch.num_rows, np.int64))
        self._unpacked += int(sizes.sum())
        if self._unpacked > MAX_UNPACKED or (sizes > MAX_ROW).any():
            message = f"more than {human_size(MAX_UNPACKED)}, or a sample of more than {human_size(MAX_ROW)}"
            raise _TooMuchError(message)
        for index in range(batch.num_rows):
            self._row(batch.slice(index, 1).to_pylist()[0], where)

    def _row(self, row: dict[str, Any], where: str) -> None:
        sample, status, digest = row["sample"], row["status"], row["digest"]
        if (
            not isinstance(sample, str)
            or status not in {OK, FAILED, MISSING}
            or (status == OK) != bool(digest)
        ):
            self._findings.add("CF301", where, "a row has no sample, or a status and digest that do not fit")
            return
        if sample in self._seen:
            self._findings.add("CF303", where, sample)
            return
        self._seen.add(sample)
        self.outcomes.append(Outcome(sample, status, row["error"], digest))
        if status == OK:
            self._hold(row, where)

    def _hold(self, row: dict[str, Any], where: str) -> None:
        """Hold a prediction against its digest."""
        for data in _images(row):
            self._count_pixels(data)
        try:
            form = self._task.digest_form(self._task.decode(row))
            found = sha256_hex(canonical_json(form))
        except CfbenchError as error:
            self._findings.add("CF306", f"{where}, {row['sample']}", error.why or error.what)
        except Exception as error:  # noqa: BLE001 - as above
            self._findings.add("CF306", f"{where}, {row['sample']}", f"{type(error).__name__}: {error}")
        else:
            if found != row["digest"]:
                self._findings.add("CF307", f"{where}, {row['sample']}")

    def _count_pixels(self, data: bytes) -> None:
        try:
            picture = take_apart(data)
        except BrokenImageError:
            return  # the task says so
        self._pixels += picture.width * picture.height if picture else 0
        if self._pixels > MAX_PIXELS:
            message = f"more than {MAX_PIXELS:,} pixels"
            raise _TooMuchError(message)


def _images(row: dict[str, Any]) -> Iterator[bytes]:
    for value in row.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, bytes):
                yield part


def _byte_leaves(schema: Any) -> Iterator[str]:
    """The Parquet paths of columns of texts and bytes."""
    for field in schema:
        inner = field.type.value_type if pa.types.is_list(field.type) else field.type
        if pa.types.is_string(inner) or pa.types.is_binary(inner):
            yield f"{field.name}.list.element" if inner is not field.type else field.name


def _difference(found: Any, wanted: Any) -> str:
    """How the columns of a file differ from those of the task, in words; empty where they do not."""
    types = {field.name: field.type for field in wanted}
    if found.names != wanted.names:
        return f"they are {', '.join(map(str, found.names))[:200]}, not {', '.join(wanted.names)}"
    odd = [f"{field.name} is {field.type}" for field in found if field.type != types[field.name]]
    return "; ".join(odd)[:200]


def _sizes(column: Any) -> Any:
    """The bytes of each row of a column, each use of a repeated value counted."""
    import pyarrow.compute as pc

    if pa.types.is_list(column.type):
        inner = np.concatenate([[0], np.cumsum(_sizes(column.values))])
        offsets = column.offsets.to_numpy()
        return inner[offsets[1:]] - inner[offsets[:-1]]
    if pa.types.is_dictionary(column.type):
        lengths = pc.binary_length(column.dictionary).fill_null(0).to_numpy(zero_copy_only=False)
        if not len(lengths):
            return np.zeros(len(column), np.int64)
        indices = column.indices.fill_null(0).to_numpy(zero_copy_only=False)
        return lengths.astype(np.int64)[indices]
    return np.full(len(column), 8, np.int64)
