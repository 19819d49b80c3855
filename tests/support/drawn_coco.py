"""Drawn images with boxes, a backbone and an inpainter that need nothing, for ``edit-coco``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from cfbench.files import encode_png

if TYPE_CHECKING:
    from pathlib import Path

COLOURS = ((200, 30, 30), (30, 200, 30), (30, 30, 200))
NAMES = ("person", "dog", "kite")
NUMBERS = (1, 18, 38)
COUNT = 12


class Means:
    """Means of a grid of four by four."""

    identity = "means@1"

    def __init__(self) -> None:
        """Counts how often it was asked."""
        self.asked = 0

    def features(self, image: np.ndarray) -> np.ndarray:
        self.asked += 1
        bands = np.array_split(image.astype(np.float64), 4, axis=0)
        return np.array(
            [part.mean() for band in bands for part in np.array_split(band, 4, axis=1)], np.float32
        )


class Grey:
    """Fills holes with grey."""

    identity = "grey@1"

    def fill(self, image: np.ndarray, hole: np.ndarray) -> np.ndarray:
        found = image.copy()
        found[hole] = 128
        return found


def draw_coco(folder: Path) -> tuple[Path, Path]:
    """A folder of images and its annotations; of image n the classes are the bits of 1 + n modulo 7."""
    images, annotations = [], []
    for number in range(COUNT):
        picture = np.full((80, 120, 3), 240, np.uint8)
        for label in range(3):
            if (1 + number % 7) >> label & 1:
                left, top = 8 + 36 * label, 10 + number
                picture[top : top + 20, left : left + 24] = COLOURS[label]
                annotations.append(
                    {"image_id": number, "category_id": NUMBERS[label], "bbox": [left, top, 24, 20]}
                )
        name = f"COCO_val2014_{number:012d}.png"
        (folder / "images").mkdir(parents=True, exist_ok=True)
        (folder / "images" / name).write_bytes(encode_png(picture))
        images.append({"id": number, "file_name": name})
    categories = [{"id": number, "name": name} for number, name in zip(NUMBERS, NAMES, strict=True)]
    path = folder / "instances.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return folder / "images", path
