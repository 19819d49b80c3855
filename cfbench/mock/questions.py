"""The mocks of visual question answering, and of changing an image so that an answer changes."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from cfbench.mock.base import IMAGE_NETWORKS, MockData, MockSplit, Record
from cfbench.mock.squares import NAMES, PLACES, Scene, draw, mask, random_scene
from cfbench.randomness import generator
from cfbench.tasks.visual_cf import VisualInputs, VisualTarget
from cfbench.tasks.vqa import VqaInputs, VqaTarget

KINDS = ("what color", "is there", "how many")  # the question types; three questions an image
ANNOTATORS = 10

Inputs = TypeVar("Inputs")
Target = TypeVar("Target")


def ask(kind: str, scene: Scene, draws: tuple[int, int]) -> Record:
    """A question with its answer, the places that it is about, and a scene with another answer.

    ``draws`` choose the square and the colour that are asked about, and are taken modulo how many there are.
    """
    colour, place = scene[draws[0] % len(scene)]
    others = [one for one in scene if one[1] != place]
    if kind == "what color":
        changed = [*others, [(colour + 1 + draws[1] % 2) % len(NAMES), place]]
        question, about = f"what color is the square at the {PLACES[place]}?", [place]
        answers = [NAMES[colour], NAMES[changed[-1][0]]]
    elif kind == "is there":
        asked = draws[1] % len(NAMES)
        about = [p for c, p in scene if c == asked] or [place]
        there = any(c == asked for c, _ in scene)
        colour_after = (asked + 1) % len(NAMES) if there else asked
        changed = [[colour_after if p in about else c, p] for c, p in scene]
        question = f"is there a {NAMES[asked]} square?"
        answers = ["yes", "no"] if there else ["no", "yes"]
    else:
        free = [p for p in range(len(PLACES)) if p not in {p for _, p in scene}]
        changed = others or [*scene, [colour, free[0]]]
        question, about = "how many squares are there?", list(range(len(PLACES)))
        answers = [str(len(scene)), str(len(changed))]
    return {"question": question, "answers": answers, "about": about, "changed": sorted(changed)}


def people(answer: str, index: int) -> tuple[str, ...]:
    """Ten answers; on every other sample one person is not sure."""
    unsure = index % 2
    return (answer,) * (ANNOTATORS - unsure) + ("not sure",) * unsure


class _Questions(MockSplit[Inputs, Target]):
    """Three questions about each image."""

    seed: ClassVar[str]

    def specification(self, index: int) -> Record:
        """The squares, the question and its answers before and after a change."""
        image, kind = index // len(KINDS), KINDS[index % len(KINDS)]
        scene = random_scene(self.seed, self.name, image, squares=1 + image % len(PLACES))
        random = generator(0, self.seed, self.name, "question", index)
        draws = int(random.integers(6)), int(random.integers(6))
        facts = {"scene": scene, "kind": kind, "image": f"{self.name}_image_{image:05d}"}
        return facts | ask(kind, scene, draws)

    def slices(self, index: int) -> tuple[str, ...]:
        """The question type."""
        return (KINDS[index % len(KINDS)],)


class VqaSplit(_Questions[VqaInputs, VqaTarget]):
    """Questions to answer."""

    seed = "mock-vqa"

    def inputs(self, index: int, *, teacher_forced: bool = False) -> VqaInputs:  # noqa: ARG002
        """The question and the image."""
        record = self.specification(index)
        return VqaInputs(self.ids[index], record["question"], draw(record["scene"]))

    def target(self, index: int) -> VqaTarget:
        """What ten people answered."""
        record = self.specification(index)
        answer = record["answers"][0]
        return VqaTarget(people(answer, index), record["kind"], answer_type(answer), record["image"])


class VisualSplit(_Questions[VisualInputs, VisualTarget]):
    """Images to change."""

    seed = "mock-visual-cf"

    def inputs(self, index: int, *, teacher_forced: bool = False) -> VisualInputs:  # noqa: ARG002
        """The image, the question and its answer now."""
        record = self.specification(index)
        return VisualInputs(self.ids[index], draw(record["scene"]), record["question"], record["answers"][0])

    def target(self, index: int) -> VisualTarget:
        """A change of nothing but what the question is about, with the answers before and after."""
        record = self.specification(index)
        before, after = record["answers"]
        return VisualTarget(
            answers=people(before, index),
            question_type=record["kind"],
            answer_type=answer_type(before),
            image_id=record["image"],
            image=draw(record["changed"]),
            mask=mask(record["about"]),
            answers_after=people(after, index),
        )


def answer_type(answer: str) -> str:
    """The three types of VQA v2."""
    if answer in {"yes", "no"}:
        return "yes/no"
    return "number" if answer.isdecimal() else "other"


class MockVqa(MockData):
    """Questions about squares."""

    name: ClassVar[str] = "mock-vqa"
    task: ClassVar[str] = "vqa"
    summary: ClassVar[str] = "questions about coloured squares, to try a pipeline in a second"
    samples: ClassVar[type[VqaSplit]] = VqaSplit


class MockVisual(MockData):
    """Squares to change, so that an answer changes."""

    name: ClassVar[str] = "mock-visual-cf"
    task: ClassVar[str] = "visual-cf"
    summary: ClassVar[str] = (
        "coloured squares to change so that an answer changes, to try a pipeline in a second"
    )
    detectors: ClassVar[dict[str, str]] = {"vqa-reader": "mock-reader", **IMAGE_NETWORKS}
    samples: ClassVar[type[VisualSplit]] = VisualSplit
