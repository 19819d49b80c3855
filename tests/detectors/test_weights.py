"""Published weights: every way in which they come, and in which what comes is something else."""

import hashlib
import io
import socket

import pytest
from downloads import HTML
from misbehaving import serving

from cfbench.errors import DataError, EnvironmentLackError, UsageError

torch = pytest.importorskip("torch")
from cfbench_detectors import weights as module  # noqa: E402
from cfbench_detectors.weights import find_weights, tensors_of, weights_folder  # noqa: E402

NAME = "net-12345678.pth"
TENSORS = {"features.0.weight": torch.arange(6.0).reshape(2, 3), "classifier.0.bias": torch.ones(4)}


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


FILE = saved(TENSORS)
DIGEST = hashlib.sha256(FILE).hexdigest()


@pytest.fixture(autouse=True)
def _empty_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def address(tmp_path):
    """A file address that gives the published file."""
    path = tmp_path / "published.pth"
    path.write_bytes(FILE)
    return path.as_uri()


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def kept():
    folder = weights_folder()
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_downloaded_once_and_kept_as_safetensors(address, tmp_path):
    found = find_weights(NAME, [address], DIGEST[:8])
    assert found.digest == DIGEST
    assert {key: value.tolist() for key, value in found.tensors().items()} == {
        key: value.tolist() for key, value in TENSORS.items()
    }
    assert kept() == ["net-12345678.safetensors", "net-12345678.safetensors.lock.json"]
    (tmp_path / "published.pth").unlink()
    assert find_weights(NAME, [address], DIGEST[:8], offline=True) == found


def test_a_part_is_kept_by_itself(address):
    part = find_weights(NAME, [address], DIGEST, part="features.")
    assert list(part.tensors()) == ["features.0.weight"]
    assert part.path.name == "net-12345678.features.safetensors"
    assert part.digest == DIGEST
    assert len(find_weights(NAME, [address], DIGEST).tensors()) == 2


def test_the_file_of_before_torch_1_6_is_read_too(tmp_path):
    old = saved(TENSORS, _use_new_zipfile_serialization=False)
    (tmp_path / "old.pth").write_bytes(old)
    address = (tmp_path / "old.pth").as_uri()
    assert len(find_weights(NAME, [address], hashlib.sha256(old).hexdigest()[:8]).tensors()) == 2


def test_torchs_own_download_is_used_and_left(tmp_path, no_network):
    path = tmp_path / "torch" / "hub" / "checkpoints" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(FILE)
    assert find_weights(NAME, ["https://x.invalid/net.pth"], DIGEST[:8], offline=True).digest == DIGEST
    assert path.read_bytes() == FILE


def test_a_wrong_download_of_torchs_is_said_and_not_used(tmp_path, address):
    path = tmp_path / "torch" / "hub" / "checkpoints" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(FILE[:-1])
    heard = []
    reporter = type("Ears", (type(module.silent),), {"warn": lambda self, text: heard.append(text)})()
    assert find_weights(NAME, [address], DIGEST[:8], reporter=reporter).digest == DIGEST
    assert "not what was published" in heard[0]


def test_a_file_put_there_by_hand_is_used_and_left(no_network):
    weights_folder().mkdir(parents=True)
    (weights_folder() / NAME).write_bytes(FILE)
    assert find_weights(NAME, ["https://x.invalid/net.pth"], DIGEST[:8], offline=True).digest == DIGEST
    assert (weights_folder() / NAME).read_bytes() == FILE


def test_a_wrong_file_put_there_by_hand_is_an_error():
    weights_folder().mkdir(parents=True)
    path = weights_folder() / NAME
    path.write_bytes(HTML)
    with pytest.raises(DataError, match=f"is published.*rm '{path}'"):
        find_weights(NAME, [], DIGEST[:8])


def test_offline_says_what_to_type(no_network):
    with pytest.raises(EnvironmentLackError) as error:
        find_weights(NAME, ["https://x.invalid/net.pth"], DIGEST[:8], offline=True)
    assert error.value.why == "--offline forbids the network"
    path = weights_folder() / NAME
    assert error.value.fix == f"Run: curl -L --fail --create-dirs -o '{path}' https://x.invalid/net.pth"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (HTML, "an HTML page titled 'Quota exceeded'"),
        (FILE[:-100], "its SHA-256 is"),
        (saved({"features.0.weight": torch.zeros(2)}), "its SHA-256 is"),
        (b"version https://git-lfs", "a Git LFS pointer"),
        (b"", "an empty file"),
    ],
)
def test_what_is_not_the_file_leaves_nothing(body, why, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as server:
        server.then(body)
        with pytest.raises(DataError, match=why):
            find_weights(NAME, [server.url], DIGEST[:8])
        assert kept() == []
        server.answers.clear()
        server.then(FILE)
        assert find_weights(NAME, [server.url], DIGEST[:8]).digest == DIGEST


def test_the_next_address_is_tried(address, tmp_path):
    (tmp_path / "page.pth").write_bytes(HTML)
    wrong = (tmp_path / "page.pth").as_uri()
    assert find_weights(NAME, [wrong, address], DIGEST[:8]).digest == DIGEST


def test_a_conversion_that_was_changed_is_made_again(address):
    found = find_weights(NAME, [address], DIGEST[:8])
    content = found.path.read_bytes()
    found.path.write_bytes(content[:-1] + b"\x01")
    assert find_weights(NAME, [address], DIGEST[:8]).path.read_bytes() == content


def test_a_conversion_of_another_file_does_not_pass_for_it(address, tmp_path):
    find_weights(NAME, [address], DIGEST[:8])
    other = saved({"features.0.weight": torch.zeros(1)})
    (tmp_path / "other.pth").write_bytes(other)
    digest = hashlib.sha256(other).hexdigest()
    assert find_weights(NAME, [(tmp_path / "other.pth").as_uri()], digest[:8]).digest == digest


class Hostile:
    def __reduce__(self):
        return (exec, ("raise SystemExit('it ran')",))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Hostile(), "UnpicklingError"),
        ({"a": torch.zeros(1), "b": Hostile()}, "UnpicklingError"),
        ({"a": torch.zeros(1), "b": "text"}, "'b' is no tensor"),
        ([torch.zeros(1)], "no dictionary of tensors"),
        ({}, "no dictionary of tensors"),
    ],
)
def test_what_is_more_than_tensors_is_not_read(value, why, tmp_path):
    path = tmp_path / "x.pth"
    path.write_bytes(saved(value))
    with pytest.raises(DataError, match=why):
        tensors_of(path)


def test_a_state_dict_within_a_checkpoint_is_found(tmp_path):
    path = tmp_path / "x.pth"
    path.write_bytes(saved({"state_dict": TENSORS, "epoch": 3}))
    assert sorted(tensors_of(path)) == sorted(TENSORS)


def test_a_part_that_is_not_there(address):
    with pytest.raises(DataError, match=r"it has no 'encoder\.' tensors"):
        find_weights(NAME, [address], DIGEST, part="encoder.")


@pytest.mark.parametrize("prefix", ["", "abc", "XYZ12345", DIGEST + "0"])
def test_a_digest_that_is_none(prefix, address):
    with pytest.raises(UsageError, match="no start of a SHA-256 digest"):
        find_weights(NAME, [address], prefix)
