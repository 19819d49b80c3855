"""Distances between pixels: L1, L2, PSNR and SSIM of each turn's image against the true one.

Guarantees: L1, L2 and PSNR come from exact integer sums over the bytes, so they are the same on every
machine. SSIM is float64 arithmetic without BLAS: it does not depend on threads, nor on which pairs are
scored together. Equal images score exactly 0, 0, 100 and 1. All four are symmetric in their arguments.

Limits: a distance of pixels rewards a blurred or unchanged picture; read it beside a metric that looks
at objects.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from cfbench.errors import DataError
from cfbench.metrics.base import MeanMetric, Number, Scored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfbench.tasks.edit import EditInputs, EditPrediction, EditTarget, Image

PSNR_CAP = 100.0  # dB; also stands for equal images, where the ratio is infinite
WINDOW = 11  # pixels: 3.5 sigma on either side, as scikit-image and torchmetrics cut it
SIGMA = 1.5
C1, C2 = 0.01**2, 0.03**2  # Wang et al. 2004 with K1 = 0.01, K2 = 0.03 and a data range of 1
BAND = 24_000  # values worked on together: what stays in the cache of a processor is faster

Plane = npt.NDArray[np.float64]


class Pixel(MeanMetric):
    """L1, L2, PSNR and SSIM, each averaged over turns."""

    name: ClassVar[str] = "pixel"
    version: ClassVar[int] = 1
    tasks: ClassVar[tuple[str, ...]] = ("edit",)
    summary: ClassVar[str] = "distance between the pixels of each turn's image and of the true one"
    numbers: ClassVar[Mapping[str, Number]] = {
        "l1": Number(
            "mean absolute error over pixels and channels, images scaled to 0..1",
            higher_is_better=False,
            range=(0.0, 1.0),
        ),
        "l2": Number(
            "root mean square error over pixels and channels, images scaled to 0..1",
            higher_is_better=False,
            range=(0.0, 1.0),
        ),
        "psnr": Number(
            "peak signal-to-noise ratio in dB of an image, data range 1, at most 100",
            higher_is_better=True,
            range=(0.0, PSNR_CAP),
        ),
        "ssim": Number(
            "structural similarity of an image: Gaussian window of 11 pixels (sigma 1.5), K1 0.01, K2 0.03, "
            "mean over positions and channels; the window shrinks to fit smaller images",
            higher_is_better=True,
            range=(-1.0, 1.0),
        ),
    }
    protocols: ClassVar[Mapping[str, str]] = {
        "torchmetrics": "SSIM at every pixel, the image reflected at its border, as torchmetrics' default",
        "whole-windows": "SSIM where the whole window is in the image, as Wang et al. and scikit-image",
    }
    default_protocol: ClassVar[str] = "torchmetrics"
    reference: ClassVar[str] = (
        "Wang et al. 2004, Image quality assessment: from error visibility to structural similarity"
    )
    slice_by_turn: ClassVar[bool] = True

    def evidence(
        self, scored: Sequence[Scored[EditInputs, EditTarget, EditPrediction]]
    ) -> list[dict[str, Any]]:
        """A row a turn."""
        similarities: dict[tuple[int, ...], StructuralSimilarity] = {}
        rows: list[dict[str, Any]] = []
        for item in scored:
            pairs = zip(item.prediction.images, item.target.images, strict=True)
            for turn, (image, truth) in enumerate(pairs, start=1):
                check_pair(image, truth)
                similarity = similarities.get(image.shape)
                if similarity is None:
                    reflected = self.protocol == "torchmetrics"
                    similarity = StructuralSimilarity(image.shape, reflected=reflected)
                    similarities[image.shape] = similarity
                numbers = {**distances(image, truth), "ssim": similarity(image, truth)}
                rows.append({"sample": item.id, "turn": turn, **numbers})
        return rows


def check_pair(image: Image, truth: Image) -> None:
    """Refuse two images that are not uint8, of three axes and of one shape."""
    if image.shape != truth.shape or image.ndim != 3 or image.dtype != np.uint8 or truth.dtype != np.uint8:
        raise DataError(
            "Cannot compare two images",
            f"one is {image.dtype} of shape {image.shape}, the other {truth.dtype} of shape {truth.shape}",
            "Both must be uint8 of one shape (height, width, channels)",
        )


def distances(image: Image, truth: Image) -> dict[str, float]:
    """L1, L2 and PSNR of two images, from exact integers."""
    difference = image.astype(np.int32)
    difference -= truth
    np.abs(difference, out=difference)
    absolute = int(difference.sum(dtype=np.int64))
    difference *= difference
    mean_square = int(difference.sum(dtype=np.int64)) / (difference.size * 255**2)
    return {
        "l1": absolute / (difference.size * 255),
        "l2": math.sqrt(mean_square),
        "psnr": min(PSNR_CAP, max(0.0, -10 * math.log10(mean_square))) if mean_square else PSNR_CAP,
    }


def _gaussian(width: int) -> list[float]:
    """The window of one axis, adding up to 1. Python floats keep numpy's arithmetic in place and typed."""
    offsets = np.arange(width) - width // 2
    weights = np.exp(-0.5 * (offsets / SIGMA) ** 2)
    return [float(weight) for weight in weights / weights.sum()]


