"""The layers and heads of LPIPS, held against torchmetrics with the same random backbones."""

import socket
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from cfbench.errors import DataError, EnvironmentLackError
from cfbench.metrics.functional import perceptual_distance
from cfbench.models import ModelContext

torch = pytest.importorskip("torch")
torchvision = pytest.importorskip("torchvision")
pytest.importorskip("torchmetrics")

from cfbench_detectors.lpips import LpipsAlex, LpipsVgg  # noqa: E402

CHANNELS = {"alexnet": (64, 192, 384, 256, 256), "vgg16": (64, 128, 256, 512, 512)}


def context(**options):
    return ModelContext(
        **{"task": "edit", "dataset": "d@1", "seed": 0, "device": "cpu", "threads": 1} | options
    )


def random_features(name):
    """A network's convolutions with random weights that keep signals alive, and no classifier."""
    with torch.device("meta"):
        features = getattr(torchvision.models, name)(weights=None).features
    features = features.to_empty(device="cpu")
    draw = torch.Generator().manual_seed(7)
    for weight in features.parameters():
        fan_in = weight[0].numel() if weight.ndim > 1 else 100
        weight.data.copy_(torch.randn(weight.shape, generator=draw) * (2 / fan_in) ** 0.5)
    return features


@pytest.fixture(scope="session")
def torch_home(tmp_path_factory):
    """Where torch would have downloaded both networks to."""
    home = tmp_path_factory.mktemp("torch")
    (home / "hub" / "checkpoints").mkdir(parents=True)
    for cls in (LpipsAlex, LpipsVgg):
        state = {
            f"features.{key}": value for key, value in random_features(cls.backbone.name).state_dict().items()
        }
        state["classifier.6.weight"] = torch.ones(3)
        torch.save(state, home / "hub" / "checkpoints" / cls.backbone.file)
    return home


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def ready(torch_home, monkeypatch, no_network):
    monkeypatch.setenv("TORCH_HOME", str(torch_home))

    def make(cls, **options):
        file = torch_home / "hub" / "checkpoints" / cls.backbone.file
        known = replace(cls.backbone, sha256_prefix=sha256(file.read_bytes()).hexdigest()[:8])
        detector = type(cls.__name__, (cls,), {"backbone": known})()
        detector.setup(context(**options))
        return detector

    return make


@pytest.fixture
def images():
    draw = np.random.default_rng(3)
    return list(draw.integers(0, 256, (3, 64, 48, 3), dtype=np.uint8))


@pytest.mark.parametrize("cls", [LpipsAlex, LpipsVgg])
def test_equal_to_torchmetrics(cls, ready, images, torch_home):
    from torchmetrics.functional.image.lpips import _LPIPS

    detector = ready(cls, offline=True)
    theirs = _LPIPS(pretrained=True, net=detector.backbone.head[:-4], pnet_rand=True, eval_mode=True)
    state = torch.load(torch_home / "hub" / "checkpoints" / cls.backbone.file, weights_only=True)
    for part in (
        theirs.net.slice1,
        theirs.net.slice2,
        theirs.net.slice3,
        theirs.net.slice4,
        theirs.net.slice5,
    ):
        part.load_state_dict({key: state[f"features.{key}"] for key in part.state_dict()})
    others = [np.roll(image, 5, axis=1) for image in images]
    first, second = (
        torch.from_numpy(np.stack(some).transpose(0, 3, 1, 2)).float() / 255 * 2 - 1
        for some in (images, others)
    )
    with torch.inference_mode():
        wanted = theirs(first, second).flatten().numpy()
    layers = detector.layers(images)
    assert [layer.shape[1] for layer in layers] == list(CHANNELS[cls.backbone.name])
    assert [layer.shape[:2] for layer in layers] == [(3, len(head)) for head in detector.head]
    ours = perceptual_distance(layers, detector.layers(others), detector.head, epsilon="torchmetrics")
    np.testing.assert_allclose(ours, wanted, rtol=1e-5)
    assert ours.min() > 1e-3


