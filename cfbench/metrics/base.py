"""What a metric is: a declaration and two pure functions, ``evidence`` and ``score``.

Evidence is one row a sample (or a sample and turn). Everything after it, intervals, slices, paired
tests and merging over shards, is done from the rows by code that knows no metric.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from cfbench.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Inputs = TypeVar("Inputs")
Target = TypeVar("Target")
Prediction = TypeVar("Prediction")

GROUP = "sample_group"
"""The column of evidence that names the data set's group of each row, where the data set groups its samples."""


@dataclass(frozen=True)
class Number:
    """One number that a metric gives: which way is better, and where it can lie (None: unbounded)."""

    summary: str
    higher_is_better: bool
    range: tuple[float | None, float | None]


@dataclass(frozen=True)
class Scored(Generic[Inputs, Target, Prediction]):
    """A sample with its answer, as ``evidence`` gets it."""

    id: str
    inputs: Inputs
    target: Target
    prediction: Prediction


@dataclass(frozen=True)
class Evidence:
    """Rows as columns of equal length. ``weight`` says how often a row counts (bootstrap resamples).

    A value may be null: NaN in a column of numbers, None in one of texts. A column of lists or vectors is a 2-d
    array with a line for each row, null where all of it is NaN.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    weight: npt.NDArray[np.float64]

    @classmethod
    def of(cls, columns: Mapping[str, npt.NDArray[Any]]) -> Evidence:
        """Every row counts once."""
        length = len(next(iter(columns.values()))) if columns else 0
        return cls(columns, np.ones(length))

    def __len__(self) -> int:
        return len(self.weight)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Evidence:
        """The chosen rows."""
        return Evidence({name: values[chosen] for name, values in self.columns.items()}, self.weight[chosen])

    def mean(self, column: str) -> float | None:
        """The weighted mean of a column in float64 over the rows that are not null; None where there is none."""
        values = self.columns[column].astype(np.float64)
        known = ~np.isnan(values)
        total = float(self.weight[known].sum())
        if total == 0:
            return None
        return float(np.dot(self.weight[known], values[known]) / total)

    def nulls(self, column: str) -> npt.NDArray[np.bool_]:
        """Which rows have no value in a column."""
        values = self.columns[column]
        if values.dtype == object:
            return np.array([value is None for value in values], dtype=np.bool_)
        if values.dtype.kind != "f":
            return np.zeros(len(values), dtype=np.bool_)
        missing: npt.NDArray[np.bool_] = np.isnan(values).all(axis=tuple(range(1, values.ndim)))
        return missing

    def samples(self, column: str | None = None) -> int:
        """How many samples have a value of ``column`` in some row, or have any row at all."""
        if not len(self):
            return 0
        counted = self.weight > 0
        if column is not None:
            counted &= ~self.nulls(column)
        return len(set(self.columns["sample"][counted].tolist()))


@dataclass(frozen=True)
class NamedDetector:
    """A detector with the name that it was found by, and the digests of its weights and its code."""

    name: str
    detector: Any
    weights_digest: str | None
    code_digest: str | None

    @property
    def digest(self) -> str | None:
        """That of the weights or, without any, of the code."""
        return self.weights_digest or self.code_digest

    @property
    def label(self) -> str:
        """As it stands in signatures: ``det:name@version:digest``."""
        detector = self.detector
        return f"{detector.mark}:{self.name}@{detector.version}:{(self.digest or 'none')[:8]}"


class Metric(ABC):
    """A metric, declared by class attributes. Its number is addressed as ``metric/name/slice``.

    ``version`` changes whenever any value could. Rows are flat; ``sample`` (and ``turn``, where a
    sample has several rows) name the row, every other key is a number, a short text, a list of numbers
    of one length, or None where it is undefined. A long vector is a 1-d array of float32 or float64, which is
    kept as its bytes.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    tasks: ClassVar[tuple[str, ...]]  # the kinds of work that it can judge
    default_tasks: ClassVar[tuple[str, ...] | None] = None  # those that it judges unasked; None: all of them
    summary: ClassVar[str]
    numbers: ClassVar[Mapping[str, Number]]
    details: ClassVar[frozenset[str]] = frozenset()  # numbers that are parts or diagnostics of the others
    protocols: ClassVar[Mapping[str, str]] = {"default": "the one definition"}
    default_protocol: ClassVar[str] = "default"
    needs: ClassVar[tuple[str, ...]] = ()  # kinds of detectors; ``self.detectors`` holds one of each
    reference: ClassVar[str]
    slice_by_turn: ClassVar[bool] = False
    slice_by: ClassVar[tuple[str, ...]] = ()  # text columns whose values are slices, such as "question_type"
    unit: ClassVar[str] = (
        "sample"  # the column whose rows are resampled together, unless the data set has groups
    )
    with_intervals: bool = True  # False where resampling says nothing, as of a distance of sets

    def __init__(
        self, protocol: str | None = None, detectors: Mapping[str, NamedDetector] | None = None
    ) -> None:
        """A metric under one of its protocols, with a detector for each of ``needs``."""
        self.detectors = dict(detectors or {})
        self.protocol = protocol or self.default_protocol
        if self.protocol not in self.protocols:
            raise unknown_name(
                f"protocol of metric {self.name}",
                self.protocol,
                self.protocols,
                list_command=f"cfbench describe {self.name}",
            )

    def resampled_by(self, rows: Evidence) -> str:
        """The column whose rows are resampled together: the groups of the data set where it has any, else ``unit``."""
        return GROUP if GROUP in rows.columns else self.unit

    @classmethod
    def judges_unasked(cls) -> tuple[str, ...]:
        """The kinds of work that it judges where no metric is chosen."""
        return cls.tasks if cls.default_tasks is None else cls.default_tasks

    @abstractmethod
    def evidence(self, scored: Sequence[Scored[Any, Any, Any]]) -> list[dict[str, Any]]:
        """The rows of some samples: a pure function of each sample by itself."""

    @abstractmethod
    def score(self, rows: Evidence) -> dict[str, float | None]:
        """The value of each of ``numbers``; None where it is undefined. Honours ``rows.weight``."""

    def resampled(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """``score`` under each line of ``weights`` (resamples, rows), NaN where undefined: a value a line.

        What it gives is what ``score`` gives, up to rounding. Override it where that can be faster.
        """
        scores = [self.score(Evidence(rows.columns, line)) for line in weights]
        return {name: np.array([score[name] for score in scores], dtype=np.float64) for name in self.numbers}

    def samples_of(self, number: str, rows: Evidence) -> int:
        """How many samples a number speaks of: those with a value in the column of its name, or with any row.

        Override it where a number leaves samples out by another rule.
        """
        return rows.samples(number if number in rows.columns else None)

    def remarks(self, rows: Evidence) -> list[str]:  # noqa: ARG002
        """What a reader of these numbers must be told, a sentence each; kept in the result."""
        return []

    def signature(self, n: int) -> str:
        """What one must know to compare a number, such as ``relsim|proto:geneva|det:codraw-park@1:9f2c|n:500|v:1``."""
        seen_through = "".join(f"|{detector.label}" for _, detector in sorted(self.detectors.items()))
        return f"{self.name}|proto:{self.protocol}{seen_through}|n:{n}|v:{self.version}"


class MeanMetric(Metric):
    """A metric whose every number is the mean of the column of that name, over the rows that have a value."""

    def score(self, rows: Evidence) -> dict[str, float | None]:
        """The weighted means."""
        return {name: rows.mean(name) for name in self.numbers}

    def resampled(self, rows: Evidence, weights: Floats) -> dict[str, Floats]:
        """The weighted means of all lines at once."""
        return {name: weighted_means(rows.columns[name], weights) for name in self.numbers}


def weighted_means(values: npt.NDArray[Any], weights: Floats) -> Floats:
    """The mean of the values that are not NaN under each line of weights; NaN where none has a weight."""
    numbers = values.astype(np.float64)
    known = ~np.isnan(numbers)
    totals = np.einsum("rn,n->r", weights, known.astype(np.float64))
    sums = np.einsum("rn,n->r", weights, np.where(known, numbers, 0.0))
    means: Floats = np.full(len(weights), np.nan)
    np.divide(sums, totals, out=means, where=totals != 0)
    return means
