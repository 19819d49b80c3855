"""The book-keeping of GeNeVA's released evaluation, faults and all: which image it compares with which truth.

What it does, as read in the code and measured:
    * Batches of 32, and no last batch that is not full. CoDraw's dialogues go through them by number of turns, the
      longest first, so the shortest are dropped; i-CLEVR's sequences by id.
    * The truth of a dialogue that is shorter than the longest of its batch is a flat grey image.
    * The first instruction is the name of a file, for the image and for its truth. One of more than 255 bytes or
      with a '/' is never written, and nobody is told.
    * Folders of images are sorted by name ("109"), those of truths by theirs ("109_gt"), and the two orders are zipped.
      They differ where one id begins another and is not padded with zeros.

Choices, where the release leaves one: dialogues of equal length come in the reverse of the order of their names, in
which an HDF5 file lists them, as a stable sort, reversed, leaves them. The published sort is numpy's default, whose ties
differ between processors; they decide who is dropped and who meets a grey truth. Over random orders of them the oracle's
F1 on CoDraw's test split spans 0.77 to 0.79; it is 0.783 under ours, 0.785 under numpy 2 with AVX-512. Where 30 or 31 sequences of i-CLEVR are left over, the published code crashes on two entries that are
no sequences; here they are dropped.

Limits: a shorter dialogue's image is the model's own last one, as a finished prediction cannot be asked for the further
turns of no words that the published code put it through. The truths' 0 to 2 grey levels of noise are not added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfbench.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from cfbench.tasks.edit import Image

    Booleans = npt.NDArray[np.bool_]
    Indices = npt.NDArray[np.intp]

BATCH = 32
GREY = 128
LONGEST_NAME = 255  # bytes, on the file systems that it ran on
PADDED = 6  # digits of an id of i-CLEVR; CoDraw's have at most five, and no zeros before them


@dataclass(frozen=True)
class Pairing:
    """Which sample's image is compared with which sample's truth, by position; and what was left out."""

    images: Indices
    truths: Indices
    grey: Booleans  # whether the truth is a flat grey image instead
    dropped: int  # samples that fill no batch
    lost: int  # samples of a batch whose files cannot be written

    @property
    def wrong(self) -> int:
        """Images compared with another sample's truth."""
        return int(np.count_nonzero(self.images != self.truths))


def published_name(sample: str) -> str:
    """The name of a sample's folder: its number, as the data set pads it."""
    digits = sample.rpartition("_")[2]
    if not (digits.isascii() and digits.isdigit()):
        raise DataError(
            f"The published evaluation has no name for the sample '{sample[:80]}'",
            "it names folders by a number, such as that of test_00009",
            "Use the protocol 'geneva'",
        )
    return digits if len(digits) == PADDED else digits.lstrip("0") or "0"


def is_written(instruction: str) -> bool:
    """Whether a dialogue that begins with this instruction leaves any file."""
    name = f"0_{instruction}.png"
    return "/" not in name and len(name.encode()) <= LONGEST_NAME


def grey_image(shape: tuple[int, ...]) -> Image:
    """What stands for the truth of a dialogue that is over."""
    return np.full(shape, GREY, np.uint8)


def two_sorts(names: Sequence[str]) -> tuple[Indices, Indices]:
    """Positions of the images' folders and of the truths', each in the order of its names: pairs, if zipped."""
    images = sorted(range(len(names)), key=lambda position: names[position])
    truths = sorted(range(len(names)), key=lambda position: f"{names[position]}_gt")
    return np.array(images, dtype=np.intp), np.array(truths, dtype=np.intp)


def published_pairing(
    names: Sequence[str],
    turns: npt.NDArray[np.float64],
    written: Booleans,
    *,
    listed: Indices | None = None,
) -> Pairing:
    """The pairs of some samples. ``listed`` are their positions in another order than that of their names."""
    count = len(names)
    order = two_sorts(names)[0] if listed is None else listed
    if not all(len(name) == PADDED for name in names):
        order = order[np.argsort(turns[order], kind="stable")[::-1]]
    used = order[: count - count % BATCH]
    batches = used.reshape(-1, BATCH)
    over = np.zeros(count, dtype=np.bool_)
    over[batches] = turns[batches] < turns[batches].max(axis=1, keepdims=True)
    kept = used[written[used]]
    images, truths = (kept[positions] for positions in two_sorts([names[position] for position in kept]))
    return Pairing(images, truths, over[truths], count - len(used), len(used) - len(kept))
