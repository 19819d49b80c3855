"""A comparison as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfbench.report._formats import as_markdown, as_text
from cfbench.report._numbers import ABSENT, Figure, arrow, decimals_for, fixed
from cfbench.report._table import LONGEST_LIST, Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.comparing import Comparison, Difference

SMALLEST_P = 0.001
COLUMNS = (
    Column("metric", "text", "metric"),
    Column("slice", "text", "slice"),
    Column("first", "value", "first"),
    Column("second", "value", "second"),
    Column("difference", "value", "difference"),
    Column("p", "value", "p"),
    Column("p (Holm)", "value", "p_adjusted"),
    Column("second is", "text", "reading"),
)


def comparison_text(comparison: Comparison, width: int | None = None) -> str:
    """For a terminal of that width."""
    return as_text(comparison_table(comparison), width)


def comparison_markdown(comparison: Comparison) -> str:
    """For GitHub."""
    return as_markdown(comparison_table(comparison))


def comparison_table(comparison: Comparison) -> Table:
    """A row a number: both values, the difference with its interval, p-values, and what it comes to."""
    rows = tuple(Row(cells_of(one)) for one in comparison.differences)
    return Table(title_of(comparison), (), COLUMNS, rows, 2, tuple(notes_of(comparison)))


def title_of(comparison: Comparison) -> str:
    """What is compared, on what."""
    return (
        f"{comparison.second.model} ({comparison.second.run_id}) against {comparison.first.model} "
        f"({comparison.first.run_id}) on {comparison.dataset}, {comparison.split}, {comparison.samples:,} samples"
    )


def cells_of(one: Difference) -> tuple[str, ...]:
    """The texts of a row."""
    decimals = decimals_for([Figure(one.first, None, None), Figure(one.second, None, None)])
    return (
        f"{one.metric}/{one.name} {arrow(one.higher_is_better)}",
        one.slice,
        Figure(one.first, None, None).value_text(decimals),
        Figure(one.second, None, None).value_text(decimals),
        difference_text(one),
        p_text(one.p_value),
        p_text(one.p_adjusted),
        reading_text(one),
    )


def difference_text(one: Difference) -> str:
    """``+0.0123 [+0.0101, +0.0145]``; ``unpaired`` beside an interval that is not paired."""
    if one.difference is None:
        return ABSENT
    decimals = decimals_for([Figure(value, None, None) for value in (one.first, one.second)])
    text = signed(one.difference, decimals)
    if one.ci_low is None or one.ci_high is None:
        return text
    return f"{text} [{signed(one.ci_low, decimals)}, {signed(one.ci_high, decimals)}]" + (
        "" if one.paired else " unpaired"
    )


def reading_text(one: Difference) -> str:
    """What a number comes to, in words."""
    return {"open": "not told apart", "untested": "not tested"}.get(one.reading, one.reading)


def signed(value: float, decimals: int) -> str:
    """A number with its sign; none before a zero."""
    text = fixed(value, decimals)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def p_text(value: float | None) -> str:
    """A p-value with two digits that count, and nothing where there is none."""
    if value is None:
        return ""
    return f"< {SMALLEST_P}" if value < SMALLEST_P else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def notes_of(comparison: Comparison) -> list[str]:
    """What the table cannot say in a cell."""
    percent = f"{100 * comparison.level:g} %"
    notes = [f"not comparable: {obstacle}" for obstacle in comparison.obstacles]
    notes += comparison.remarks
    differences = comparison.differences
    if any(one.paired for one in differences):
        tests = f"{comparison.permutations:,} swaps" if comparison.permutations else "no swaps"
        notes.append(
            f"brackets: paired {percent} intervals ({comparison.resamples:,} resamples, {tests}); Holm's adjustment "
            f"over {sum(one.p_value is not None for one in differences)} numbers"
        )
    if any(one.unpaired_because and one.ci_low is not None for one in differences):
        notes.append(
            f"unpaired: {percent} intervals put together from those of the two results, as if independent"
        )
    if not comparison.obstacles:
        notes += _grouped("not comparable", {one.address: one.not_comparable for one in differences})
    notes += _grouped("not paired", {one.address: one.unpaired_because for one in differences})
    notes += [
        f"{one.address} stands on {one.n_first:,} samples in the first and {one.n_second:,} in the second"
        for one in differences
        if one.difference is not None and one.n_first != one.n_second
    ]
    return notes


def _grouped(word: str, reasons: dict[str, str | None]) -> list[str]:
    """A line for each reason, with the numbers that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for address, reason in reasons.items():
        if reason:
            by_reason.setdefault(reason, []).append(address)
    return [
        f"{word}: {'every number' if len(addresses) == len(reasons) else _listed(addresses)}: {reason}"
        for reason, addresses in by_reason.items()
    ]


def _listed(addresses: Sequence[str]) -> str:
    shown = ", ".join(addresses[:LONGEST_LIST])
    return shown + (f" and {len(addresses) - LONGEST_LIST:,} more" if len(addresses) > LONGEST_LIST else "")
