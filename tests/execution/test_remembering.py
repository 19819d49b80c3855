from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cfbench.cache import ContentCache
from cfbench.detectors import Detection, ImageFeatures, Latents, TextEmbeddings
from cfbench.execution.remembering import BATCHES, Remembering, content_digest

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = [np.full((2, 3, 3), shade, np.uint8) for shade in (1, 2)]


class Counting:
    """Counts how often it is asked."""

    summary = "counts"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def features(self, images: list[Any], resize: str | None = None) -> ImageFeatures:
        self.asked.append(f"features {len(images)} {resize}")
        pooled = np.array([[image.mean(), 0.5] for image in images], np.float32)
        return ImageFeatures(pooled, None if resize else pooled[:, :1])

    def embed_texts(self, texts: list[str]) -> TextEmbeddings:
        self.asked.append("texts")
        return TextEmbeddings(
            np.array([[len(text)] for text in texts], np.float32), np.array([False] * len(texts))
        )

    def embed_images(self, images: list[Any]) -> np.ndarray:
        self.asked.append("images")
        return np.ones((len(images), 2), np.float32)

    def latents(self, images: list[Any]) -> Latents:
        self.asked.append("latents")
        return Latents(np.ones((len(images), 2), np.float32), None)

    def detect(self, images: list[Any]) -> list[Detection]:
        self.asked.append("detect")
        return [Detection(np.array([0.25, 1.0]), np.array([[0.1, 0.2], [0.3, 0.4]])) for _ in images]

    def layers(self, images: list[Any]) -> list[np.ndarray]:
        self.asked.append("layers")
        return [np.ones((len(images), 1, 2, 2), np.float32)]


def test_the_same_batch_is_looked_at_once() -> None:
    inner = Counting()
    network = Remembering(inner, {}, None)
    first, again = network.features(IMAGES), network.features([image.copy() for image in IMAGES])
    assert first is again
    network.features(IMAGES, "tf1")
    network.features(IMAGES, resize="clean")
    network.features(IMAGES[::-1])
    network.features(IMAGES[:1])
    asked = ["None", "tf1", "clean", "None"]
    assert inner.asked == [*(f"features 2 {resize}" for resize in asked), "features 1 None"]


def test_what_is_not_an_answer_is_its_own() -> None:
    inner = Counting()
    network = Remembering(inner, {}, None)
    assert network.summary == "counts"
    network.layers(IMAGES)
    network.layers(IMAGES)
    assert inner.asked == ["layers", "layers"]
    with pytest.raises(AttributeError):
        _ = network.nothing


def test_memory_holds_a_few_batches() -> None:
    inner = Counting()
    network = Remembering(inner, {}, None)
    for shade in range(BATCHES + 1):
        network.embed_images([np.full((1, 1, 3), shade, np.uint8)])
    network.embed_images([np.full((1, 1, 3), BATCHES, np.uint8)])
    assert len(inner.asked) == BATCHES + 1
    network.embed_images([np.full((1, 1, 3), 0, np.uint8)])
    assert len(inner.asked) == BATCHES + 2


@pytest.mark.parametrize("method", ["features", "embed_texts", "embed_images", "latents", "detect"])
def test_another_process_finds_it_on_disk(tmp_path: Path, method: str) -> None:
    batch: list[Any] = ["a", "bc"] if method == "embed_texts" else IMAGES
    cache, inner, other = ContentCache(tmp_path), Counting(), Counting()
    first = getattr(Remembering(inner, {"weights": "1"}, cache), method)(batch)
    second = getattr(Remembering(inner, {"weights": "1"}, cache), method)(batch)
    assert len(inner.asked) == 1
    np.testing.assert_equal(_plain(second), _plain(first))
    getattr(Remembering(other, {"weights": "2"}, cache), method)(batch)
    assert len(other.asked) == 1


def _plain(answer: Any) -> Any:
    if isinstance(answer, list):
        return [vars(one) for one in answer]
    return answer if isinstance(answer, np.ndarray) else vars(answer)


def test_what_is_shared_cannot_be_changed(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    for network in (Remembering(Counting(), {}, cache), Remembering(Counting(), {}, cache)):
        with pytest.raises(ValueError, match="read-only"):
            network.features(IMAGES).pooled[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            network.detect(IMAGES)[1].places[0] = 0


def test_a_copy_remembers_by_itself() -> None:
    network = Remembering(Counting(), {}, None)
    network.features(IMAGES)
    copied = pickle.loads(pickle.dumps(copy.deepcopy(network)))
    copied.embed_images(IMAGES)
    copied.features(IMAGES)
    assert copied.asked == ["features 2 None", "images"]
    assert network.asked == ["features 2 None"]


@pytest.mark.parametrize("what", ["detector", "libraries"])
def test_another_network_or_library_is_asked_again(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, inner = ContentCache(tmp_path), Counting()
    Remembering(inner, {"detector": "1"}, cache).features(IMAGES)
    if what == "libraries":
        monkeypatch.setattr("cfbench.results.environment.package_versions", lambda: {"torch": "0"})
    Remembering(inner, {"detector": "2" if what == "detector" else "1"}, cache).features(IMAGES)
    assert len(inner.asked) == 2


def test_content_is_told_by_type_shape_and_order() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    variants = [
        [image],
        [image.reshape(1, 4, 3)],
        [image.view(np.int8)],
        [image, image],
        ["a", "b"],
        ["ab"],
        ["b", "a"],
    ]
    assert len({content_digest(variant) for variant in variants}) == len(variants)
    assert content_digest([image[:, ::2]]) == content_digest([image[:, ::2].copy()])
