"""The run folder. Every file in it is written whole or not at all, and says what it was made from.

    run.json          the resolved configuration, as ``--config`` takes it
    plan.json         what ran (digests, versions) and how it was cut into shards
    predictions/      one Parquet file a shard
    evidence/         one Parquet file a metric and shard
    result.json  provenance.json  report.html

A shard file holds the key of its contents in its metadata. A file whose key differs, or that cannot
be read, counts as absent and is made again: a resumed run never mixes two models, versions or seeds.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from cfbench.errors import DataError, EnvironmentLackError
from cfbench.files import canonical_json, disk_error, read_json, sha256_hex, sweep, write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

KEY = b"cfbench_key"
MAX_PLAN_BYTES = 256_000_000


def key_digest(parts: Mapping[str, Any]) -> str:
    """The key of a shard file: SHA-256 over everything that its contents depend on."""
    return sha256_hex(canonical_json(dict(parts)))


def shard_key(origin_key: str, samples: Sequence[str]) -> str:
    """The key of the predictions of some samples."""
    return key_digest({"origin": origin_key, "samples": sha256_hex(canonical_json(list(samples)))})


class RunStore:
    """The files of one run."""

    def __init__(self, folder: Path) -> None:
        """The folder need not exist yet."""
        self.folder = folder

    def prepare(self) -> None:
        """Make the folders; remove what a killed process left half-written."""
        for folder in (self.folder, self.folder / "predictions", self.folder / "evidence"):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise disk_error(error, folder, "make") from error
            sweep(folder)

    def prediction_path(self, shard: str) -> Path:
        """The predictions of a shard."""
        return self.folder / "predictions" / f"{shard}.parquet"

    def evidence_path(self, metric: str, shard: str) -> Path:
        """The evidence of a metric on a shard."""
        return self.folder / "evidence" / f"{metric}--{shard}.parquet"

    def write_rows(
        self, path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None, key: str
    ) -> None:
        """Write a shard file whole. Without a schema, the columns are taken from the rows."""
        table = pa.Table.from_pylist(list(rows), schema=schema)
        table = table.replace_schema_metadata({KEY: key.encode()})
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
        write_bytes(path, sink.getvalue().to_pybytes())

    def read_table(self, path: Path, key: str | None) -> pa.Table | None:
        """A shard file, or None where it is absent, damaged or made from something else."""
        try:
            table = pq.read_table(path, partitioning=None, page_checksum_verification=True)
        except (OSError, pa.ArrowException, ValueError):
            return None
        stored = (table.schema.metadata or {}).get(KEY, b"").decode(errors="replace")
        return table if key is None or stored == key else None

    def keep_only(self, shards: Sequence[str]) -> None:
        """Remove the files of other shards than these."""
        for path in self.folder.glob("*/*.parquet"):
            if path.stem.rpartition("--")[2] not in shards:
                path.unlink(missing_ok=True)

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file whole, indented, its keys sorted."""
        write_bytes(self.folder / name, pretty_json(value))

    def read_json(self, name: str) -> Any:
        """A JSON file of the run, or None where it is absent or damaged."""
        path = self.folder / name
        if not path.exists():
            return None
        try:
            return read_json(path, max_bytes=MAX_PLAN_BYTES)
        except DataError:
            return None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run alone. The lock goes with the process, however it ends."""
        try:
            import fcntl
        except ModuleNotFoundError:  # not on this system: no protection against a second process
            yield
            return
        path = self.folder / ".lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise disk_error(error, path) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise EnvironmentLackError(
                    f"Another cfbench is at work in {self.folder}", "", "Wait for it, or use another --out"
                ) from error
            yield
        finally:
            os.close(handle)


def pretty_json(value: Any) -> bytes:
    """JSON for people: the same bytes for the same value."""
    import json

    plain = json.loads(canonical_json(value))
    return (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
