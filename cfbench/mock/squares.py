"""The world of every mock: up to three coloured squares in a row on a grey canvas.

A scene is a list of [colour, place], each a position in ``COLOURS`` and ``PLACES``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cfbench.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from cfbench.tasks.base import Image

SIZE = 16
GREY = (200, 200, 200)
COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 70, 220)}
PLACES = ("left", "middle", "right")
NAMES = tuple(COLOURS)

Scene = list[list[int]]


def draw(scene: Sequence[Sequence[int]]) -> Image:
    """The squares of a scene."""
    canvas = np.full((SIZE, SIZE, 3), GREY, np.uint8)
    for colour, place in scene:
        canvas[square(place)] = COLOURS[NAMES[colour]]
    return canvas


def square(place: int) -> tuple[slice, slice]:
    """The rows and columns of the square at a place."""
    left = 1 + 5 * place
    return slice(6, 10), slice(left, left + 4)


def mask(places: Iterable[int]) -> npt.NDArray[np.bool_]:
    """Where the squares at some places are, (height, width)."""
    covered = np.zeros((SIZE, SIZE), np.bool_)
    for place in places:
        covered[square(place)] = True
    return covered


def random_scene(*names: str | int, squares: int) -> Scene:
    """So many squares of random colours at different places; names are those of a generator."""
    random = generator(0, *names)
    places = random.permutation(len(PLACES))[:squares].tolist()
    return [[int(random.integers(len(NAMES))), place] for place in places]


def instruction(colour: int, place: int) -> str:
    """What adds a square."""
    return f"add a {NAMES[colour]} square at the {PLACES[place]}"


def seen(image: Image) -> npt.NDArray[np.float64]:
    """How much of a square of each colour is at each place, (places, colours): 1 for a whole one.

    Pixels count for the nearest colour, and thirds of the picture for places: noise and other sizes do no harm.
    """
    palette = np.array([GREY, *COLOURS.values()], np.int64)
    nearest = ((image[:, :, None].astype(np.int64) - palette) ** 2).sum(-1).argmin(-1)
    thirds = np.array_split(nearest, len(PLACES), axis=1)
    counts = [[int((third == 1 + colour).sum()) for colour in range(len(NAMES))] for third in thirds]
    shares: npt.NDArray[np.float64] = np.array(counts, np.float64) * SIZE / nearest.size
    return shares
