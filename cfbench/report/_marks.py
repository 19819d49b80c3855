"""What a reader must know before comparing a result: each mark is a sign in a table and a line below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cfbench.results.schema import Result


@dataclass(frozen=True)
class Mark:
    """A sign beside a model's name. ``word`` is for machines, ``meaning`` for the legend."""

    sign: str
    word: str
    meaning: str


NEEDS_TARGET = Mark("†", "needs-target", "was given the targets; never ranked")
TEACHER_FORCED = Mark("‡", "teacher-forced", "each turn began with the true previous image; never ranked")
SUBSET = Mark("§", "subset", "only the first samples of the split; never ranked")
INCOMPLETE = Mark("¶", "incomplete", "samples failed or are missing; never ranked")
UNRANKED = Mark("*", "unranked", "not ranked, for a reason given in its result")


def marks_of(result: Result) -> tuple[Mark, ...]:
    """The marks of a result, in a fixed order; none for one that may be ranked."""
    applies = {
        NEEDS_TARGET: result.model.needs_target,
        TEACHER_FORCED: result.protocol.teacher_forced,
        SUBSET: result.dataset.subset is not None,
        INCOMPLETE: not result.complete,
    }
    marks = tuple(mark for mark, true in applies.items() if true)
    return marks or ((UNRANKED,) if result.unranked_because else ())


def twin_note(result: Result) -> str | None:
    """What to say of the data set where a twin ran."""
    data = result.dataset
    if data.twin_of is None:
        return None
    return f"{data.name} is the embedded twin of {data.twin_of}; its numbers are not those of {data.twin_of}"
