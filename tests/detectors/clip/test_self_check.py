"""What the check on true images catches."""

from types import SimpleNamespace

import numpy as np
import pytest

from cfbench.detectors import TextEmbeddings

pytest.importorskip("open_clip")
from cfbench_detectors.clip import OpenClip

CAPTIONS = ["a cube", "a ball", "a cone", "a cube"]


class Split:
    def __init__(self, inputs, targets):
        self._inputs, self._targets = inputs, targets

    def __len__(self):
        return len(self._inputs)

    def inputs(self, index):
        return self._inputs[index]

    def target(self, index):
        return self._targets[index]


def split(captions, *, of="inputs"):
    """A grey of its own for each different caption."""
    greys = {caption: 20 * at for at, caption in enumerate(dict.fromkeys(captions))}
    pairs = [
        SimpleNamespace(image=np.full((8, 8, 3), greys[caption], np.uint8), caption=caption)
        for caption in captions
    ]
    nothing = [SimpleNamespace(image=None, caption=None) for _ in captions]
    return Split(pairs, nothing) if of == "inputs" else Split(nothing, pairs)


class Reads(OpenClip):
    """Knows what each grey is, except those that it takes for something else."""

    def __init__(self, mistaken=()):
        super().__init__()
        self.mistaken = mistaken

    def embed_images(self, images):
        greys = [int(image[0, 0, 0]) // 20 for image in images]
        return np.eye(3, dtype=np.float32)[[(grey + (grey in self.mistaken)) % 3 for grey in greys]] * 5

    def embed_texts(self, texts):
        places = {"a cube": 0, "a ball": 1, "a cone": 2}
        values = np.eye(3, dtype=np.float32)[[places[text] for text in texts]]
        return TextEmbeddings(values * np.float32(7), np.zeros(len(texts), bool))


@pytest.mark.parametrize("of", ["inputs", "targets"])
def test_the_share_that_is_nearer_to_its_own_caption(of):
    assert Reads().self_check(split(CAPTIONS, of=of)) == 1
    assert Reads({1}).self_check(split(CAPTIONS, of=of)) == 0.75
    assert Reads({0, 1, 2}).self_check(split(CAPTIONS, of=of)) == 0


def test_equal_captions_are_not_told_apart():
    # The next caption that differs is taken: the first cube is held against the ball, not against the other cube.
    assert Reads().self_check(split(["a cube", "a cube", "a ball"])) == 1


def test_a_long_text_vector_does_not_win_by_its_length():
    class Loud(Reads):
        def embed_texts(self, texts):
            read = super().embed_texts(texts)
            loud = np.array([100.0 if text == "a ball" else 1.0 for text in texts], np.float32)
            return TextEmbeddings(
                read.values * loud[:, None] + np.float32(0.1) * loud[:, None], read.truncated
            )

    assert Loud().self_check(split(CAPTIONS)) == 1


def test_without_captions_a_sound_network_passes(clip, images):
    bare = [SimpleNamespace(image=image) for image in images]
    assert clip.self_check(Split(bare, bare)) == 1


def test_without_captions_a_blind_network_does_not(images):
    class Blind(OpenClip):
        def embed_images(self, images):
            return np.ones((len(images), 4), np.float32)

    bare = [SimpleNamespace(image=image) for image in images]
    assert Blind().self_check(Split(bare, bare)) == 0


def test_one_caption_for_all_is_as_none(clip, images):
    same = [SimpleNamespace(image=image, caption="a picture") for image in images]
    assert clip.self_check(Split(same, same)) == 1
