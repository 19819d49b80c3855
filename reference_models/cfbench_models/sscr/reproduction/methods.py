"""The methods that the paper compares, as arms, and how their numbers become cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cfbench.published import table
from cfbench.reproduction import Arm, Cell, Lacking, Measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.reproduction import Workshop

EXPLAINER = Arm("explainer", "explainer", "explainer")
GENEVA = Arm("geneva", "GeNeVA", "geneva")
_BOTH = (("start", GENEVA), ("explainer", EXPLAINER))
CONTINUED = Arm(
    "geneva-continued",
    "GeNeVA, continued",
    "sscr",
    options=(("method", "none"),),
    needs=(("start", GENEVA),),
    weights="geneva-continued",
)
CTC = Arm("sscr-ctc", "w/ CTC only", "sscr-ctc", needs=_BOTH)
SSCR = Arm("sscr", "w/ SSCR", "sscr", needs=_BOTH)
SSCR_D = Arm("sscr-d", "w/ SSCR (D)", "sscr-d", needs=_BOTH)
BASELINES = tuple(
    Arm(name, name, name, trained=False)
    for name in ("empty-canvas", "random-edit", "most-common", "nearest-train")
)

PERCENT = 100.0
SEEN = ("objects", "relsim")
LEGACY = ("objects:geneva-legacy", "relsim:geneva-legacy")
COLUMNS: Mapping[str, str] = {
    "objects/precision": "precision",
    "objects/recall": "recall",
    "objects/f1_harmonic": "f1",
    "objects/f1_samples": "",
    "relsim/relsim": "relsim",
    "relsim/edge_accuracy": "",
}
"""cfbench's numbers, and what the published tables call them; empty where they have none."""
MAIN = ("objects/f1_harmonic", "objects/f1_samples", "relsim/relsim", "relsim/edge_accuracy")
COMPARED = frozenset(MAIN)
F1_NOTE = (
    "f1_harmonic is the harmonic mean of mean precision and mean recall, as the paper prints; f1_samples is the mean of"
    " each image's F1, as the released code returns. relsim is recall times edge_accuracy, image by image"
)
WARM_NOTE = (
    "CTC and SSCR go on from the trained GeNeVA of the same data; 'GeNeVA, continued' has the same further steps"
    " without them: the fair comparison"
)


def at_share(arm: Arm, share: int) -> Arm:
    """The arm with a share of the training data, and all that it needs with the same."""
    if share == 100:
        return replace(arm, key=f"{arm.key}@100", label=f"{arm.label}, 100 %")
    return _with(arm, label=f"{share} %", key=f"@{share}", split=f"train-{share}")


def zero_shot(arm: Arm) -> Arm:
    """The arm without training sequences that hold a held-out object."""
    return _with(arm, label="zero-shot", split="train-zero-shot")


def equal_subset(arm: Arm, count: int) -> Arm:
    """The arm with as many training sequences as ``zero_shot`` has, of all objects: the first of the split."""
    options = (("samples", str(count)),)
    return _with(arm, label="equal subset", key="@subset", options=options, part=f"subset-{count}")


def _with(
    arm: Arm,
    *,
    label: str,
    key: str = "",
    split: str = "",
    options: tuple[tuple[str, str], ...] = (),
    part: str = "",
) -> Arm:
    """The arm, and all that it needs, trained in another way."""
    needs = tuple(
        (name, _with(each, label=label, key=key, split=split, options=options, part=part))
        for name, each in arm.needs
    )
    return replace(
        arm,
        key=f"{arm.key}{key}",
        label=f"{arm.label}, {label}",
        split=split,
        options=(*arm.options, *options),
        part=part,
        needs=needs,
    )


def printed(name: str, work: Workshop, key: str, column: str) -> float | None:
    """A published percentage as a fraction; None where there is none."""
    value = table(name).value(key, column, work.official) if column else None
    return None if value is None else value / PERCENT


def cells_of(
    work: Workshop,
    published: str,
    found: Measured | Lacking,
    addresses: Sequence[str] = tuple(COLUMNS),
    against: Measured | Lacking | None = None,
) -> list[Cell]:
    """A cell for each number of an arm, compared with another arm where both were measured."""
    cells = []
    arm = found.arm
    for address in addresses:
        said = printed(published, work, arm.key, COLUMNS[address])
        number = address.partition("/")[2]
        if isinstance(found, Lacking):
            cells.append(Cell(arm.label, number, said, reason=found.reason))
            continue
        cell = found.cell(address, published=said)
        if isinstance(against, Measured) and against is not found and address in COMPARED:
            cell = found.compared(against, cell, address)
        cells.append(cell)
    return cells
