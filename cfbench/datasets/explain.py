"""The turns of an editing data set as samples of their own: which instruction led from one image to the next?

A view holds no data. It opens the data set that it views with the same options and the same data root, and its twin is
the view of that data set's twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cfbench.datasets.base import Dataset, Split
from cfbench.files import canonical_json, sha256_hex
from cfbench.tasks.explain import ExplainInputs, ExplainTarget
from cfbench.text import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cfbench.datasets.edit import EditDataset, EditSplit
    from cfbench.tasks.base import Image

SUFFIX = "-explain"


class ExplainSplit(Split[ExplainInputs, ExplainTarget]):
    """A sample a turn, in the order of dialogues and turns; its id is that of the dialogue and ``-turn-1``, ``-turn-2`` ….

    Turns of one dialogue are no independent samples, and are resampled together.

    The images of one dialogue are kept until another is asked for, so that it is drawn once.
    """

    grouped_by = "dialogue"

    def __init__(self, edits: EditSplit, limit: int | None) -> None:
        """The first ``limit`` turns of some dialogues."""
        self.name = edits.name
        self.rendering = edits.rendering
        self._edits = edits
        self._places = [
            (dialogue, turn)
            for dialogue, record in enumerate(edits.records)
            for turn in range(1, len(record.instructions) + 1)
        ][:limit]
        self.ids = [f"{edits.ids[dialogue]}-turn-{turn}" for dialogue, turn in self._places]
        self._drawn: tuple[int, Sequence[Image]] = (-1, ())
        self._digested: tuple[int, str] = (-1, "")

    def inputs(self, index: int, *, teacher_forced: bool = False) -> ExplainInputs:  # noqa: ARG002
        """The image before the turn (the empty canvas before the first), the one after it, and the words until then.

        Of the data set's images these are copies: they lead to no later one.
        """
        dialogue, turn = self._places[index]
        frames = self._frames(dialogue)
        before = self._edits.painter.empty() if turn == 1 else frames[turn - 2].copy()
        said = self._edits.records[dialogue].instructions[: turn - 1]
        return ExplainInputs(self.ids[index], before, frames[turn - 1].copy(), said)

    def target(self, index: int) -> ExplainTarget:
        """The tokens of the turn's instruction."""
        return ExplainTarget(tuple(tokens_of(self._instruction(index))))

    def specification(self, index: int) -> Any:
        """The turn, its tokens, and the digest of the dialogue's id, texts and scene."""
        dialogue, turn = self._places[index]
        return [turn, tokens_of(self._instruction(index)), self._digest(dialogue)]

    def slices(self, index: int) -> tuple[str, ...]:
        """``turn-1``, ``turn-2`` …."""
        return (f"turn-{self.turn(index)}",)

    def group(self, index: int) -> str:
        """The id of the dialogue."""
        return self._edits.ids[self._places[index][0]]

    def turn(self, index: int) -> int:
        """Which turn of its dialogue a sample is, from 1."""
        return self._places[index][1]

    def _instruction(self, index: int) -> str:
        dialogue, turn = self._places[index]
        return self._edits.records[dialogue].instructions[turn - 1]

    def _frames(self, dialogue: int) -> Sequence[Image]:
        if self._drawn[0] != dialogue:
            self._drawn = (dialogue, self._edits.frames(dialogue))
        return self._drawn[1]

    def _digest(self, dialogue: int) -> str:
        if self._digested[0] != dialogue:
            whole = [self._edits.ids[dialogue], self._edits.specification(dialogue)]
            self._digested = (dialogue, sha256_hex(canonical_json(whole)))
        return self._digested[1]


class ExplainView(Dataset):
    """What a subclass declares of itself is ``viewed`` and ``fingerprints``; all else is that of ``viewed``."""

    task: ClassVar[str] = "explain"
    viewed: ClassVar[type[EditDataset]]

    def __init_subclass__(cls) -> None:
        """Take over what the viewed data set declares."""
        viewed = cls.viewed
        cls.name = f"{viewed.name}{SUFFIX}"
        cls.version = viewed.version
        cls.view_of = f"{viewed.name}@{viewed.version}"
        cls.summary = f"which instruction made this edit? Every turn of {viewed.name} a sample"
        cls.licence, cls.citation, cls.homepage = viewed.licence, viewed.citation, viewed.homepage
        cls.splits, cls.default_split = viewed.splits, viewed.default_split
        cls.training_split, cls.validation_split = viewed.training_split, viewed.validation_split
        cls.options, cls.sources, cls.manual = viewed.options, viewed.sources, viewed.manual
        cls.rendering = viewed.rendering
        cls.twin = viewed.twin and f"{viewed.twin}{SUFFIX}"
        cls.twin_of = viewed.twin_of and f"{viewed.twin_of}{SUFFIX}"

    @classmethod
    def missing(cls, root: Path) -> list[str]:
        """What the viewed data set misses."""
        return cls.viewed.missing(root)

    def open_split(self, name: str, limit: int | None) -> ExplainSplit:
        """The first ``limit`` turns of a split. No dialogue is drawn before one of its turns is asked for."""
        return ExplainSplit(self.viewed(self.context).open_split(name, limit), limit)
