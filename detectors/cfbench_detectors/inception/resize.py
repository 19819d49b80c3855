"""Images to the network's size, in the four ways of the published packages. They give different numbers.

| mode | how | of |
|---|---|---|
| ``tf1`` | bilinear, corners in pixel (0, 0), no antialiasing | the TensorFlow graph, torch-fidelity |
| ``torch`` | bilinear, half-pixel centres, no antialiasing | pytorch-fid |
| ``antialias`` | bilinear, half-pixel centres, antialiased | torchmetrics 1.8 and later |
| ``clean`` | bicubic, antialiased, each channel in float32, clipped to 0..255 | clean-fid |

Nothing is rounded back to bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image as Pillow
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

if TYPE_CHECKING:
    from cfbench.tasks.base import Image


def network_input(images: list[Image], mode: str, side: int, device: str) -> Tensor:
    """(n, 3, side, side) float32, channels last, scaled as the package of ``mode`` scales. One size of images."""
    pixels = resized(images, mode, side, device)
    if mode == "torch":
        return pixels.div_(255).mul_(2).sub_(1)
    return pixels.sub_(128).div_(128)


def resized(images: list[Image], mode: str, side: int, device: str = "cpu") -> Tensor:
    """(n, 3, side, side) float32, 0 to 255, channels last, of images of one size."""
    if mode == "clean":
        rows = torch.from_numpy(np.stack([_clean(image, side) for image in images])).to(device)
    else:
        rows = torch.from_numpy(np.stack(images)).to(device).float()
        if mode == "tf1":
            rows = _between(_between(rows, 2, side), 1, side)
    pixels = rows.permute(0, 3, 1, 2)
    if mode in {"torch", "antialias"} and pixels.shape[2:] != (side, side):
        pixels = F.interpolate(pixels, (side, side), mode="bilinear", antialias=mode == "antialias")
    return pixels


def _between(rows: Tensor, axis: int, side: int) -> Tensor:
    """One axis resized as TensorFlow 1 does: output pixel i lies at i * (old size / new size)."""
    size = rows.shape[axis]
    if size == side:
        return rows
    at = torch.arange(side, dtype=torch.float32, device=rows.device) * torch.tensor(
        size / side, dtype=torch.float32
    )
    low = at.long()
    first = rows.index_select(axis, low)
    step = rows.index_select(axis, (low + 1).clamp_max(size - 1)).sub_(first)
    shape = [1, 1, 1, 1]
    shape[axis] = side
    return step.mul_((at - low).view(shape)).add_(first)


def _clean(image: Image, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    channels = [
        Pillow.fromarray(image[..., channel].astype(np.float32)).resize(
            (side, side), Pillow.Resampling.BICUBIC
        )
        for channel in range(3)
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1).clip(0, 255)
