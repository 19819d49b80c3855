"""What is added and where: the condition names classes, and each named class gets a place of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from cfbench_models.geneva.placing import Placing, chosen_places, middle_cells
from cfbench_models.geneva.recipe import COLOURS, MIDDLE, Size
from cfbench_models.geneva.sketching import Sketch

if TYPE_CHECKING:
    from collections.abc import Iterator

_APART = (0.8191725, 0.6710436, 0.5497005)  # steps from class to class that make one noise many even ones


class Guide(NamedTuple):
    """What is told of true edits in training."""

    drawn: Tensor
    """(turns, classes), 0 or 1: what was added or moved."""
    points: Tensor
    """(turns, classes, 2): x and y of what is there, from 0 to 1."""
    guided: Tensor
    """(turns,): whether a turn gets these names and places, and not its own."""


class Laid(NamedTuple):
    """What is added where, and what a loss wants to know of how that was chosen."""

    maps: Tensor
    """(turns, channels, 16, 16)."""
    names: Tensor
    """(turns, classes): logits."""
    turns: Tensor
    """(pairs,): the turn of each pair of a turn and a class that a place was looked for."""
    labels: Tensor
    """(pairs,): the class."""
    places: Tensor
    """(pairs, cells): logits."""
    sketch: Tensor | None = None
    """(turns, 4, side, side): the small pictures where they lie, for a size that draws them."""


class Layout(nn.Module):
    """Names, their places, and the maps that tell a generator of both."""

    def __init__(self, size: Size, classes: int) -> None:
        super().__init__()
        self.names = nn.Linear(size.condition, classes)
        self.asked = nn.Embedding(classes, size.condition)
        self.placing = Placing(size)
        self.kinds = nn.Embedding(classes, size.named)
        self.details = nn.Linear(size.place, size.named)
        self.looks = nn.Linear(size.noise, 2 * size.named)
        self.sketch = Sketch(size) if size.sketch else None
        self._side, self._settled = size.side, size.settled

    def forward(
        self,
        features: Tensor,
        condition: Tensor,
        noise: Tensor,
        looks: Tensor,
        guide: Guide | None = None,
        *,
        temperature: float,
    ) -> Laid:
        """Lay out edits; ``noise`` of places is (turns, 3), from 0 to 1; that of looks is standard normal.

        Noise tells of looks where the object is drawn: told to whole maps, it was not listened to, and cubes
        were drawn as the mean over all their turns. The maps' gradient reaches names as their probabilities, and places as theirs.
        """
        names = self.names(condition).float()
        used = names.detach() > 0
        asked = used
        if guide is not None:
            true = guide.drawn > 0
            used = torch.where(guide.guided[:, None], true, used)
            asked = used | true
        turns, labels = asked.nonzero(as_tuple=True)
        maps = features.new_zeros(len(features), self.kinds.embedding_dim, MIDDLE, MIDDLE).float()
        sketch = None
        if self.sketch is not None:
            sketch = maps.new_zeros(len(features), COLOURS + 1, self._side, self._side)
        logits: list[Tensor] = []
        gain, shift = self.looks(looks).chunk(2, 1)
        for start, piece in self._pieces(len(turns), len(features)):
            turn, label = turns[piece], labels[piece]
            found, inner = self.placing(features[turn], condition[turn] + self.asked(label))
            there = chosen_places(found, _spread(noise[turn], label), temperature, settled=self._settled)
            if guide is not None:
                points = guide.points[turn, label]
                true_place = middle_cells(points[:, 0], points[:, 1])[:, None]
                there = torch.where(guide.guided[turn][:, None, None, None], true_place, there)
            kind = self.kinds(label) * (1 + gain[turn]) + shift[turn]
            kind = kind + self.details((inner * there).sum((2, 3)))
            share = torch.sigmoid(names[turn, label])
            share = (1 + share - share.detach()) * used[turn, label]
            told = (share[:, None] * kind)[:, :, None, None] * there
            count = len(turns) - start  # without what fills the piece up
            maps = maps.index_add(0, turn[:count], told[:count].float())
            if self.sketch is not None and sketch is not None:
                pictures = share[:, None, None, None] * self.sketch(kind, looks[turn], there)
                sketch = sketch.index_add(0, turn[:count], pictures[:count])
            logits.append(found[:count])
        places = torch.cat(logits) if logits else names.new_zeros(0, MIDDLE**2)
        return Laid(maps, names, turns, labels, places, sketch)

    def _pieces(self, pairs: int, size: int) -> Iterator[tuple[int, Tensor]]:
        """The numbers of pairs that are computed at once, and the first of them: in training all.

        At test as many as there are turns, the last piece filled up: no bit may depend on how many others there are.
        """
        step = max(pairs, 1) if self.training else size
        for start in range(0, pairs, step):
            numbers = torch.arange(start, start + step)
            yield start, numbers.where(numbers < pairs, 0)


def _spread(noise: Tensor, labels: Tensor) -> Tensor:
    """Other noise for each class of a turn, from 0 to 1 as evenly."""
    steps = noise.new_tensor(_APART)
    out: Tensor = (noise + labels[:, None] * steps) % 1
    return out
