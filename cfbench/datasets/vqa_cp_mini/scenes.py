"""Scenes of three to six blocks with a question whose answer follows the priors of a split.

Blocks may hide each other: what is seen of them are regions, not pixels. Numbers are rounded before they are used, so
that a record is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cfbench.datasets.vqa_cp.questions import ANNOTATORS, Question
from cfbench.datasets.vqa_cp_mini.asking import KINDS, Block
from cfbench.randomness import generator
from cfbench.worlds.blocks import COLORS, MATERIALS, SHAPES, SIZES
from cfbench.worlds.blocks.scene import AREA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfbench.datasets.vqa_cp_mini.asking import Kind, Random

FEWEST, MOST = 3, 6
_CHOICES = [len(values) for values in (SHAPES, COLORS, SIZES, MATERIALS)]
APART = 1.5
"""Between the centres of any two blocks."""
PRIORS = {
    2: (0.75, 0.25),
    3: (0.6, 0.3, 0.1),
    5: (0.4, 0.25, 0.15, 0.12, 0.08),
    8: (0.3, 0.2, 0.14, 0.11, 0.09, 0.07, 0.05, 0.04),
}
"""How often the answers of a type, in their order, are right in train and val; in test it is the other way round."""
DISSENTERS = (0.6, 0.25, 0.15)
"""How often none, one or two of the ten people say something else."""


@dataclass(frozen=True)
class BlockQuestion(Question):
    """A question with its scene, and the positions of the blocks that the answer hangs on."""

    blocks: tuple[Block, ...]
    about: tuple[int, ...]

    def to_json(self) -> list[Any]:
        """What its split and number do not tell."""
        asked = [self.question, list(self.answers), self.question_type, self.answer_type]
        return [*asked, [list(block) for block in self.blocks], list(self.about)]

    @classmethod
    def from_json(cls, split: str, index: int, value: Sequence[Any]) -> BlockQuestion:
        """The inverse."""
        question, answers, question_type, answer_type, blocks, about = value
        return cls(
            id=f"{split}_{index:05d}",
            pair="",
            role="",
            changed=None,
            question=question,
            answers=tuple(answers),
            question_type=question_type,
            answer_type=answer_type,
            image_id=f"{split}_image_{index:05d}",
            blocks=tuple(
                Block(shape, color, size, material, (x, y)) for shape, color, size, material, (x, y) in blocks
            ),
            about=tuple(about),
        )


def make_question(seed: int, split: str, index: int) -> BlockQuestion:
    """The question number ``index`` of a split: a pure function."""
    random = generator(seed, "vqa-cp-mini", split, index)
    kind = KINDS[int(random.integers(len(KINDS)))]
    shares = PRIORS[len(kind.answers)]
    wanted = kind.answers[_drawn(shares[::-1] if split == "test" else shares, random)]
    places = _places(random)
    while True:
        blocks = _blocks(places, random)
        asked = kind.ask(blocks, random)
        if asked is not None and asked.answer == wanted:
            break
    answers = _people(kind, wanted, random)
    told = (asked.question, answers, kind.prefix, kind.answer_type, blocks, asked.about)
    return BlockQuestion.from_json(split, index, told)


def _drawn(shares: tuple[float, ...], random: Random) -> int:
    """A position by its share, without the rounding of a library."""
    point, total = random.random(), 0.0
    for at, share in enumerate(shares):
        total += share
        if point < total:
            return at
    return len(shares) - 1


def _places(random: Random) -> list[tuple[float, float]]:
    """Ground for as many blocks as there can be."""
    while True:
        places: list[tuple[float, float]] = []
        for x, y in random.uniform(-AREA, AREA, (10 * MOST, 2)).round(3).tolist():
            if all((x - a) ** 2 + (y - b) ** 2 > APART**2 for a, b in places):
                places.append((x, y))
            if len(places) == MOST:
                return places


def _blocks(places: list[tuple[float, float]], random: Random) -> tuple[Block, ...]:
    count = int(random.integers(FEWEST, MOST + 1))
    drawn = random.integers(0, _CHOICES, (count, len(_CHOICES))).tolist()
    return tuple(
        Block(SHAPES[shape], COLORS[color], SIZES[size], MATERIALS[material], place)
        for (shape, color, size, material), place in zip(drawn, places, strict=False)
    )


def _people(kind: Kind, answer: str, random: Random) -> tuple[str, ...]:
    """Ten answers, of which up to two are others of the same type, somewhere among them."""
    others = [one for one in kind.answers if one != answer]
    count = _drawn(DISSENTERS, random)
    given = [others[int(random.integers(len(others)))] for _ in range(count)]
    given += [answer] * (ANNOTATORS - count)
    return tuple(given[at] for at in random.permutation(ANNOTATORS).tolist())
