"""Evidence rows: what is demanded of them, how they become columns and slices, and how a run's are read back."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.errors import DataError, UsageError
from cfbench.files import canonical_json, sha256_hex
from cfbench.metrics import Evidence, Metric, Scored
from cfbench.metrics.base import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

Rows = list[dict[str, Any]]
SLICES = "slices"  # the column that holds the names of a sample's slices
LONGEST_NAME = 200  # of a slice, as the schema of results has it
WHOLE_NUMBERS = frozenset({"turn"})
VECTOR_TYPES = ("<f4", "<f8")  # a vector is kept as one of these words, then its bytes


def complete_rows(
    metric: Metric,
    scored: Sequence[Scored[Any, Any, Any]],
    rows: Rows,
    slices: Mapping[str, tuple[str, ...]],
    groups: Mapping[str, str] | None = None,
) -> Rows:
    """The rows with their slices, with their groups where there are any, and with every number a float, if sound.

    Sound: each row is of one of the samples, every sample has one, all have the same keys, none of them kept for
    slices or groups, and no number is NaN or infinite. Types must not depend on which rows a shard holds.
    """
    if {row.get("sample") for row in rows} != {one.id for one in scored}:
        raise UsageError(f"Metric '{metric.name}' gave rows of other samples than it was asked for")
    keys = rows[0].keys()
    if taken := keys & {SLICES, GROUP}:
        raise UsageError(
            f"Metric '{metric.name}' gave a column '{min(taken)}'", "that name is kept for cfbench"
        )
    for row in rows:
        if row.keys() != keys:
            raise UsageError(f"Metric '{metric.name}' gave rows of different keys", f"see {row['sample']}")
    return [
        {name: _number(metric, row["sample"], name, value) for name, value in row.items()}
        | ({GROUP: groups[row["sample"]]} if groups else {})
        | {SLICES: list(slices[row["sample"]])}
        for row in rows
    ]


def _number(metric: Metric, sample: str, name: str, value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _packed(metric, sample, name, value)
    if name in WHOLE_NUMBERS or isinstance(value, (str, bool, list, type(None))):
        return value
    number = float(value)
    if not math.isfinite(number):
        raise UsageError(
            f"Metric '{metric.name}' gave {number} as {name} of {sample}", "evidence is finite, or None"
        )
    return number


def _packed(metric: Metric, sample: str, name: str, vector: npt.NDArray[Any]) -> bytes:
    little = vector.astype(vector.dtype.newbyteorder("<"), copy=False)
    if vector.ndim != 1 or little.dtype.str not in VECTOR_TYPES or not np.isfinite(little).all():
        raise UsageError(
            f"Metric '{metric.name}' gave an array of {vector.dtype} and shape {vector.shape} as {name} of {sample}",
            "a vector has one axis and is float32 or float64, all of it finite",
        )
    packed: bytes = little.dtype.str.encode() + little.tobytes()
    return packed


def unpacked(value: bytes) -> npt.NDArray[Any]:
    """The vector that a row holds as bytes."""
    kind = value[:3].decode("ascii", errors="replace")
    if kind not in VECTOR_TYPES:
        raise DataError("A row of evidence holds bytes that are no vector")
    return np.frombuffer(value, dtype=kind, offset=3)


def sorted_rows(rows: Rows) -> Rows:
    """In the order of sample id and turn, which no cut of the run decides."""
    return sorted(rows, key=lambda row: (row["sample"], row.get("turn", 0)))


def evidence_digest(rows: Rows) -> str:
    """SHA-256 over the canonical rows, sorted."""
    digest = hashlib.sha256()
    for row in rows:
        hashed = {
            name: sha256_hex(value) if isinstance(value, bytes) else value for name, value in row.items()
        }
        digest.update(canonical_json(hashed) + b"\n")
    return digest.hexdigest()


def as_evidence(rows: Rows) -> Evidence:
    """The rows as columns: numbers in float64, where None is NaN; vectors in their own type; texts as they are."""
    columns: dict[str, npt.NDArray[Any]] = {"sample": np.array([row["sample"] for row in rows], dtype=object)}
    for name in rows[0] if rows else ():
        if name not in {"sample", SLICES}:
            columns[name] = _column([row[name] for row in rows])
    return Evidence.of(columns)


def _column(values: list[Any]) -> npt.NDArray[Any]:
    if any(isinstance(value, str) for value in values):
        return np.array(values, dtype=object)
    vectors = [unpacked(value) for value in values if isinstance(value, bytes)]
    if vectors:
        return _stacked(values, vectors)
    lists = [value for value in values if isinstance(value, list)]
    if lists:
        nothing = [math.nan] * len(lists[0])
        return np.array([nothing if value is None else value for value in values], dtype=np.float64)
    if all(isinstance(value, int) for value in values):
        return np.array(values)
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _stacked(values: list[Any], vectors: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    if len({(vector.shape, vector.dtype) for vector in vectors}) > 1:
        raise UsageError("A metric gave vectors of different lengths or types in one column of evidence")
    stacked = np.full((len(values), len(vectors[0])), np.nan, dtype=vectors[0].dtype)
    stacked[[value is not None for value in values]] = vectors
    return stacked


def slices_of(metric: Metric, rows: Rows) -> dict[str, Evidence]:
    """``all``, then in the order of names those of the data set and of ``metric.slice_by``, then each turn.

    One name for two sets of rows is an error; two slices of one name and the same rows are one.
    """
    everything = as_evidence(rows)
    found = {"all": np.ones(len(rows), dtype=np.bool_)}
    for name, mask in sorted(_named_slices(metric, rows), key=lambda named: named[0]):
        _add(found, name, mask)
    if metric.slice_by_turn and rows:
        turns = everything.columns["turn"]
        for turn in np.unique(turns).tolist():
            _add(found, f"turn-{turn}", turns == turn)
    return {name: everything if name == "all" else everything.where(mask) for name, mask in found.items()}


def _named_slices(metric: Metric, rows: Rows) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """The slices that the data set names, and for each text of a column of ``slice_by`` the rows that have it."""
    typed = [[[row[column]] if row[column] else [] for row in rows] for column in metric.slice_by]
    for source in [[row[SLICES] for row in rows], *typed]:
        members: dict[str, list[int]] = {}
        for position, names in enumerate(source):
            for name in names:
                members.setdefault(name, []).append(position)
        for name, positions in members.items():
            yield name, _mask(positions, len(rows))


def _add(found: dict[str, npt.NDArray[np.bool_]], name: str, mask: npt.NDArray[np.bool_]) -> None:
    if not 0 < len(name) <= LONGEST_NAME:
        raise DataError(
            f"'{name:.40}…' is no name of a slice", f"it has {len(name)} characters, from 1 to {LONGEST_NAME}"
        )
    if not np.array_equal(found.setdefault(name, mask), mask):
        raise DataError(
            f"Two slices of the samples are called '{name}'",
            f"one has {int(found[name].sum())} rows, the other {int(mask.sum())}, and they are not the same",
            "Rename the slice or the type in the data set",
        )


def _mask(positions: list[int], length: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(length, dtype=bool)
    mask[positions] = True
    return mask


def load_evidence(folder: Path | str, metric: str) -> Rows:
    """The evidence rows that a finished run kept, sorted, held against the digest in its result.

    Each row has ``sample``, perhaps ``turn``, the metric's columns, and ``slices``; :func:`unpacked` reads a vector.
    """
    from cfbench.execution.plan import Plan
    from cfbench.execution.store import RunStore
    from cfbench.results.reading import read_result

    folder = Path(folder)
    store, result = RunStore(folder), read_result(folder)
    plan = Plan.read(store)
    if plan is None or metric not in result.evidence_digests:
        raise DataError(f"{folder} has no evidence of '{metric}'", "", "Run the command that made it again")
    rows: Rows = []
    for shard in plan.shards:
        table = store.read_table(store.evidence_path(metric, shard.name), None)
        rows += table.to_pylist() if table is not None else []
    rows = sorted_rows(rows)
    if evidence_digest(rows) != result.evidence_digests[metric]:
        raise DataError(
            f"The evidence of '{metric}' in {folder} is not what its result was scored from",
            "",
            "Run the command that made it again",
        )
    return rows
