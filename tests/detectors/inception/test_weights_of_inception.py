"""The published file, played by one of our own: what is loaded has its digest, or there is an error that mends."""

import hashlib
import io
import pickle
import socket

import pytest
from downloads import HTML
from inception_weights import pictures

torch = pytest.importorskip("torch")
from cfbench.errors import CfbenchError, DataError, EnvironmentLackError  # noqa: E402
from cfbench.models import ModelContext  # noqa: E402
from cfbench_detectors.inception import Inception2015, extractor  # noqa: E402
from cfbench_detectors.weights import weights_folder  # noqa: E402


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


@pytest.fixture(autouse=True)
def _empty_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def refuse(*args):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def file(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def put(data, monkeypatch, *, published=None):
    """Lay a file where one puts it by hand; ``published`` is what has the published digest, else this file has."""
    digest = hashlib.sha256(data if published is None else published).hexdigest()
    monkeypatch.setattr(extractor, "SHA256", digest)
    weights_folder().mkdir(parents=True, exist_ok=True)
    (weights_folder() / extractor.FILE).write_bytes(data)
    return digest


def set_up(precision="fp32"):
    detector = Inception2015()
    detector.setup(ModelContext("edit", "mock@1", 0, "cpu", 1, precision=precision, offline=True))
    return detector


def test_the_published_names_agree():
    assert extractor.SHA256.startswith(extractor.FILE.rpartition("-")[2].removesuffix(".pth"))
    module = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    assert extractor.URLS[0] == module.URL_INCEPTION_V3


def test_weights_on_disk_are_those_in_memory(file, ours, monkeypatch):
    digest = put(file, monkeypatch)
    found, images = set_up(), pictures(1, 32, 32)
    assert found.weights_digest == digest
    assert found.version == "1"
    assert (found.features(images).pooled == ours.features(images).pooled).all()
    (weights_folder() / extractor.FILE).unlink()
    rough = set_up("bf16")
    assert rough.weights_digest == digest, "the kept safetensors were not used"
    assert rough.version == "1+bf16"


def test_missing_says_what_to_type():
    with pytest.raises(EnvironmentLackError) as error:
        set_up()
    assert error.value.fix.startswith("Run: curl")
    assert str(weights_folder() / extractor.FILE) in error.value.fix
    assert extractor.URLS[0] in error.value.fix


@pytest.mark.parametrize("spoil", [lambda file: file[:-100], lambda file: file[:-1] + b"?", lambda _: HTML])
def test_another_file_is_refused(file, spoil, monkeypatch):
    put(spoil(file), monkeypatch, published=file)
    with pytest.raises(DataError, match="not what was published"):
        set_up()


def test_nothing_is_unpickled_even_behind_the_digest(monkeypatch):
    put(pickle.dumps({"fc.weight": Bomb()}), monkeypatch)
    with pytest.raises(CfbenchError, match="no plain tensors"):
        set_up()


def test_another_network_is_refused(monkeypatch):
    buffer = io.BytesIO()
    torch.save({"conv1.weight": torch.zeros(2, 2)}, buffer)
    put(buffer.getvalue(), monkeypatch)
    with pytest.raises(DataError, match="not the weights of Inception"):
        set_up()
