"""What edits: the text path, the image encoder and the generator.

Images are maps of cells, (n, 3 · squeeze², grid, grid): the colours of a cell's pixels are its channels. With a
squeeze of 1 a cell is a pixel.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_models.geneva.blocks import SLOPE, GeneratorBlock
from cfbench_models.geneva.layout import Guide, Laid, Layout
from cfbench_models.geneva.recipe import COLOURS, MIDDLE, Size
from cfbench_models.geneva.sketching import cells_of, directions
from cfbench_models.geneva.text import TextPath


class Noise(NamedTuple):
    """All that is random in an edit, standard normal but for ``place``."""

    plain: Tensor
    """(turns, noise)."""
    augmented: Tensor
    """(turns, augmented)."""
    place: Tensor
    """(turns, 3), from 0 to 1: which place, and where in its cell."""


class Edited(NamedTuple):
    """New images, and what a loss wants to know of how they came about."""

    images: Tensor
    """As cells, from -1 to 1."""
    mean: Tensor
    spread: Tensor
    """Logarithm of the variance of the conditioning augmentation."""
    laid: Laid | None
    """What is added where, for a size that names it."""


class ImageEncoder(nn.Module):
    """Features of an image, 16 cells a side, and the objects that are seen in them."""

    def __init__(self, size: Size, classes: int) -> None:
        super().__init__()
        channels = COLOURS * size.squeeze**2
        self._last = len(size.features) - 1
        for number, width in enumerate(size.features):
            halves = number < size.doublings
            kernel, stride = (4, 2) if halves else (3, 1)
            self.add_module(
                f"conv_{number}", nn.Conv2d(channels, width, kernel, stride, padding=1, bias=False)
            )
            self.add_module(f"norm_{number}", nn.BatchNorm2d(width))
            channels = width
        self.objects = nn.Linear(channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        """(images, features, 16, 16)."""
        maps = images
        for number in range(self._last + 1):
            maps = self.get_submodule(f"conv_{number}")(maps)
            maps = self.get_submodule(f"norm_{number}")(maps if number == self._last else F.relu(maps))
        return maps

    def seen(self, features: Tensor) -> Tensor:
        """Logits of the classes. As published, no loss asks for them."""
        out: Tensor = self.objects(features.sum((2, 3)))
        return out


class Generator(nn.Module):
    """From noise, a condition and the features of an image to the next image."""

    def __init__(self, size: Size, classes: int) -> None:
        super().__init__()
        condition = size.condition
        self._size = size
        self.augmentation = nn.Linear(condition, 2 * size.augmented)
        self.fc = nn.Linear(size.noise + size.augmented, size.first * 16)
        channels = size.first
        before, after = [], []
        for out in size.before:
            before.append(GeneratorBlock(channels, out, condition, doubles=True))
            channels = out
        channels += size.features[-1]
        self.layout = Layout(size, classes) if size.named else None
        channels += size.named
        for number, out in enumerate(size.after):
            told = condition + size.noise * size.noisy_norms
            after.append(GeneratorBlock(channels, out, told, doubles=number < size.doublings))
            channels = out
        self.before, self.after = nn.ModuleList(before), nn.ModuleList(after)
        self.norm = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(
            channels, (COLOURS + size.composited) * size.squeeze**2, 3, padding=1, bias=False
        )

    def forward(
        self,
        previous: Tensor,
        features: Tensor,
        condition: Tensor,
        noise: Noise,
        *,
        guide: Guide | None = None,
        temperature: float = 1.0,
    ) -> Edited:
        """Edit images.

        Args:
            previous: Images as cells, from -1 to 1.
            features: Of the previous images.
            condition: (turns, condition).
            noise: All that is random.
            guide: True names and places, for training; without it they are chosen.
            temperature: Of the choice of places.
        """
        plain = directions(noise.plain) if self._size.circles else noise.plain
        mean, spread = F.relu(self.augmentation(condition)).chunk(2, 1)
        drawn = mean + (spread / 2).exp() * noise.augmented
        maps = self.fc(torch.cat([plain, drawn], 1)).view(-1, self._size.first, 4, 4)
        maps = maps.contiguous(memory_format=torch.channels_last)
        for block in self.before:
            maps = block(maps, condition)
        parts, laid = [maps, features], None
        if self.layout is not None:
            laid = self.layout(features, condition, noise.place, plain, guide, temperature=temperature)
            parts.append(laid.maps)
        maps = torch.cat(parts, 1)
        told = torch.cat([condition, plain], 1) if self._size.noisy_norms else condition
        for block in self.after:
            maps = block(maps, told)
        maps = self.conv(F.leaky_relu(self.norm(maps), SLOPE)).float()
        if laid is not None and laid.sketch is not None:
            parted = laid.sketch.split((COLOURS, 1), 1)
            maps = maps + torch.cat([cells_of(each, self._size.squeeze) for each in parted], 1)
        colours = COLOURS * self._size.squeeze**2
        images = torch.tanh(maps[:, :colours].contiguous(memory_format=torch.channels_last))
        if self._size.composited:
            mask = torch.sigmoid(maps[:, colours:].contiguous(memory_format=torch.channels_last) - 2)
            images = torch.lerp(previous, images, mask.repeat_interleave(COLOURS, 1))
        return Edited(images, mean, spread, laid)


class Posterior(nn.Module):
    """What noise a true edit speaks for: how its object is turned, how the light falls. For training only."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.features[-1]
        stride = size.grid // MIDDLE
        self.conv_1 = nn.Conv2d(COLOURS * size.squeeze**2, width, 3, stride, padding=1)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1)
        self.linear = nn.Linear(2 * width, 2 * size.noise)

    def forward(self, changes: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of the noise, (turns, noise) each."""
        maps = F.relu(self.conv_2(F.relu(self.conv_1(changes)))).float()
        near = F.avg_pool2d(place, 5, 1, 2) * 25
        seen = torch.cat([(maps * near).sum((2, 3)), maps.mean((2, 3))], 1)
        mean, spread = self.linear(seen).chunk(2, 1)
        return mean, spread.clamp(-10, 2)


class Editor(nn.Module):
    """All that is needed to edit."""

    def __init__(self, size: Size, words: int, classes: int) -> None:
        """Parameters are not drawn yet; see :func:`cfbench_models.geneva.blocks.begin`."""
        super().__init__()
        self.size = size
        self.text = TextPath(words, size.word, size.sentence, size.condition)
        self.image = ImageEncoder(size, classes)
        self.generator = Generator(size, classes)

    def edit(
        self,
        previous: Tensor,
        condition: Tensor,
        noise: Noise,
        *,
        guide: Guide | None = None,
        temperature: float = 1.0,
    ) -> Edited:
        """The next images, from -1 to 1, of images that are."""
        edited: Edited = self.generator(
            previous,
            self.image(previous),
            condition,
            noise,
            guide=guide,
            temperature=temperature,
        )
        return edited
