"""Where reproductions measure: runs are found or made, seeds are put together, and methods compared by sample."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cfbench.api import start_run, start_score
from cfbench.config import parse_value
from cfbench.datasets import open_dataset
from cfbench.errors import CfbenchError, IncompleteError, UsageError
from cfbench.execution.evidence import load_evidence, slices_of
from cfbench.plugins import load_plugin
from cfbench.reproduction.ahead import Ahead, report_once
from cfbench.reproduction.arms import Training
from cfbench.reproduction.outcome import Cell
from cfbench.statistics import across_seeds, intervals, paired_bootstrap, paired_permutation
from cfbench.training import TrainingJob, train

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.datasets import Dataset
    from cfbench.execution.runner import FinishedRun
    from cfbench.metrics import Evidence, Metric
    from cfbench.reproduction.arms import Arm
    from cfbench.reproduction.base import Settings

PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Place:
    """Where else than on the test split of the table's data set something is measured; empty is that."""

    dataset: str = ""
    split: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Of the data set."""
    seeded: str = ""
    """An option of the data set that has the seed's number."""

    def told(self, seed: int) -> dict[str, Any]:
        """The options of a run."""
        options = dict(self.options) | ({self.seeded: str(seed)} if self.seeded else {})
        asked = {"dataset": self.dataset, "split": self.split, "dataset_option": options}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True)
class Lacking:
    """An arm that could not be measured, and why: one line, ending with what to type."""

    arm: Arm
    reason: str


