"""A comparison as one page, with the samples that changed most: both sides' images beside the true ones.

Guarantees as those of the report of a run: it loads nothing and runs no script, everything from outside is escaped, and
it reads in light and dark, on a phone, on paper and by a screen reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.errors import CfbenchError, DataError
from cfbench.files import write_text
from cfbench.report._numbers import better
from cfbench.report.comparison import cells_of, notes_of, reading_text, signed
from cfbench.report.html import Banner, data_uri
from cfbench.report.predictions_here import Predictions
from cfbench.report.samples_here import samples_here
from cfbench.reporter import silent
from cfbench.tasks import get_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.comparing import Comparison, Difference, SampleChange, Side
    from cfbench.reporter import Reporter

STRIPS = 6  # samples shown with their images
LISTED = 10  # samples named for each number
WIDTH, MIDDLE, HALF = 160, 80, 72  # of the bar of a difference, in units of its view box
TONES = {"better": "good", "worse": "bad"}


def write_comparison(
    comparison: Comparison, first: Side, second: Side, path: Path, *, reporter: Reporter = silent
) -> None:
    """Write the page to ``path``, whole or not at all."""
    try:
        strips, wanting = _strips(comparison, first, second, reporter)
    except CfbenchError as error:
        strips, wanting = [], [f"Shown without images: {error}"]
    write_text(path, comparison_html(comparison, strips, wanting=wanting))


def comparison_html(
    comparison: Comparison, strips: Sequence[dict[str, Any]] = (), *, wanting: Sequence[str] = ()
) -> str:
    """The page. ``wanting`` says what of the samples is not shown, and why."""
    from cfbench.report._templates import fill

    view = comparison_view(comparison)
    return fill("comparison.html", comparison=comparison, view=view, strips=strips, wanting=wanting)


def comparison_view(comparison: Comparison) -> dict[str, Any]:
    """What the macros of ``differences.html`` show of a comparison."""
    differences = comparison.differences
    return {
        "banners": _banners(comparison),
        "rows": [_row(one) for one in differences],
        "with_slice": any(one.slice != "all" for one in differences),
        "notes": notes_of(comparison),
        "moved": [_moved(one) for one in differences if one.changed],
    }


def _banners(comparison: Comparison) -> list[Banner]:
    if comparison.obstacles:
        return [Banner("bad", "Not comparable", "; ".join(comparison.obstacles))]
    readings = [one.reading for one in comparison.differences]
    counts = [
        f"{readings.count(reading)} {words}"
        for reading, words in (
            ("better", "better"),
            ("worse", "worse"),
            ("open", "not told apart"),
            ("equal", "equal"),
            ("untested", "not tested"),
            ("not comparable", "not comparable"),
        )
        if reading in readings
    ]
    bad, good = {"worse", "not comparable"} & set(readings), "better" in readings
    tone = "warn" if bad else "good" if good else "note"
    title = f"{len(readings):,} number{'' if len(readings) == 1 else 's'}"
    found = [Banner(tone, title, ", ".join(counts))]
    if any(one.unpaired_because for one in comparison.differences):
        text = "Some numbers are not paired by sample; their intervals are wider, and each says so."
        found.append(Banner("note", "Unpaired", text))
    return found + [Banner("note", "Mind", remark) for remark in comparison.remarks]


def _row(one: Difference) -> dict[str, Any]:
    metric, _, before, after, difference, p, p_holm, reading = cells_of(one)
    return {
        "metric": metric.rsplit(" ", 1)[0],
        "better": better(one.higher_is_better),
        "slice": one.slice,
        "first": before,
        "second": after,
        "difference": difference,
        "p": p,
        "p_holm": p_holm,
        "reading": reading,
        "tone": TONES.get(one.reading, "faint"),
        "why": one.not_comparable or "",
        "bar": _bar(one),
    }


@dataclass(frozen=True)
class Bar:
    """The interval of a difference around 0, as long as it is wide: places in a view box of ``WIDTH``."""

    low: float
    high: float
    dot: float
    words: str
    middle: float = MIDDLE
    width: int = WIDTH


def _bar(one: Difference) -> Bar | None:
    if one.gain is None or one.gain_interval is None:
        return None
    low, high = one.gain_interval
    reach = max(abs(low), abs(high), abs(one.gain)) or 1.0

    def x(value: float) -> float:
        return round(MIDDLE + value / reach * HALF, 1)

    words = f"{reading_text(one)}: {signed(one.gain, 4)}, interval {signed(low, 4)} to {signed(high, 4)}"
    return Bar(x(low), x(high), x(one.gain), words)


def _moved(one: Difference) -> dict[str, Any]:
    return {
        "address": one.address,
        "count": one.samples_changed,
        "better": better(one.higher_is_better),
        "samples": [
            {
                "sample": change.sample,
                "first": f"{change.first:.4g}",
                "second": f"{change.second:.4g}",
                "change": signed(change.change, 4),
                "tone": "good" if (change.change > 0) == one.higher_is_better else "bad",
            }
            for change in one.changed[:LISTED]
        ],
    }


def _most_changed(differences: Sequence[Difference]) -> list[str]:
    """The samples to show: in turn the one that moved most in each number, and no sample twice."""
    lists = [[change.sample for change in one.changed] for one in differences if one.slice == "all"]
    lists = lists or [[change.sample for change in one.changed] for one in differences]
    longest = max(map(len, lists), default=0)
    in_turn = [names[place] for place in range(longest) for names in lists if place < len(names)]
    return list(dict.fromkeys(in_turn))[:STRIPS]


def _strips(
    comparison: Comparison, first: Side, second: Side, reporter: Reporter
) -> tuple[list[dict[str, Any]], list[str]]:
    """What both models made of the samples that changed most, and what of it cannot be shown.

    Raises:
        CfbenchError: Nothing can be shown; it says why.
    """
    samples = _most_changed(comparison.differences)
    if not samples:
        return [], []
    if second.result.task != "edit":
        raise DataError("samples are shown with their images for editing only")
    if first.folder is None and second.folder is None:
        raise DataError("the run folders with the predictions are not here")
    _, split = samples_here(second.result.dataset, reporter)
    places = {sample: place for place, sample in enumerate(split.ids)}
    wanting: dict[str, str] = {}
    readers = [
        (label, Predictions(side, get_task(side.result.task)))
        for label, side in zip(_labels(comparison), (first, second), strict=True)
    ]
    strips = []
    for sample in samples:
        if sample not in places:
            continue
        at = places[sample]
        made = {}
        for label, reader in readers:
            try:
                made[label] = reader.at(at, sample)
            except DataError as error:
                wanting[label] = str(error).rstrip(".")
        if any(answer is not None for answer in made.values()):
            strips.append(_strip(split.inputs(at), split.target(at), made, comparison))
    return strips, [f"Images by {label} are not shown: {why}." for label, why in wanting.items()]


def _labels(comparison: Comparison) -> tuple[str, str]:
    """What the two models' images are called, apart even where the models bear one name."""
    one, other = comparison.first.model, comparison.second.model
    return (f"{one} (first)", f"{other} (second)") if one == other else (one, other)


def _strip(inputs: Any, target: Any, made: dict[str, Any], comparison: Comparison) -> dict[str, Any]:
    rows = [(label, answer.images) for label, answer in made.items() if answer is not None]
    rows += [("target", target.images)] if target.images else []
    turns = [
        {
            "number": turn + 1,
            "words": words,
            "pictures": [(label, data_uri(images[turn])) for label, images in rows],
        }
        for turn, words in enumerate(inputs.instructions)
    ]
    return {"sample": inputs.id, "turns": turns, "changes": _changes_of(inputs.id, comparison)}


def _changes_of(sample: str, comparison: Comparison) -> list[str]:
    found: list[tuple[Difference, SampleChange]] = [
        (one, change) for one in comparison.differences for change in one.changed if change.sample == sample
    ]
    return [
        f"{one.metric}/{one.name} {change.first:.3g} → {change.second:.3g}"
        for one, change in found
        if one.slice == "all"
    ]
