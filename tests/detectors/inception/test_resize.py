"""The four ways of resizing: by the vectors, and by the packages that they are of."""

import numpy as np
import pytest
from inception_weights import batch, pictures

torch = pytest.importorskip("torch")
from cfbench_detectors.inception.resize import network_input, resized  # noqa: E402

NAMES = {
    "tf1": "tf1_bilinear",
    "torch": "torch_bilinear",
    "antialias": "torch_bilinear_antialias",
    "clean": "pil_bicubic_float_clip(clean-fid)",
}
SIZES = [(40, 32), (128, 128), (299, 299), (512, 300), (1, 1)]


@pytest.mark.parametrize("mode", NAMES)
@pytest.mark.parametrize("image", ["noise_12x10", "ring_40x32"])
@pytest.mark.parametrize("side", [7, 19])
def test_vectors(vectors, image, side, mode):
    arrays, _ = vectors
    found = resized([arrays[image]], mode, side)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(found, arrays[f"{image}__{side}x{side}__{NAMES[mode]}"], rtol=1e-5, atol=1e-4)


def test_the_modes_differ_as_the_vectors_say(vectors):
    arrays, differences = vectors
    image, wanted = arrays["ring_40x32"], differences["ring_40x32->7x7"]
    base = resized([image], "antialias", 7)
    for mode, name in NAMES.items():
        apart = float((resized([image], mode, 7) - base).abs().mean())
        assert apart == pytest.approx(wanted[name]["mean_abs_vs_antialias"], abs=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_tf1_is_bit_for_bit_torch_fidelity(size):
    like_tf1 = pytest.importorskip(
        "torch_fidelity.interpolate_compat_tensorflow"
    ).interpolate_bilinear_2d_like_tensorflow1x
    images = pictures(2, *size)
    wanted = like_tf1(batch(images).float(), size=(299, 299), align_corners=False)
    assert torch.equal(resized(images, "tf1", 299), wanted)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["torch", "antialias"])
def test_the_others_are_torch(size, mode):
    images = pictures(2, *size)
    wanted = torch.nn.functional.interpolate(
        batch(images).float(), (299, 299), mode="bilinear", align_corners=False, antialias=mode == "antialias"
    )
    torch.testing.assert_close(resized(images, mode, 299), wanted, rtol=1e-5, atol=1e-3, check_stride=False)


@pytest.mark.parametrize("mode", NAMES)
def test_what_comes_out_is_ready_for_the_network(mode):
    images = pictures(2, 30, 20)
    before = [image.copy() for image in images]
    ready = network_input(images, mode, 299, "cpu")
    assert ready.shape == (2, 3, 299, 299)
    assert ready.dtype == torch.float32
    assert ready.is_contiguous(memory_format=torch.channels_last)
    assert all(np.array_equal(*pair) for pair in zip(images, before, strict=True))
    black, white = (
        network_input([np.full((299, 299, 3), value, np.uint8)], mode, 299, "cpu") for value in (0, 255)
    )
    assert black.unique().tolist() == [-1]
    assert white.unique().tolist() == pytest.approx([1 if mode == "torch" else 127 / 128], abs=1e-6)