@dataclass(frozen=True)
class Measured:
    """An arm's runs, one a seed."""

    arm: Arm
    runs: tuple[FinishedRun, ...]
    resamples: int
    _seen: dict[tuple[str, str], tuple[Metric, Evidence]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def cell(self, address: str, **more: Any) -> Cell:
        """A measured number, ``metric/name`` or ``metric/name/slice``; the mean of the numbers of all seeds."""
        metric, name, part = _parts(address)
        scores = [run.result.score(f"{metric}/{name}/{part}") for run in self.runs]
        first = scores[0]
        value, low, high, reason = first.value, first.ci_low, first.ci_high, first.reason
        if len(self.runs) > 1:
            judge, rows = self.evidence(metric, part)
            value = judge.score(rows)[name]
            bounds = intervals(judge, rows, seed=0, resamples=self.resamples, names=[name])[name]
            low, high = bounds or (None, None)
            reason = None if value is not None else first.reason
        cell = Cell(
            method=self.arm.label,
            number=name,
            value=value,
            low=low if value is not None else None,
            high=high if value is not None else None,
            n=first.n,
            seeds=tuple(run.result.protocol.seed for run in self.runs),
            signature=first.signature,
            runs=tuple(run.result.run_id for run in self.runs),
            reason=reason or "",
        )
        return replace(cell, **more)

    def evidence(self, metric: str, part: str = "all") -> tuple[Metric, Evidence]:
        """The metric, which takes the mean over seeds where there are several, and the rows of a slice of each."""
        if (metric, part) not in self._seen:
            self._seen[metric, part] = self._evidence(metric, part)
        return self._seen[metric, part]

    def _evidence(self, metric: str, part: str) -> tuple[Metric, Evidence]:
        judge = next(each for each in self.runs[0].bench.metrics if each.name == metric)
        found = [slices_of(judge, load_evidence(run.folder, metric)).get(part) for run in self.runs]
        rows = [each for each in found if each is not None]
        if len(rows) != len(self.runs):
            raise UsageError(f"There is no slice '{part}' of {metric}", f"in a run of {self.arm.label}")
        return (judge, rows[0]) if len(rows) == 1 else across_seeds(judge, rows)

    def compared(self, other: Measured, cell: Cell, address: str) -> Cell:
        """The cell with its difference from another arm's on the same samples."""
        metric, name, part = _parts(address)
        judge, rows = self.evidence(metric, part)
        before = other.evidence(metric, part)[1]
        found = paired_bootstrap(judge, before, rows, seed=0, resamples=self.resamples, names=[name])[name]
        tested = paired_permutation(judge, before, rows, seed=0, permutations=PERMUTATIONS, names=[name])[
            name
        ]
        low, high = found.interval or (None, None)
        return replace(
            cell,
            against=other.arm.label,
            difference=found.difference,
            difference_low=low,
            difference_high=high,
            p_value=tested.p_value,
        )


class Workshop:
    """A data set and settings; what was measured once is not measured again."""

    def __init__(self, settings: Settings, asked: str) -> None:
        self.settings = settings
        self.asked = asked
        self.ahead = Ahead(settings.jobs, settings.reporter)
        self._kept: dict[tuple[Arm, tuple[str, ...], Place], Measured | Lacking] = {}

    @cached_property
    def dataset(self) -> Dataset:
        """The data set that runs: the twin where the official one is not installed."""
        chosen = self.settings
        return open_dataset(
            self.asked,
            root=chosen.data_root,
            options={},
            reporter=chosen.reporter,
            official=chosen.official,
        )

    @property
    def official(self) -> str:
        """The name of the data set in the published tables."""
        return self.dataset.twin_of or self.dataset.name

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """None stands for the weights that are there, whatever their seed."""
        return self.settings.seeds or (None,)

    def measure(self, arm: Arm, metrics: Sequence[str], place: Place | None = None) -> Measured | Lacking:
        """Run an arm on the test split, or in another place, once a seed, or find its runs; or say what it lacks."""
        key = (arm, tuple(metrics), place or Place())
        if key not in self._kept:
            self._kept[key] = self._measure(*key)
        return self._kept[key]

    def trainings(self, arm: Arm) -> list[Training]:
        """The trainings behind an arm, one a seed."""
        chosen = self.settings
        told = {
            "--data-root": None if chosen.data_root is None else str(chosen.data_root),
            "--device": None if chosen.device == "cpu" else chosen.device,
        }
        flags = tuple(word for flag, value in told.items() if value is not None for word in (flag, value))
        return [
            Training(arm, self.dataset.name, chosen.preset, seed, chosen.trainings, flags)
            for seed in (self.seeds if arm.seeded else self.seeds[:1])
        ]

    def weights(self, training: Training) -> Path | Lacking:
        """The weights of a training; made where that is asked for, else what to type."""
        if training.found() is None and self.settings.train:
            self.make(training)
        found = training.found()
        if found is not None:
            return found
        return Lacking(training.arm, f"its training is not there. Type: {' && '.join(training.lines())}")

    def scored(self, measured: Measured, metrics: Sequence[str]) -> Measured | Lacking:
        """The same predictions under other metrics or protocols, without running the model again."""
        options = self._options(metrics)
        try:
            runs = [
                start_score(
                    {**options, "predictions": run.folder, "seed": run.result.protocol.seed},
                    reporter=self.settings.reporter,
                )
                for run in measured.runs
            ]
        except CfbenchError as error:
            return Lacking(measured.arm, str(error))
        return replace(measured, runs=tuple(runs))

    def _measure(self, arm: Arm, metrics: Sequence[str], place: Place) -> Measured | Lacking:
        wanted: list[tuple[Any, dict[str, Any]]] = []
        for training in self.trainings(arm):
            model: Any = arm.model
            more: dict[str, Any] = {"model_option": dict(arm.options)}
            if arm.trained:
                found = self.weights(training)
                if isinstance(found, Lacking):
                    return found
                model, name = self._model(arm, found, training)
                more = {"name": name}
            seed = training.seed or 0
            wanted.append((model, self._options(metrics) | {"seed": seed} | more | place.told(seed)))
        self.ahead.make([(model, options) for model, options in wanted if isinstance(model, str)])
        runs = []
        for model, options in wanted:
            try:
                run = start_run(model, options, reporter=self.settings.reporter)
                if not run.result.complete:
                    lost = len(run.result.failed) + len(run.result.missing)
                    raise IncompleteError(f"{lost} samples of the run in {run.folder} have no prediction")
            except CfbenchError as error:
                return Lacking(arm, str(error))
            report_once(run)
            run.bench.let_go()
            runs.append(run)
        return Measured(arm, tuple(runs), self.settings.resamples)

    def _options(self, metrics: Sequence[str]) -> dict[str, Any]:
        chosen = self.settings
        return {
            "dataset": self.asked,
            "metric": tuple(metrics),
            "limit": chosen.limit,
            "out": chosen.runs,
            "device": chosen.device,
            "threads": chosen.threads,
            "resamples": chosen.resamples,
            "data_root": chosen.data_root,
            "official": chosen.official,
        }

    def _model(self, arm: Arm, weights: Path, training: Training) -> tuple[Any, str | None]:
        """The registered name where its run takes these weights, so that a user's own run is found; else an object."""
        cls = load_plugin("models", arm.model)
        if not callable(getattr(cls, "find", None)):
            what = f"'{arm.model}' cannot be given weights"
            raise UsageError(what, "its class has no find(dataset)", "See docs/models.md")
        try:
            own = cls.find(self.dataset.name)
        except CfbenchError:
            own = None
        if own is not None and own.resolve() == weights.resolve():
            return arm.model, None
        name = "-".join(each for each in (arm.named, training.part) if each)
        return with_weights(cls, weights), name

    def make(self, training: Training) -> None:
        """Train what is missing, with what it needs first."""
        for earlier in training.before():
            self.make(earlier)
        chosen = self.settings
        chosen.reporter.line(f"Training: {training.lines()[-1]}")
        job = TrainingJob(
            dataset=self.dataset,
            folder=training.folder,
            preset=training.preset,
            seed=training.seed or 0,
            device=chosen.device,
            threads=chosen.threads,
            options={name: parse_value(text) for name, text in training.options().items()},
            reporter=chosen.reporter,
        )
        train(training.arm.model, job)


def with_weights(cls: Any, weights: Path) -> Any:
    """A model of a class that finds these weights and no others."""

    def find(_cls: Any, _dataset: str) -> Path:
        return weights

    pinned = type(cls.__name__, (cls,), {"find": classmethod(find), "__module__": cls.__module__})
    return pinned()


def _parts(address: str) -> tuple[str, str, str]:
    metric, name, *rest = address.split("/", 2)
    return metric, name, rest[0] if rest else "all"