class StructuralSimilarity:
    """The mean SSIM of two images of one shape, over channels and positions of the window.

    Positions are those where the whole window is in the image or, ``reflected``, every pixel, with the
    image mirrored at its border. The window is 11 pixels wide, or the largest odd number of pixels that the image holds.
    Arrays are made once and used again: getting memory for each step takes as long as the arithmetic.
    An object therefore serves one thread at a time.
    """

    def __init__(self, shape: tuple[int, ...], *, reflected: bool = False) -> None:
        height, width, self._channels = shape
        self._kernel = _gaussian(min(WINDOW, *(side - (side + 1) % 2 for side in (height, width))))
        self._reach = len(self._kernel) - 1
        self._border = self._reach // 2 if reflected else 0
        height, width = height + 2 * self._border, width + 2 * self._border
        self._rows, columns = height - self._reach, width - self._reach
        self._positions = self._rows * columns * self._channels
        self._band = min(self._rows, max(1, BAND // (width * self._channels)))
        self._seen = np.empty((4, self._band + self._reach, width * self._channels))
        self._down = np.empty((2, self._band, width * self._channels))
        self._means = np.empty((4, self._band, columns * self._channels))
        self._spare = np.empty((2, self._band, columns * self._channels))

    def __call__(self, image: Image, truth: Image) -> float:
        """The similarity, from -1 to 1; exactly 1 for equal images."""
        if self._border:
            around = ((self._border, self._border), (self._border, self._border), (0, 0))
            image, truth = (np.pad(array, around, mode="reflect") for array in (image, truth))
        total = 0.0
        for top in range(0, self._rows, self._band):
            seen = slice(top, min(top + self._band, self._rows) + self._reach)
            total += self._band_sum(image[seen], truth[seen])
        return total / self._positions

    def _band_sum(self, image: Image, truth: Image) -> float:
        """The sum over the windows in two strips of at most the band's rows and the window's reach."""
        rows = len(image) - self._reach
        a, b, squares, product = self._seen[:, : len(image)]
        np.divide(image.reshape(a.shape), 255, out=a)
        np.divide(truth.reshape(b.shape), 255, out=b)
        np.multiply(a, a, out=squares)
        np.multiply(b, b, out=product)
        squares += product
        np.multiply(a, b, out=product)
        mean_a, mean_b, variances, covariance = (
            self._blur(seen, mean) for seen, mean in zip((a, b, squares, product), self._means, strict=True)
        )
        product, squares = self._spare[:, :rows]
        np.multiply(mean_a, mean_b, out=product)
        mean_a *= mean_a
        mean_b *= mean_b
        np.add(mean_a, mean_b, out=squares)
        variances -= squares
        covariance -= product
        similarity = _ratio(product, squares, C1)
        similarity *= _ratio(covariance, variances, C2)
        return float(similarity.sum())

    def _blur(self, plane: Plane, means: Plane) -> Plane:
        """Weighted means over every whole window, down the rows and then along them."""
        rows = len(plane) - self._reach
        down, pair = self._down[:, :rows]
        _weighted([plane[at : at + rows] for at in range(self._reach + 1)], self._kernel, down, pair)
        means, columns = means[:rows], means.shape[1]
        along = [
            down[:, at : at + columns] for at in range(0, (self._reach + 1) * self._channels, self._channels)
        ]
        _weighted(along, self._kernel, means, self._spare[0, :rows])
        return means


def _weighted(shifted: list[Plane], kernel: list[float], total: Plane, pair: Plane) -> None:
    # The kernel is symmetric: adding the two ends first halves the multiplications.
    half = len(kernel) // 2
    np.multiply(shifted[half], kernel[half], out=total)
    for near in range(half):
        np.add(shifted[near], shifted[-1 - near], out=pair)
        pair *= kernel[near]
        total += pair


def _ratio(both: Plane, each: Plane, constant: float) -> Plane:
    """``(2 both + constant) / (each + constant)``, in the place of ``both``."""
    both *= 2
    both += constant
    each += constant
    both /= each
    return both
