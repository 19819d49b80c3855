"""From paths to results, and to groups of results that may stand side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfbench.comparing.samples import options_of_samples, options_of_training
from cfbench.comparing.sides import Side, open_side
from cfbench.errors import CfbenchError, UsageError
from cfbench.report._marks import marks_of
from cfbench.report._table import signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfbench.execution.evidence import Rows
    from cfbench.results.schema import Result

DEEPEST = 3  # folders below a given one, in which runs are looked for
SHORT_ID = 6


@dataclass(frozen=True)
class Gathered:
    """What was found. ``left_out`` says what was not, a line each."""

    sides: tuple[Side, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A result in a group. ``label`` tells it from the others there; ``style`` is how plots draw it."""

    side: Side
    label: str
    anchor: str
    style: int
    _read: dict[str, Rows] = field(default_factory=dict, repr=False, compare=False)

    @property
    def result(self) -> Result:
        """The result."""
        return self.side.result

    @property
    def signed(self) -> str:
        """The label with the signs of what a reader must know."""
        return signed(self.label, marks_of(self.result))

    @property
    def ranked(self) -> bool:
        """Whether it may be called better or worse than another."""
        return self.result.complete and not self.result.unranked_because and not marks_of(self.result)

    def rows(self, metric: str) -> Rows:
        """The evidence of a metric, read once; CfbenchError where it is not here or not what was scored."""
        if metric not in self._read:
            self._read[metric] = self.side.rows(metric)
        return self._read[metric]


@dataclass(frozen=True)
class Group:
    """Results on the same samples of one data set, in the order given, those without numbers last."""

    anchor: str
    entries: tuple[Entry, ...]

    @property
    def first(self) -> Result:
        """Any of them, for what they share."""
        return self.entries[0].result

    @property
    def data(self) -> str:
        """``name@version, split``."""
        data = self.first.dataset
        return f"{data.name}@{data.version}, {data.split}"

    @cached_property
    def options(self) -> str:
        """The options of the data set that say which samples these are."""
        return _said(options_of_samples(self.first.dataset))


def gather(paths: Sequence[str | Path]) -> Gathered:
    """The results at result files, in run folders, and in folders that hold runs.

    A path that is given must lead to a result; what cannot be read within a folder of runs is left out, and said.
    """
    sides: dict[Path, Side] = {}
    left_out = []
    for given in map(Path, paths):
        runs = list(_runs(given)) if given.is_dir() and not (given / "result.json").exists() else [given]
        if not runs:
            left_out.append(f"{given} holds no run")
        for run in runs:
            if run != given and not (run / "result.json").exists():
                left_out.append(f"{run} holds no result yet")
                continue
            try:
                sides.setdefault(_file(run).resolve(), open_side(run))
            except CfbenchError as error:
                if run == given:
                    raise
                left_out.append(str(error))
    if not sides:
        raise UsageError(
            "There is no result to report", "; ".join(left_out), "Give result.json files or folders of runs"
        )
    return Gathered(tuple(sides.values()), tuple(left_out))


def _file(path: Path) -> Path:
    return path / "result.json" if path.is_dir() else path


def _runs(folder: Path, depth: int = 0) -> Iterator[Path]:
    for inner in sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()):
        if (inner / "result.json").exists() or (inner / "plan.json").exists():
            yield inner
        elif depth + 1 < DEEPEST and not inner.name.startswith("."):
            yield from _runs(inner, depth + 1)


def groups_of(sides: Sequence[Side]) -> list[Group]:
    """The sides by task and samples, both in the order of first sight."""
    found: dict[Any, list[Side]] = {}
    for side in sides:
        data = side.result.dataset
        key = (
            side.result.task,
            data.name,
            data.version,
            data.split,
            tuple(sorted(options_of_samples(data).items())),
            data.fingerprint,
            data.subset,
        )
        found.setdefault(key, []).append(side)
    groups, count = [], 0
    for number, members in enumerate(found.values(), 1):
        ordered = sorted(members, key=lambda side: not side.result.complete)
        entries = []
        for style, (side, label) in enumerate(zip(ordered, _labels(ordered), strict=True)):
            count += 1
            entries.append(Entry(side, label, f"run-{count}", style))
        groups.append(Group(f"group-{number}", tuple(entries)))
    return groups


def _labels(sides: Sequence[Side]) -> list[str]:
    """The models' names; where several bear one, with what they learned from or, where that is one too, their runs."""
    names = [side.result.model.name for side in sides]
    told = [
        (name, _said(options_of_training(side.result.dataset)))
        for name, side in zip(names, sides, strict=True)
    ]
    labels = []
    for (name, learned), side in zip(told, sides, strict=True):
        if names.count(name) == 1:
            labels.append(name)
        elif told.count((name, learned)) == 1 and learned:
            labels.append(f"{name} ({learned})")
        else:
            labels.append(f"{name} ({side.result.run_id[:SHORT_ID]})")
    return labels


def _said(options: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(options.items()))