@pytest.mark.parametrize("cls", [LpipsAlex, LpipsVgg])
def test_the_backbone_is_torchvisions(cls):
    weights = {"alexnet": torchvision.models.AlexNet_Weights, "vgg16": torchvision.models.VGG16_Weights}
    url = weights[cls.backbone.name].IMAGENET1K_V1.url
    assert url == f"https://download.pytorch.org/models/{cls.backbone.file}"
    assert cls.backbone.sha256_prefix in url


@pytest.mark.parametrize("cls", [LpipsAlex, LpipsVgg])
def test_the_smallest_image_has_a_position_in_every_layer(cls, ready):
    detector, side = ready(cls), cls.backbone.smallest
    assert detector.layers([np.zeros((side, side, 3), np.uint8)])[-1].shape[2:] == (1, 1)
    with pytest.raises(DataError, match=f"and {side} a side are needed"):
        detector.layers([np.zeros((side, side - 1, 3), np.uint8)])


def test_what_is_given_at_once_changes_nothing(ready, monkeypatch):
    from cfbench_detectors.lpips import extractor

    detector = ready(LpipsAlex)
    images = list(np.random.default_rng(3).integers(0, 256, (9, 32, 32, 3), dtype=np.uint8))
    whole = detector.layers(images)
    monkeypatch.setattr(extractor, "BATCH_PIXELS", 2 * 32 * 32)
    for layer, cut in zip(whole, detector.layers(images), strict=True):
        np.testing.assert_allclose(layer, cut, atol=1e-5)
    alone = detector.layers(images[4:5])
    np.testing.assert_allclose(whole[-1][4], alone[-1][0], atol=1e-5)


def test_images_of_several_sizes_are_refused(ready):
    detector = ready(LpipsAlex)
    with pytest.raises(DataError, match="they have 2 sizes"):
        detector.layers([np.zeros((32, 32, 3), np.uint8), np.zeros((32, 40, 3), np.uint8)])
    with pytest.raises(DataError, match="there are none"):
        detector.layers([])
    with pytest.raises(DataError, match="scaled already"):
        detector.layers([np.zeros((32, 32, 3), np.float32)])


def test_its_weights_and_its_precision_are_told(ready, images):
    whole, half = ready(LpipsAlex), ready(LpipsAlex, precision="bf16")
    assert (whole.version, half.version) == ("0.1", "0.1+bf16")
    assert whole.weights_digest == half.weights_digest
    assert len(whole.weights_digest) == 64
    assert ready(LpipsVgg).weights_digest != whole.weights_digest
    first, second = (
        perceptual_distance(one.layers(images), one.layers([image[::-1] for image in images]), one.head)
        for one in (whole, half)
    )
    assert 0 < np.abs(first / second - 1).max() < 2e-2


@pytest.mark.parametrize("cls", [LpipsAlex, LpipsVgg])
def test_missing_weights_say_what_to_type(cls, tmp_path, monkeypatch, no_network):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(EnvironmentLackError) as error:
        cls().setup(context(offline=True))
    file = cls.backbone.file
    assert error.value.what == f"The weights {file} are not on this machine"
    assert error.value.fix == (
        f"Run: curl -L --fail --create-dirs -o '{tmp_path}/cache/weights/{file}' "
        f"https://download.pytorch.org/models/{file}"
    )


def test_weights_of_another_network_are_refused(ready, torch_home, monkeypatch):
    vgg = torch_home / "hub" / "checkpoints" / LpipsVgg.backbone.file
    backbone = replace(
        LpipsAlex.backbone, file=vgg.name, sha256_prefix=sha256(vgg.read_bytes()).hexdigest()[:8]
    )
    detector = type("Wrong", (LpipsAlex,), {"backbone": backbone})()
    monkeypatch.setenv("TORCH_HOME", str(torch_home))
    with pytest.raises(DataError, match="not the weights of alexnet"):
        detector.setup(context())


def test_another_head_is_refused():
    from cfbench_detectors.lpips.head import head_file

    with pytest.raises(EnvironmentLackError, match="its SHA-256 is df73"):
        head_file("alex.pth", "0" * 64)
    with pytest.raises(EnvironmentLackError, match="of no file"):
        head_file("nobody.pth", "0" * 64)
