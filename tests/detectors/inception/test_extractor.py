"""The detector: the published packages' features for the same weights, whatever comes in and however it is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inception_weights import batch, fidelity, furthest, pictures, pytorch_fid_net, torchmetrics_net

torch = pytest.importorskip("torch")
from cfbench.detectors.extractors import sound  # noqa: E402
from cfbench.errors import DataError, UsageError  # noqa: E402
from cfbench_detectors.inception import Inception2015  # noqa: E402
from cfbench_detectors.inception.extractor import BATCH  # noqa: E402

EQUAL = 1e-5


@pytest.fixture(scope="module")
def images():
    return pictures(2, 96, 80)


def test_by_itself_it_is_torch_fidelity(ours, state, images):
    found = ours.features(images)
    with torch.inference_mode():
        pooled, logits = fidelity(["2048", "logits_unbiased"], state)(batch(images))
    assert furthest(found.pooled, pooled) < EQUAL
    assert furthest(found.logits, logits) < EQUAL
    assert found.pooled.dtype == found.logits.dtype == np.float32
    assert np.array_equal(ours.features(images, "tf1").pooled, found.pooled)


def test_torch_is_pytorch_fid(ours, state, images):
    pytest.importorskip("pytorch_fid")
    with torch.inference_mode():
        wanted = pytorch_fid_net(state)(batch(images).float() / 255)[0].flatten(1)
    assert furthest(ours.features(images, "torch").pooled, wanted) < EQUAL


def test_antialias_is_torchmetrics(ours, state, images):
    pytest.importorskip("torchmetrics")
    with torch.inference_mode():
        wanted = torchmetrics_net("2048", state)(batch(images))
    assert furthest(ours.features(images, "antialias").pooled, wanted) < EQUAL


def test_each_way_of_resizing_gives_its_own_features(ours):
    large = pictures(1, 400, 500)
    pooled = [ours.features(large, mode).pooled for mode in Inception2015.resizes]
    apart = [furthest(one, other) for at, one in enumerate(pooled) for other in pooled[:at]]
    assert min(apart) > 1e-4


@settings(max_examples=4, deadline=None)
@given(st.permutations(range(3)), st.integers(1, 2))
def test_neither_company_nor_order_nor_size_beside_matters(ours, order, cut):
    mixed = [*pictures(2, 40, 30), *pictures(1, 64, 64, seed=1)]
    wanted = ours.features(mixed).pooled[list(order)]
    shuffled = [mixed[at] for at in order]
    parts = [ours.features(part).pooled for part in (shuffled[:cut], shuffled[cut:])]
    assert furthest(np.concatenate(parts), wanted) < EQUAL


def test_sizes_in_turns_come_back_in_their_order(ours):
    small, large = pictures(3, 20, 20), pictures(2, 30, 20, seed=1)
    found = ours.features([small[0], large[0], small[1], large[1], small[2]]).pooled
    assert furthest(found[::2], ours.features(small).pooled) < EQUAL
    assert furthest(found[1::2], ours.features(large).pooled) < EQUAL


def test_more_than_one_batch(ours):
    first, *last = pictures(2, 20, 20)
    found = ours.features([first] * BATCH + last).pooled
    assert len(found) == BATCH + 1
    assert furthest(found[-1:], ours.features(last).pooled) < EQUAL
    assert furthest(found[-2], found[0]) < EQUAL
    assert furthest(found[-1], found[0]) > 0.05


def test_nothing_in_nothing_out(ours):
    found = ours.features([])
    assert found.pooled.shape == (0, 2048)
    assert found.logits.shape == (0, 1008)


def test_bf16_is_near_and_says_so(ours, ours_bf16, images):
    whole, rough = ours.features(images), ours_bf16.features(images)
    assert 1e-4 < furthest(rough.pooled, whole.pooled) < 2e-2
    assert furthest(rough.logits, whole.logits) < 2e-2
    assert rough.pooled.dtype == np.float32
    assert (ours.version, ours_bf16.version) == ("1", "1+bf16")
    assert Inception2015.version == "1"


def test_it_is_sound(ours, ours_bf16):
    seen = pictures(2, 48, 48)
    assert sound(ours.look, seen)
    assert sound(ours_bf16.look, seen)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((8, 8, 3), np.float32), "its numbers are float32"),
        (np.zeros((8, 8), np.uint8), r"its shape is \(8, 8\)"),
        (np.zeros((8, 8, 4), np.uint8), r"its shape is \(8, 8, 4\)"),
        (np.zeros((0, 8, 3), np.uint8), "0 x 8 pixels"),
        ([[1]], "it is a list"),
    ],
)
def test_bad_images_are_refused(ours, image, words):
    with pytest.raises(DataError, match=words):
        ours.features([np.zeros((8, 8, 3), np.uint8), image])


def test_an_unknown_way_of_resizing_is_refused(ours, images):
    with pytest.raises(UsageError, match="known: tf1, torch, antialias, clean"):
        ours.features(images, "lanczos")


def test_an_unknown_precision_is_refused(state):
    with pytest.raises(UsageError, match="known: fp32, bf16"):
        Inception2015.from_state_dict(state, precision="fp16")


def test_the_digest_is_of_the_weights(ours, ours_bf16, state):
    assert ours.weights_digest == ours_bf16.weights_digest
    turned = Inception2015.from_state_dict(dict(reversed(state.items())))
    assert turned.weights_digest == ours.weights_digest
    other = Inception2015.from_state_dict(state | {"fc.weight": state["fc.weight"] + 1})
    assert other.weights_digest != ours.weights_digest


def test_the_application_keeps_its_choices(ours, images):
    gradients, threads = torch.is_grad_enabled(), torch.get_num_threads()
    ours.features(images[:1])
    assert (torch.is_grad_enabled(), torch.get_num_threads()) == (gradients, threads)
