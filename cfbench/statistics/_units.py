"""What is resampled: the units of evidence, and the rows of two models joined by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError, unknown_name
from cfbench.metrics.base import Evidence, Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

Positions = npt.NDArray[np.intp]


def chosen_numbers(metric: Metric, names: Sequence[str] | None) -> tuple[str, ...]:
    """The names asked for, held against those of the metric; None asks for all."""
    chosen = tuple(metric.numbers if names is None else names)
    for name in chosen:
        if name not in metric.numbers:
            raise unknown_name(
                f"number of metric {metric.name}",
                name,
                metric.numbers,
                list_command=f"cfbench describe {metric.name}",
            )
    return chosen


def units_of(metric: Metric, rows: Evidence) -> tuple[int, Positions]:
    """How many units there are, and the position of each row's unit among them, by id."""
    if not len(rows):
        return 0, np.zeros(0, dtype=np.intp)
    ids = _unit_names(metric, rows)
    if (ids[1:] >= ids[:-1]).all():  # a run's rows are sorted by sample
        positions = np.concatenate([[0], np.cumsum(ids[1:] != ids[:-1])])
        return int(positions[-1]) + 1, positions
    found, positions = np.unique(ids, return_inverse=True)
    return len(found), positions


def in_canonical_order(rows: Evidence, row_unit: Positions, unit: str) -> tuple[Evidence, Positions]:
    """The rows in an order that depends on their content alone: sums then round the same."""
    keys: list[npt.NDArray[Any]] = []
    if len(np.unique(row_unit)) < len(rows):
        keys.append(rows.weight)
        for name, values in sorted(rows.columns.items()):
            if values.ndim > 1:
                keys += list(values.T)
            elif name != unit:
                keys.append(values.astype(str) if values.dtype == object else values)
    order = np.lexsort([*keys, row_unit])
    ordered = {name: values[order] for name, values in rows.columns.items()}
    return Evidence(ordered, rows.weight[order]), row_unit[order]


def joined_units(metric: Metric, rows_a: Evidence, rows_b: Evidence) -> tuple[int, Positions, Positions]:
    """The number of units, and the position of each row's unit, of two models that saw the same samples."""
    keys_a, keys_b = (_sample_units(metric, rows) for rows in (rows_a, rows_b))
    if keys_a != keys_b:
        wrong = sorted(keys_a ^ keys_b)
        samples = list(dict.fromkeys(sample for sample, _ in wrong))
        said = ", ".join(f"'{sample}'" for sample in samples[:3])
        raise DataError(
            f"The evidence of '{metric.name}' is not of the same samples",
            f"{len(samples):,} have no partner: {said}{' …' if len(samples) > 3 else ''}",
            "Compare results of one data set, split and limit",
        )
    units, row_unit_a = units_of(metric, rows_a)
    _, row_unit_b = units_of(metric, rows_b)
    return units, row_unit_a, row_unit_b


def joined_rows(metric: Metric, rows_a: Evidence, rows_b: Evidence) -> Evidence:
    """The rows of the first, then those of the second."""
    if rows_a.columns.keys() != rows_b.columns.keys():
        raise DataError(
            f"The evidence of '{metric.name}' does not have the same columns",
            f"{', '.join(rows_a.columns)} and {', '.join(rows_b.columns)}",
            "Score both with the same version of the metric",
        )
    columns = {name: _joined(name, rows_a.columns[name], rows_b.columns[name]) for name in rows_a.columns}
    return Evidence(columns, np.concatenate([rows_a.weight, rows_b.weight]))


def _joined(name: str, a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[Any]:
    a, b = _without_type(a, b), _without_type(b, a)
    if a.shape[1:] != b.shape[1:] or (a.dtype == object) != (b.dtype == object):
        raise DataError(
            f"The columns '{name}' do not go together",
            f"a row is {a.dtype} of shape {a.shape[1:]} in one and {b.dtype} of {b.shape[1:]} in the other",
            "Score both with the same version of the metric",
        )
    return np.concatenate([a, b])


def _without_type(values: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A column of nothing but nulls is read as numbers; it takes the shape and type of the other."""
    if values.ndim > 1 or values.dtype.kind != "f" or not np.isnan(values).all():
        return values
    nothing: npt.NDArray[Any] = np.full((len(values), *other.shape[1:]), np.nan)
    return np.full(len(values), None, dtype=object) if other.dtype == object else nothing


def _sample_units(metric: Metric, rows: Evidence) -> set[tuple[str, str]]:
    """Each sample (the unit, where rows name no sample) with its unit."""
    if not len(rows):
        return set()
    units = _unit_names(metric, rows).tolist()
    samples = rows.columns["sample"].astype(str).tolist() if "sample" in rows.columns else units
    return set(zip(samples, units, strict=True))


def _unit_names(metric: Metric, rows: Evidence) -> npt.NDArray[np.str_]:
    """The name of each row's unit. A data set's group holds the metric's own units whole, or neither can be resampled."""
    column = metric.resampled_by(rows)
    names = _texts(metric, rows, column)
    if column != metric.unit and metric.unit in rows.columns:
        own = _texts(metric, rows, metric.unit)
        order = np.lexsort([names, own])
        parted = (own[order][1:] == own[order][:-1]) & (names[order][1:] != names[order][:-1])
        if parted.any():
            raise DataError(
                f"Evidence of '{metric.name}' cannot be resampled",
                f"the {metric.unit} '{own[order][1:][parted][0]}' lies in two groups of the data set",
                f"Name one group for all samples of one {metric.unit}",
            )
    return names


def _texts(metric: Metric, rows: Evidence, column: str) -> npt.NDArray[np.str_]:
    if column not in rows.columns:
        raise DataError(
            f"Evidence of '{metric.name}' without a column '{column}' cannot be resampled",
            f"its columns are {', '.join(rows.columns)}",
            f"Name the {column} of each row that the metric returns",
        )
    if nameless := int(rows.nulls(column).sum()):
        raise DataError(
            f"Evidence of '{metric.name}' cannot be resampled",
            f"{nameless:,} of its rows have no {column}",
            f"Name the {column} of each row that the metric returns",
        )
    return rows.columns[column].astype(str)
