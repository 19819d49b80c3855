"""A small VQA-CP in its official layout: two questions an image, feature files, and maps of where people looked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cfbench.cache import ContentCache
from cfbench.datasets import DataContext
from cfbench.datasets.vqa_cp import VqaCp

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 40, 20
BOXES = [[0, 0, 20, 20], [20, 0, 40, 20], [0, 0, 40, 20]]
"""The left half of the image, the right one, and all of it."""
DIMENSION = 4
COUNTS = {"train": 12, "test": 6}  # images


def question_id(image: int, number: int, edition: str = "v2") -> int:
    return image * (10 if edition == "v1" else 1000) + number


def entries(split: str, edition: str = "v2") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Questions and annotations; of each type the usual answer of training never is right in the test."""
    questions, annotations = [], []
    first = 1 if split == "train" else 101
    for image in range(first, first + COUNTS[split]):
        for number, (kind, text, answer_type, answers) in enumerate(
            (
                ("what color is the", "What color is the dog?", "other", ("red", "blue")),
                ("is there a", "Is there a dog?", "yes/no", ("yes", "no")),
            )
        ):
            name = {"question_id": question_id(image, number, edition), "image_id": image}
            answer, other = answers if split == "train" else answers[::-1]
            given = [answer] * 9 + [other]
            questions.append(name | {"question": text, "coco_split": "train2014"})
            annotations.append(
                name
                | {"question_type": kind, "answer_type": answer_type, "multiple_choice_answer": answer}
                | {"answers": [{"answer": one, "answer_id": n} for n, one in enumerate(given, 1)]}
            )
    return questions, annotations


def features(image: int) -> np.ndarray[Any, Any]:
    return np.arange(len(BOXES) * DIMENSION, dtype=np.float32).reshape(len(BOXES), -1) + 100 * image + 1


def write_features(home: Path, image: int, **arrays: Any) -> None:
    """The file of an image; arrays that are given replace those of the layout."""
    folder = home / "features"
    folder.mkdir(exist_ok=True)
    held = {"features": features(image), "boxes": np.array(BOXES, np.float32), "size": [WIDTH, HEIGHT]}
    np.savez(folder / f"{image}.npz", **(held | arrays))


def write_index(home: Path, images: list[str], dimension: int = DIMENSION) -> None:
    (home / "features/index.json").write_text(json.dumps({"dimension": dimension, "images": images}))


def write_map(home: Path, name: str, left: int, right: int, folder: str = "vqahat_train") -> None:
    """How much somebody looked at the left and at the right half."""
    looked = np.zeros((10, 20), np.uint8)
    looked[:, :10], looked[:, 10:] = left, right
    (home / folder).mkdir(exist_ok=True)
    Image.fromarray(looked).save(home / folder / f"{name}.png")


def write_json(home: Path, split: str, edition: str = "v2") -> None:
    questions, annotations = entries(split, edition)
    for part, value in (("questions", questions), ("annotations", annotations)):
        (home / f"vqacp_{edition}_{split}_{part}.json").write_text(json.dumps(value))


def small_vqa_cp(root: Path, edition: str = "v2") -> Path:
    """The folder of the data set below ``root``: people looked left at the first two images of each split."""
    home = root / "vqa-cp"
    home.mkdir(parents=True)
    images = []
    for split, first in (("train", 1), ("test", 101)):
        write_json(home, split, edition)
        for image in range(first, first + COUNTS[split]):
            write_features(home, image)
            images.append(str(image))
    write_index(home, images)
    for image in (1, 2, 101, 102):
        write_map(home, f"{question_id(image, 0, 'v1')}_1", 200, 0)
    write_map(home, f"{question_id(102, 0, 'v1')}_2", 50, 150, "vqahat_val")
    write_map(home, f"{question_id(102, 0, 'v1')}_1", 200, 0, "vqahat_val")
    return home


def opened(home, **options):
    """The data set, of what lies in a folder."""
    return VqaCp(DataContext(home.parent, ContentCache(home.parent / "cache"), options))
