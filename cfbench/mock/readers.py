"""Mock networks that read: one puts images and captions into one space, one answers questions.

Both tell the truth about the squares of the mock data sets, each image and text by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cfbench.detectors import ImageTextEmbedder, TextEmbeddings, VqaReader
from cfbench.mock.squares import NAMES, PLACES, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.detectors.extractors import Singles
    from cfbench.tasks.base import Image

CONTEXT = 8  # words that mock-clip reads
DIMENSIONS = len(PLACES) * len(NAMES) + 1
BIAS = 0.5  # the last dimension, so that no embedding is zero
WHOLE = 0.5  # so much of a square is one
ONLY = np.eye(len(NAMES))  # a line for each colour
EACH = ONLY.mean(axis=0)  # a colour that is not named

WORD = re.compile(r"[a-z]+")
COLOUR_QUESTION = re.compile(r"what color is the square at the (\w+)\?")
THERE_QUESTION = re.compile(r"is there an? (\w+) square\?")
COUNT_QUESTION = re.compile(r"how many squares are there\?")


class MockClip(ImageTextEmbedder):
    """A dimension for each colour at each place: how much of it is seen, or spoken of."""

    version = "1"
    summary: ClassVar[str] = "mock CLIP: relates coloured squares and captions; reads 8 words"
    logit_scale = 100.0

    def embed_images(self, images: Sequence[Image]) -> Singles:
        """What is seen."""
        return _embeddings([seen(image) for image in images])

    def embed_texts(self, texts: Sequence[str]) -> TextEmbeddings:
        """What the first eight words speak of."""
        truncated = np.array([len(text.split()) > CONTEXT for text in texts], np.bool_)
        return TextEmbeddings(_embeddings([spoken(text) for text in texts]), truncated)


def spoken(text: str) -> npt.NDArray[np.float64]:
    """A text as :func:`~cfbench.mock.squares.seen` gives an image: a place goes with the last colour before it.

    A colour without a place is a little at each, and a place without a colour a little of each.
    """
    counts = np.zeros((len(PLACES), len(NAMES)))
    waiting: int | None = None  # a colour that no place was said for
    for word in WORD.findall(" ".join(text.lower().split()[:CONTEXT])):
        if word in PLACES:
            counts[PLACES.index(word)] += EACH if waiting is None else ONLY[waiting]
            waiting = None
        elif word in NAMES:
            counts += 0 if waiting is None else ONLY[waiting] / len(PLACES)
            waiting = NAMES.index(word)
    return counts if waiting is None else counts + ONLY[waiting] / len(PLACES)


def _embeddings(counts: Sequence[npt.NDArray[np.float64]]) -> Singles:
    values = np.full((len(counts), DIMENSIONS), BIAS, np.float32)
    for row, one in zip(values, counts, strict=True):
        row[:-1] = one.ravel()
    return values


class MockReader(VqaReader):
    """Answers the questions of the mock data sets by looking; to any other question it says "unknown"."""

    version = "1"
    summary: ClassVar[str] = "mock reader: answers questions about coloured squares"
    floor: ClassVar[float] = 0.95

    def answer(self, images: Sequence[Image], questions: Sequence[str]) -> list[str]:
        """One answer for each."""
        return [_answer(image, question) for image, question in zip(images, questions, strict=True)]


def _answer(image: Image, question: str) -> str:
    squares = {PLACES[place]: NAMES[colour] for place, colour in np.argwhere(seen(image) >= WHOLE).tolist()}
    if asked := COLOUR_QUESTION.fullmatch(question):
        return squares.get(asked[1], "none")
    if asked := THERE_QUESTION.fullmatch(question):
        return "yes" if asked[1] in squares.values() else "no"
    return str(len(squares)) if COUNT_QUESTION.fullmatch(question) else "unknown"
