"""What judges: how true an edit is to its instruction, and what it added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from cfbench_models.geneva.blocks import DiscriminatorBlock, SpectralLinear
from cfbench_models.geneva.recipe import COLOURS

if TYPE_CHECKING:
    from cfbench_models.geneva.recipe import Size


class Discriminator(nn.Module):
    """The features of an image less those of the image before it, projected on the condition."""

    def __init__(self, size: Size, classes: int) -> None:
        super().__init__()
        channels = COLOURS * size.squeeze**2
        trunk, joint = [], []
        for number, out in enumerate(size.trunk):
            trunk.append(DiscriminatorBlock(channels, out, halves=number < size.doublings, first=number == 0))
            channels = out
        for number, out in enumerate(size.joint):
            joint.append(DiscriminatorBlock(channels, out, halves=number < 2))
            channels = out
        self.trunk, self.joint = nn.Sequential(*trunk), nn.Sequential(*joint)
        self.realness = SpectralLinear(channels, 1)
        self.projection = nn.Sequential(
            nn.Linear(size.condition, channels), nn.ReLU(), nn.Linear(channels, channels)
        )
        self.added = nn.Sequential(
            nn.Linear(channels, size.auxiliary), nn.ReLU(), nn.Linear(size.auxiliary, classes)
        )

    def features(self, images: Tensor) -> Tensor:
        """Of images alone, before the subtraction."""
        out: Tensor = self.trunk(images)
        return out

    def edits(self, after: Tensor, before: Tensor) -> Tensor:
        """(turns, channels): what happened between two features."""
        return F.relu(self.joint(after - before)).sum((2, 3))

    def judge(self, edits: Tensor, condition: Tensor) -> Tensor:
        """(turns,): how true edits are."""
        fit = (self.projection(condition) * edits).sum(1)
        out: Tensor = self.realness(edits).squeeze(1) + fit
        return out
