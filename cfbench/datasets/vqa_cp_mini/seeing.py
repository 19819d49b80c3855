"""What a detector might give of a scene of blocks: ten regions, and noisy evidence in each.

A region for each block; one around the two blocks that stand nearest to each other, as detectors also box groups; one
to three patches of ground; and rows of zeros where no more was found. A region's row holds evidence for each value of
each trait (1 where it is so, 0 where not), evidence that there is a block at all, and its box as shares of width and
height: 20 numbers, noise added to all.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from cfbench.datasets.vqa_cp.showing import View
from cfbench.datasets.vqa_cp_mini.asking import VALUES
from cfbench.randomness import generator
from cfbench.worlds.blocks import assemble, make_object, plain_setting, render
from cfbench.worlds.blocks.camera import FOCAL, HEIGHT, LOCATION, WIDTH, Camera
from cfbench.worlds.blocks.vocabulary import RADIUS, half_height

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.datasets.vqa_cp.questions import Floats
    from cfbench.datasets.vqa_cp_mini.asking import Block
    from cfbench.datasets.vqa_cp_mini.scenes import BlockQuestion

    Doubles = npt.NDArray[np.float64]

CAMERA = Camera(LOCATION)
REGIONS = 10
EVIDENCE = tuple(value for values in VALUES.values() for value in values)
COLUMNS = (*EVIDENCE, "block", "left", "top", "right", "bottom")
"""What each number of a region's row is evidence of, or the side of its box."""
NOISE, BOX_NOISE = 0.2, 0.01
"""Standard deviations."""
GROUND = 0.3
"""Evidence that ground is gray."""
MOST_GROUND = 3
SHOWN_SIZE = 480
FEW = 2
"""So many blocks at most count as few."""


class SeenBlocks:
    """Looks at the scenes of questions; noise is drawn from the seed and the question's image."""

    def __init__(self, seed: int) -> None:
        """``seed`` is that of the data set."""
        self._seed = seed

    @property
    def identity(self) -> str:
        """The version of what is seen."""
        return "vqa-cp-mini-regions@1"

    def features(self, question: BlockQuestion) -> Floats:
        """Ten rows in a drawn order, as float32."""
        random = generator(self._seed, "vqa-cp-mini", "regions", question.image_id)
        blocks = np.array([_row(block) for block in question.blocks])
        group, ground = _around(blocks, _nearest(question.blocks)), _ground(random)
        rows = np.vstack([blocks, group, ground])
        noise = random.standard_normal(rows.shape)
        noise *= np.where(np.arange(rows.shape[1]) < len(EVIDENCE) + 1, NOISE, BOX_NOISE)
        found = np.zeros((REGIONS, len(COLUMNS)), np.float32)
        found[: len(rows)] = rows + noise
        seen: Floats = found[self._order(question)]
        return seen

    def attention(self, question: BlockQuestion) -> Floats:
        """1 for the blocks that the answer hangs on, their share for the group, 0 for the rest."""
        weights = np.zeros(REGIONS, np.float32)
        weights[list(question.about)] = 1
        weights[len(question.blocks)] = np.mean([at in question.about for at in _nearest(question.blocks)])
        attention: Floats = weights[self._order(question)]
        return attention

    def view(self, question: BlockQuestion) -> View:
        """The scene drawn, and the boxes of what was found in it."""
        setting = plain_setting()
        blocks = [
            make_object(
                CAMERA,
                f"{block.shape} {block.color}",
                block.place,
                size=block.size,
                material=block.material,
                rotation=0,
            )
            for block in question.blocks
        ]
        picture = render(assemble(question.image_id, 0, setting, blocks), SHOWN_SIZE)
        return View(picture, self.features(question)[:, -4:].astype(np.float64))

    def attended(self, question: BlockQuestion) -> bool:  # noqa: ARG002
        """It is always known."""
        return True

    def slices(self, question: BlockQuestion) -> tuple[str, ...]:
        """``few-regions`` where the answer hangs on one or two blocks."""
        return ("few-regions",) if len(question.about) <= FEW else ()

    def specification(self, question: BlockQuestion) -> Any:
        """The scene, and the blocks that the answer hangs on."""
        return [list(question.blocks), list(question.about)]

    def _order(self, question: BlockQuestion) -> npt.NDArray[np.int64]:
        return generator(self._seed, "vqa-cp-mini", "order", question.image_id).permutation(REGIONS)


def _row(block: Block) -> Doubles:
    """A block without noise."""
    traits = (block.shape, block.color, block.size, block.material)
    radius = RADIUS[block.size]
    center = (*block.place, half_height(block.shape, block.size))
    column, row, depth = CAMERA.project(center)
    reach = radius * FOCAL / depth
    box = ((column - reach) / WIDTH, (row - reach) / HEIGHT, (column + reach) / WIDTH, (row + reach) / HEIGHT)
    return np.array([*(float(name in traits) for name in EVIDENCE), 1.0, *box])


def _nearest(blocks: Sequence[Block]) -> tuple[int, int]:
    """The two blocks that stand nearest to each other, the first such."""
    return min(
        combinations(range(len(blocks)), 2),
        key=lambda pair: _gap(blocks[pair[0]].place, blocks[pair[1]].place),
    )


def _gap(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _around(rows: Doubles, pair: tuple[int, int]) -> Doubles:
    """The evidence of two regions, half each, in a box around both."""
    both = rows[list(pair)]
    group: Doubles = both.mean(axis=0)
    group[-4:-2], group[-2:] = both[:, -4:-2].min(axis=0), both[:, -2:].max(axis=0)
    return group


def _ground(random: np.random.Generator) -> Doubles:
    """Patches without a block."""
    count = int(random.integers(1, MOST_GROUND + 1))
    rows = np.zeros((count, len(COLUMNS)))
    rows[:, EVIDENCE.index("gray")] = GROUND
    corners = random.uniform(0, 0.8, (count, 2))
    rows[:, -4:-2] = corners
    rows[:, -2:] = corners + random.uniform(0.1, 0.2, (count, 2))
    return rows
