"""Sequences to learn from: their order is a pure function of the seed and the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cfbench.randomness import derived_seed, generator
from cfbench_detectors.pictures import COORDINATES, fitted, open_pictures
from cfbench_models.geneva.editor import Noise
from cfbench_models.geneva.placing import middle_cells
from cfbench_models.geneva.sketching import pixels_of
from cfbench_models.geneva.text import Dialogues, dialogues_of
from cfbench_models.geneva.vocabulary import UNKNOWN, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cfbench.datasets.edit import EditSplit
    from cfbench.reporter import Reporter
    from cfbench.tasks.edit import Image
    from cfbench_models.geneva.recipe import Recipe, Size

STILL = 0.01  # of the image: what moved less is where it was


@dataclass(frozen=True)
class Turns:
    """The turns of some dialogues, one below the other."""

    dialogues: Dialogues
    before: Tensor
    """As cells: the true image that is edited."""
    after: Tensor
    """The true image that comes of it."""
    added: Tensor
    """(turns, classes), 0 or 1: what was not there before."""
    present: Tensor
    """(turns, classes), 0 or 1: what is there afterwards."""
    drawn: Tensor
    """(turns, classes), 0 or 1: what was added, or is somewhere else than before."""
    points: Tensor
    """(turns, classes, 2): x and y of what is there, from 0 to 1."""
    place: Tensor
    """(turns, 1, 16, 16): where what was drawn is, 1 in sum; all 0 where nothing was."""
    others: Tensor
    """(turns,): for each turn one of another dialogue."""
    texts: tuple[str, ...]
    """The instructions, in words."""

    def __len__(self) -> int:
        return len(self.before)


def as_cells(images: npt.NDArray[np.uint8], squeeze: int, device: str) -> Tensor:
    """Cells from -1 to 1, channels last in memory, of bytes (n, side, side, 3)."""
    count, side, _, colours = images.shape
    grid = side // squeeze
    cells = images.reshape(count, grid, squeeze, grid, squeeze, colours).swapaxes(2, 3)
    flat = np.ascontiguousarray(cells).reshape(count, grid, grid, -1)
    return torch.from_numpy(flat).to(device).float().mul_(2 / 255).sub_(1).permute(0, 3, 1, 2)


def as_bytes(cells: Tensor, squeeze: int) -> npt.NDArray[np.uint8]:
    """The inverse, rounded."""
    found = ((cells.float() + 1) * 127.5).round_().clamp_(0, 255).to(torch.uint8)
    return np.ascontiguousarray(pixels_of(found, squeeze).permute(0, 2, 3, 1).cpu().numpy())


def canvas_of(image: Image, side: int, *, bgr: bool) -> Image:
    """The image that editing starts from, as the network takes it."""
    canvas = fitted(image, side)
    return np.ascontiguousarray(canvas[..., ::-1]) if bgr else canvas


def noise_of(size: Size, generators: Sequence[np.random.Generator], device: str) -> Noise:
    """Noise for one turn of each generator."""

    def drawn(width: int) -> Tensor:
        return torch.from_numpy(np.stack([each.standard_normal(width, np.float32) for each in generators]))

    plain, augmented = drawn(size.noise), drawn(size.augmented)
    place = torch.from_numpy(np.stack([each.random(3, np.float32) for each in generators]))
    return Noise(plain.to(device), augmented.to(device), place.to(device))


class Feed:
    """The training sequences of a split."""

    def __init__(
        self,
        split: EditSplit,
        vocabulary: Vocabulary,
        recipe: Recipe,
        *,
        seed: int,
        device: str,
        folder: Path,
        reporter: Reporter,
    ) -> None:
        side = recipe.size.side
        pictures = open_pictures(split, side, COORDINATES, folder, reporter)
        counts = [len(record.objects) for record in split.records]
        self._images, self._present, self._places = pictures.images, pictures.present, pictures.places
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._instructions = [record.instructions for record in split.records]
        self._texts = [[vocabulary.encode(text) for text in texts] for texts in self._instructions]
        self._canvas = canvas_of(split.painter.empty(), side, bgr=recipe.kept("bgr-canvas"))
        self._recipe, self._seed, self._device = recipe, seed, device
        self._batch = min(recipe.batch, len(counts))
        self.steps = len(counts) // self._batch
        self.turns = float(np.mean(counts)) * self._batch

    def batches(self, first: int, count: int) -> Iterator[Turns]:
        """Batches by the number of their step, counted from the training's beginning."""
        order, known = np.empty(0, np.int64), -1
        for step in range(first, first + count):
            epoch, place = divmod(step, self.steps)
            if epoch != known:
                order, known = self._order(epoch), epoch
            yield self.take(order[place * self._batch : (place + 1) * self._batch], step)

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        if self._recipe.kept("unshuffled"):
            return np.arange(len(self._texts))
        return generator(self._seed, "order", epoch).permutation(len(self._texts))

    def take(self, chosen: npt.NDArray[np.int64], step: int | None = None) -> Turns:
        """Some sequences; words are hidden where a step is named."""
        turns = np.concatenate([np.arange(self._first[at], self._first[at + 1]) for at in chosen])
        starts = np.concatenate(
            [[True] + [False] * int(self._first[at + 1] - self._first[at] - 1) for at in chosen]
        )
        after = self._images[turns]
        before = np.concatenate([after[:1], after[:-1]])
        before[starts] = self._canvas
        present = self._present[turns]
        earlier = np.concatenate([present[:1], present[:-1]])
        earlier[starts] = False
        added = present & ~earlier
        places = self._places[turns]
        moved = np.abs(places - np.concatenate([places[:1], places[:-1]])).max(2) > STILL
        points = torch.from_numpy(places[..., :2])
        drawn = torch.from_numpy(added | (present & earlier & moved)).float()
        maps = torch.einsum("nc,ncyx->nyx", drawn, middle_cells(points[..., 0], points[..., 1]))
        maps = maps / drawn.sum(1).clamp_min(1)[:, None, None]
        dialogues = dialogues_of([self._texts[at] for at in chosen])
        if step is not None and self._recipe.unknown:
            hidden = generator(self._seed, "words", step).random(dialogues.words.shape) < self._recipe.unknown
            unknown = torch.from_numpy(hidden) & (dialogues.words > UNKNOWN)
            dialogues = dialogues._replace(words=dialogues.words.masked_fill(unknown, UNKNOWN))
        device = self._device
        return Turns(
            Dialogues(*(each if each is dialogues.lengths else each.to(device) for each in dialogues)),
            as_cells(before, self._recipe.size.squeeze, device),
            as_cells(after, self._recipe.size.squeeze, device),
            torch.from_numpy(added).float().to(device),
            torch.from_numpy(present).float().to(device),
            drawn.to(device),
            points.to(device),
            maps[:, None].to(device),
            _others(dialogues).to(device),
            tuple(text for at in chosen for text in self._instructions[at]),
        )

    def noise(self, step: int, count: int) -> Noise:
        """What is random in the edits of a step."""
        size = self._recipe.size
        random = torch.Generator().manual_seed(derived_seed(self._seed, "noise", step) % 2**63)
        shapes = ((count, size.noise), (count, size.augmented))
        plain, augmented = (torch.randn(shape, generator=random).to(self._device) for shape in shapes)
        return Noise(plain, augmented, torch.rand(count, 3, generator=random).to(self._device))

    def judged(self, step: int, count: int) -> Tensor:
        """Which turns the discriminator sees in a step."""
        many = max(1, round(self._recipe.judged * count))
        chosen = np.sort(generator(self._seed, "judged", step).permutation(count)[:many])
        return torch.from_numpy(chosen).to(self._device)


def _others(dialogues: Dialogues) -> Tensor:
    """For each turn the one of the next dialogue that has the same place in it, or that dialogue's last."""
    counts = torch.bincount(dialogues.dialogue)
    first = torch.cumsum(counts, 0) - counts
    following = (dialogues.dialogue + 1) % len(counts)
    return first[following] + torch.minimum(dialogues.turn, counts[following] - 1)
