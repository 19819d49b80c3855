"""What a page shows, and its parts as the template reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.report._charts import Chart, Mark
    from cfbench.report._dots import DotChart
    from cfbench.report._marks import Mark as Sign
    from cfbench.report.example import Example
    from cfbench.report.html import Banner
    from cfbench.report.page.published import Beside
    from cfbench.report.page.standings import Standing
    from cfbench.results.schema import Result


@dataclass(frozen=True)
class PageOptions:
    """What the page shows. ``metrics`` are names as ``fid`` or ``fid/rank``; none: the main numbers."""

    metrics: tuple[str, ...] = ()
    examples: int = 9
    """Samples shown of each group, at most; 0 shows none and opens no data set."""
    published: tuple[str, ...] = ()
    """Published tables such as ``sscr/table2``; none: those that name models of a group and its data set."""
    graphs: bool = True
    """Whether shown samples of editing have their scene graphs."""
    data_root: Path | None = None


@dataclass(frozen=True)
class Shown:
    """Samples to show, and what to say of them or of why there are none."""

    examples: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResultView:
    """A result as the template reads it."""

    anchor: str
    label: str
    signed: str
    result: Result
    marks: str
    banners: Sequence[Banner]
    headline: Sequence[dict[str, str]]
    details: Sequence[dict[str, str]]
    sliced: Sequence[dict[str, str]]
    resampled: str
    lost: Sequence[tuple[str, str]]
    hidden: int
    command: str


@dataclass(frozen=True)
class Key:
    """A line of the legend."""

    label: str
    colour: str
    dash: str
    mark: Mark


@dataclass(frozen=True)
class GroupView:
    """A group as the template reads it."""

    anchor: str
    task: str
    data: str
    options: str
    samples: int
    fingerprint: str
    views: tuple[ResultView, ...]
    banners: tuple[Banner, ...] = ()
    standings: Sequence[Standing] = ()
    marked: str = ""
    marks: tuple[Sign, ...] = ()
    legend: Sequence[Key] = ()
    turns: Sequence[Chart] = ()
    slices: Sequence[DotChart] = ()
    shares: Sequence[Chart] = ()
    differences: Sequence[DotChart] = ()
    published: Sequence[Beside] = ()
    examples: Sequence[dict[str, Any]] = ()
    examples_note: Sequence[str] = ()
    plain_ids: bool = False

    def id(self, part: str) -> str:
        """The anchor of a part of the group; plain on the page of one result."""
        return part if self.plain_ids else f"{self.anchor}-{part}"
