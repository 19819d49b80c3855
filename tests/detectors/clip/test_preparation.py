"""Images are prepared bit for bit as open_clip's own transform does it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

pytest.importorskip("open_clip")
from cfbench.errors import DataError
from cfbench_detectors.clip.preparation import Preparation

CONFIG = {
    "size": 32,
    "mode": "RGB",
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
    "fill_color": 0,
}


def theirs(config, image):
    from open_clip.transform import PreprocessCfg, image_transform_v2

    return image_transform_v2(PreprocessCfg(**config), is_train=False)(Pillow.fromarray(image)).numpy()


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 130),
    width=st.integers(1, 130),
    size=st.sampled_from([7, 32, 224]),
    mode=st.sampled_from(["shortest", "squash"]),
    interpolation=st.sampled_from(["bicubic", "bilinear"]),
    seed=st.integers(0, 99),
)
def test_equal_to_open_clips_transform(height, width, size, mode, interpolation, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    config = CONFIG | {"size": size, "resize_mode": mode, "interpolation": interpolation}
    made = Preparation.of(config)([image, image])
    assert made.shape == (2, 3, size, size)
    assert np.array_equal(made[0], theirs(config, image))
    assert np.array_equal(made[1], made[0])


def test_the_size_may_be_a_pair():
    image = np.zeros((9, 9, 3), np.uint8)
    assert Preparation.of(CONFIG | {"size": (32, 32)})([image]).shape == (1, 3, 32, 32)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"size": (32, 48)}, "not square"),
        ({"resize_mode": "longest"}, "'longest'"),
        ({"interpolation": "random"}, "'random'"),
    ],
)
def test_what_is_not_done_here_is_refused(change, why):
    with pytest.raises(DataError, match=why):
        Preparation.of(CONFIG | change)
