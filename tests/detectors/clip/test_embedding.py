"""What the embedder gives for images and texts, held against open_clip's own calls."""

import numpy as np
import pytest
from PIL import Image as Pillow

from cfbench.errors import DataError

torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")

LONG = "a red cube left of a small green ball " * 12


@pytest.fixture(scope="module")
def theirs(folder):
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    return model.eval(), transform, open_clip.get_tokenizer(f"local-dir:{folder}")


def test_images_are_embedded_as_open_clip_does(clip, theirs, images):
    model, transform, _ = theirs
    with torch.inference_mode():
        wanted = model.encode_image(torch.stack([transform(Pillow.fromarray(image)) for image in images]))
    seen = clip.embed_images(images)
    assert seen.shape == (5, 16)
    assert seen.dtype == np.float32
    np.testing.assert_allclose(seen, wanted.numpy(), atol=1e-5)


def test_texts_are_embedded_as_open_clip_does(clip, theirs):
    model, _, tokenize = theirs
    texts = ["a red cube", "two balls, one of them small", LONG]
    with torch.inference_mode():
        wanted = model.encode_text(tokenize(texts))
    read = clip.embed_texts(texts)
    np.testing.assert_allclose(read.values, wanted.numpy(), atol=1e-5)
    assert read.truncated.tolist() == [False, False, True]


def test_the_learned_scale_has_its_exponential_taken(clip):
    assert clip.logit_scale == pytest.approx(1 / 0.07, rel=1e-6)


def test_a_text_that_just_fits_is_not_cut(clip):
    fits, too_long = "cat " * 75, "cat " * 76
    read = clip.embed_texts([fits, too_long])
    assert read.truncated.tolist() == [False, True]
    np.testing.assert_allclose(read.values[0], read.values[1], atol=1e-5)  # cut, it is the other


def test_cut_texts_keep_their_end_token_and_so_their_meaning(clip):
    read = clip.embed_texts([LONG, "seven blue boxes " * 40])
    assert read.truncated.all()
    # Without the end token both would be read at their first token, which is the same for all texts.
    assert np.abs(read.values[0] - read.values[1]).max() > 1e-2
    tokens, _ = clip._tokens([LONG])
    assert tokens[0, -1] == 49407


@pytest.mark.parametrize("texts", [["a cube", ""], ["a cube", " \n\t "]])
def test_an_empty_text_is_an_error(clip, texts):
    with pytest.raises(DataError, match="Text 1 of 2 cannot be embedded: it is empty"):
        clip.embed_texts(texts)


@pytest.mark.parametrize("texts", ["a cube", ["a cube", None], [b"a cube"]])
def test_what_is_no_list_of_strings_is_an_error(clip, texts):
    with pytest.raises(DataError, match="not a list of strings"):
        clip.embed_texts(texts)


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (np.zeros((8, 8, 3), np.float32), "float32, which may have been scaled already"),
        (np.zeros((8, 8), np.uint8), r"\(8, 8\)"),
        (np.zeros((8, 8, 4), np.uint8), r"\(8, 8, 4\)"),
        (np.zeros((3, 8, 8), np.uint8), r"\(3, 8, 8\)"),
        (np.zeros((0, 8, 3), np.uint8), "0 x 8 pixels"),
        (Pillow.new("RGB", (8, 8)), "not a numpy array"),
        (torch.zeros(8, 8, 3, dtype=torch.uint8), "Tensor"),
    ],
)
def test_only_uint8_rgb_images_are_taken(clip, image, why):
    with pytest.raises(DataError, match=why):
        clip.embed_images([np.zeros((8, 8, 3), np.uint8), image])


def test_nothing_gives_nothing(clip):
    assert clip.embed_images([]).shape == (0, 16)
    read = clip.embed_texts([])
    assert read.values.shape == (0, 16)
    assert read.truncated.shape == (0,)


def test_what_is_given_at_once_changes_nothing(clip, images):
    many = [images[at % 5] for at in range(71)]
    np.testing.assert_allclose(
        clip.embed_images(many), np.concatenate([clip.embed_images([image]) for image in many]), atol=1e-5
    )
    texts = [f"{at} cubes" for at in range(40)]
    np.testing.assert_allclose(
        clip.embed_texts(texts).values,
        np.concatenate([clip.embed_texts([text]).values for text in texts]),
        atol=1e-5,
    )
    assert np.array_equal(clip.embed_images(many), clip.embed_images(many))
