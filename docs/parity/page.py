"""The page: an introduction, the table, and what is left out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from . import answers, clip, images, latents, objects, sets, text
from .comparison import LeftOut, Row, Vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path(__file__).resolve().parents[1] / "parity.md"
GROUPS = (answers, clip, images, latents, objects, sets, text)
INTRODUCTION = """# Parity

<!-- written by `python docs/parity --vectors DIR`, not by hand -->

What published implementations gave for recorded inputs, beside what cfbench gives for them: {rows} comparisons of
{cases:,} values. Comparisons beyond their tolerance: {beyond}. The recorded values came from running the published code
itself, and, where a row says *independent calculation*, from the formula written anew beside it. Neither the inputs nor
the values are part of cfbench; the tests hold the same parities where the recordings are lent.

A difference is the largest of a row. It is absolute, or relative to the recorded value (to 1 where that is 0) where it
says so. A value that is not defined must be so on both sides. Ours is computed in float64; a reference that
computed in float32 is named so and has a wider tolerance. Differences of less than 1e-12 are rounding, which varies
with the machine; the table says no more of them, 0 or not. Resized pixels are float32 on both sides and round at 1e-4.
Where texts, counts or choices are compared, all must be equal.

Versions of the packages, as recorded: {versions}. A package whose row names no version was recorded without one.

| metric | protocol | reference implementation | cases | largest difference | tolerance |
| --- | --- | --- | ---: | ---: | ---: |
"""
LEFT_OUT = "\n## Recorded, not compared\n\n"
NOT_RECORDED = (
    "`accuracy`, `average-precision`, `pixel` and `relsim:paper` have no recorded values; their tests hold them to "
    "scikit-learn, torchmetrics, scikit-image and cases counted by hand."
)


def main() -> int:
    """Write the page, and say with the exit code whether all are within their tolerances."""
    parser = argparse.ArgumentParser(prog="python docs/parity", description="Writes docs/parity.md.")
    parser.add_argument(
        "--vectors", type=Path, required=True, help="the folder of recorded inputs and outputs"
    )
    vectors = Vectors(parser.parse_args().vectors)
    rows, left_out = compared(vectors)
    PAGE.write_text(page(vectors, rows, left_out), encoding="utf-8")
    return int(not all(row.within for row in rows))


def compared(vectors: Vectors) -> tuple[list[Row], list[LeftOut]]:
    """Every comparison, sorted by metric, and what is left out, by stem."""
    told = [one for group in GROUPS for one in group.told(vectors)]
    rows = [one for one in told if isinstance(one, Row)]
    left_out = [one for one in told if isinstance(one, LeftOut)]
    rows.sort(key=lambda row: (row.source.metric, row.source.protocol, row.source.reference))
    return rows, sorted(left_out, key=lambda one: one.stem)


def page(vectors: Vectors, rows: Sequence[Row], left_out: Sequence[LeftOut]) -> str:
    """The page as it is written."""
    introduction = INTRODUCTION.format(
        rows=len(rows),
        cases=sum(row.cases for row in rows),
        beyond=sum(not row.within for row in rows),
        versions="; ".join(_versions(vectors)),
    )
    table = "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)
    reasons = "".join(f"- `{one.stem}`: {one.why}.\n" for one in left_out)
    return f"{introduction}{table}{LEFT_OUT}{reasons}\n{NOT_RECORDED}\n"


def _versions(vectors: Vectors) -> list[str]:
    """Of each stem that tells them."""
    told = {stem: vectors.expected(stem).get("versions", {}) for stem in vectors.stems()}
    return [
        f"`{stem}` {', '.join(f'{package} {version}' for package, version in sorted(versions.items()))}"
        for stem, versions in told.items()
        if versions
    ]


def _cells(row: Row) -> tuple[str, ...]:
    source = row.source
    difference, tolerance = f"{row.difference:.0f} differ", "equal"
    if not row.counted:
        told = row.difference >= source.rounding
        difference = f"{row.difference:.1e}" if told else f"< {source.rounding:g}"
        difference += " relative" if source.relative else ""
        tolerance = f"{source.tolerance:g}"
    said = difference if row.within else f"**{difference}**"
    return source.metric, source.protocol, source.reference, f"{row.cases:,}", said, tolerance
