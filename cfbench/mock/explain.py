"""The mock of explaining an edit: which square was added?"""

from __future__ import annotations

from typing import ClassVar

from cfbench.mock.base import MockData, MockSplit, Record
from cfbench.mock.squares import PLACES, draw, instruction, random_scene
from cfbench.tasks.explain import ExplainInputs, ExplainTarget


class ExplainSplit(MockSplit[ExplainInputs, ExplainTarget]):
    """The last edit of one, two or three."""

    def specification(self, index: int) -> Record:
        """The squares in the order in which they were added, and the words for each."""
        scene = random_scene("mock-explain", self.name, index, squares=1 + index % len(PLACES))
        return {"scene": scene, "texts": [instruction(colour, place) for colour, place in scene]}

    def inputs(self, index: int, *, teacher_forced: bool = False) -> ExplainInputs:  # noqa: ARG002
        """The images before and after, and the instructions before."""
        record = self.specification(index)
        before, after = draw(record["scene"][:-1]), draw(record["scene"])
        return ExplainInputs(self.ids[index], before, after, tuple(record["texts"][:-1]))

    def target(self, index: int) -> ExplainTarget:
        """The words of the last instruction."""
        return ExplainTarget(tuple(self.specification(index)["texts"][-1].split()))


class MockExplain(MockData):
    """Edits to explain."""

    name: ClassVar[str] = "mock-explain"
    task: ClassVar[str] = "explain"
    summary: ClassVar[str] = "coloured squares: which one was added? To try a pipeline in a second"
    samples: ClassVar[type[ExplainSplit]] = ExplainSplit
