"""The two sides of a comparison: a result, and the evidence where its run's folder is at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cfbench.errors import DataError
from cfbench.results.reading import read_result
from cfbench.results.schema import Result

if TYPE_CHECKING:
    from cfbench.execution.evidence import Rows


@dataclass(frozen=True)
class Side:
    """A result and, where there is one, the folder of its run."""

    result: Result
    folder: Path | None = None

    @property
    def has_evidence(self) -> bool:
        """Whether evidence seems to be there; only reading it tells whether it is the right one."""
        return self.folder is not None and (self.folder / "evidence").is_dir()

    def rows(self, metric: str) -> Rows:
        """The evidence rows of a metric, held against the digest in the result."""
        from cfbench.execution.evidence import load_evidence

        if self.folder is None or not self.has_evidence:
            raise DataError(f"no evidence lies beside the result of {self.result.model.name}")
        return load_evidence(self.folder, metric)


def open_side(given: Side | Result | str | Path) -> Side:
    """A result by its file or the folder of its run; a result file inside such a folder finds the evidence too."""
    if isinstance(given, Side):
        return given
    if isinstance(given, Result):
        return Side(given)
    path = Path(given)
    result = read_result(path)
    folder = path if path.is_dir() else path.parent
    of_run = (folder / "plan.json").is_file() and (path.is_dir() or path.name == "result.json")
    return Side(result, folder if of_run else None)
