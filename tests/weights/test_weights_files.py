"""Weights on disk: found, listed, checked, installed and copied out."""

import json
import struct
from pathlib import Path

import pytest
from misbehaving import serving
from weights_files import LICENCE, tensors, write_weights

from cfbench.cli import main
from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.weights import checkout_folder, every_file, find, read_card, weights_folder
from cfbench.weights.finding import checked_card, find_file
from cfbench.weights.header import read_header
from cfbench.weights.installing import download, export, install

OTHER = tensors((4.0, 5.0))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "cache"))


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["models", *arguments])
    return ended.value.code, *capsys.readouterr()


def test_installed_weights_are_found_and_listed(tmp_path, capsys):
    path = write_weights(tmp_path / "from")
    done = install(str(path))
    assert (done.was_there, done.path) == (False, weights_folder() / path.name)
    assert done.path.read_bytes() == path.read_bytes()
    assert install(str(path)).was_there
    assert find("painter") == find("painter", "mock") == find_file("painter", "mock") == done.path
    code, out, err = call(capsys, "list", "--json")
    (row,) = (row for row in json.loads(out) if row["name"] == "painter")
    assert code == 0
    assert (row["dataset"], row["where"], row["licence"], row["fault"]) == (
        "mock@1",
        "installed",
        LICENCE,
        None,
    )
    code, out, err = call(capsys, "list")
    assert row["sha256"][:8] in next(line for line in out.splitlines() if line.startswith("painter"))
    assert str(weights_folder()) in err


def test_other_weights_are_replaced_only_when_that_is_said(tmp_path):
    install(str(write_weights(tmp_path / "from")))
    other = write_weights(tmp_path / "again", data=OTHER)
    with pytest.raises(UsageError, match="Add --replace"):
        install(str(other))
    assert find("painter").read_bytes() == tensors()
    assert find(install(str(other), replace=True).card.name).read_bytes() == OTHER
    assert checked_card(find("painter")).sha256 == read_card(other).sha256


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin as one"),
        (b"PK\x03\x04" + bytes(60), "does not begin as one"),
        (b"\x80\x02}q\x00.", "does not begin as one"),
        (tensors()[:-1], "cut short: 11 bytes of tensors where its head names 12"),
        (tensors()[:20], "cut short"),
        (tensors() + b"more", "4 bytes follow"),
        (tensors(shape=[4]), "12 bytes, which is not F32 of shape"),
        (tensors(shape=[-3]), "no count"),
        (tensors(dtype="OBJECT"), "no known type"),
        (tensors(data_offsets=[4, 16]), "overlap or leave gaps"),
        (struct.pack("<Q", 2) + b"{}", "no tensor"),
        (struct.pack("<Q", 2) + b"[]", "does not begin as one"),
        (struct.pack("<Q", 2**62) + b"{}", "does not begin as one"),
    ],
)
def test_what_is_no_whole_safetensors_file_is_refused(tmp_path, data, words):
    path = write_weights(tmp_path, data=data)
    with pytest.raises(DataError, match=words) as error:
        install(str(path))
    assert "\n" not in str(error.value)
    assert not weights_folder().exists()


def test_the_head_of_what_safetensors_writes_is_read(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    np = pytest.importorskip("numpy")
    path = tmp_path / "a.safetensors"
    kept = {
        "b": np.ones((2, 3), np.float16),
        "a": np.zeros((), np.int64),
        "none": np.zeros((0, 4), np.float32),
    }
    numpy.save_file(kept, path, metadata={"source_sha256": "1" * 64})
    head = read_header(path)
    assert head["b"]["shape"] == [2, 3]
    assert head["__metadata__"] == {"source_sha256": "1" * 64}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sha256": "1" * 64}, "its card names 1111"),
        ({"sha256": "none"}, "no card of weights: sha256"),
        ({"dataset": "mock"}, "no card of weights: dataset"),
        ({"licence": ""}, "no card of weights: licence"),
        ({"name": "../up"}, "no card of weights: name"),
        ({"name": "other"}, "Rename it and its card: other-mock.safetensors"),
        ({"dataset": "codraw@1"}, "painter-mock.safetensors would not be found"),
    ],
)
def test_a_card_that_is_none_or_of_another_file_is_refused(tmp_path, changes, words):
    path = write_weights(tmp_path)
    card = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(card | changes))
    with pytest.raises((DataError, UsageError), match=words):
        install(str(path))
    assert list(weights_folder().glob("*")) == []


def test_what_cannot_be_installed_says_why(tmp_path, capsys):
    path = write_weights(tmp_path)
    for source, words in (
        (tmp_path / "gone.safetensors", "there is no such file"),
        (path.with_suffix(".json"), "Give the file that ends in .safetensors"),
        (tmp_path, "does not end in .safetensors"),
        ("http://example.org/a.safetensors", "Give an https address"),
        ("https://example.org/a.pth", "does not end in .safetensors"),
    ):
        code, _, err = call(capsys, "install", str(source))
        assert code == 2
        assert words in err
        assert len(err.splitlines()) == 1
    code, _, err = call(capsys, "install", str(path), "--sha256", "2" * 64)
    assert (code, "not the weights that are looked for" in err) == (2, True)
    path.with_suffix(".json").unlink()
    code, _, err = call(capsys, "install", str(path))
    assert (code, "has no card" in err) == (2, True)


def test_damaged_weights_are_noticed_by_the_card_command(tmp_path, capsys):
    done = install(str(write_weights(tmp_path / "from", what="a painter\x1b[31m")))
    code, out, _ = call(capsys, "card", "painter")
    assert code == 0
    assert "a painter\N{REPLACEMENT CHARACTER}[31m" in out
    assert "seed: 7" in out
    _, out, _ = call(capsys, "card", "painter", "--dataset", "mock", "--json")
    assert json.loads(out)["card"]["licence"] == LICENCE
    done.path.write_bytes(OTHER)
    code, _, err = call(capsys, "card", "painter")
    assert (code, "is damaged" in err) == (2, True)
    done.path.write_bytes(OTHER[:-2])
    assert "cut short" in call(capsys, "card", "painter")[2]
    (row,) = (file for file in every_file() if file.path == done.path)
    assert "cut short" in row.fault
    assert "unusable" in call(capsys, "list")[2]


def test_weights_for_another_data_set_are_not_taken(tmp_path):
    install(str(write_weights(tmp_path)))
    with pytest.raises(EnvironmentLackError, match="cfbench train painter --dataset codraw"):
        find("painter", "codraw")
    with pytest.raises(DataError, match="another data set than codraw"):
        checked_card(find("painter"), "codraw")
    install(str(write_weights(tmp_path, dataset="codraw")))
    with pytest.raises(UsageError, match="for codraw, mock: one must be named"):
        find("painter")


def test_parts_of_one_training_are_told_apart(tmp_path):
    install(str(write_weights(tmp_path, part="train-50")))
    assert find_file("painter", "mock", "train-50").name == "painter-mock-train-50.safetensors"
    with pytest.raises(EnvironmentLackError):
        find_file("painter", "mock")


def test_a_copy_has_all_that_another_machine_needs(tmp_path, monkeypatch, capsys):
    install(str(write_weights(tmp_path / "from")))
    code, out, _ = call(capsys, "export", "painter", "--to", str(tmp_path / "copy"))
    assert code == 0
    assert [Path(line).name for line in out.splitlines()] == [
        "painter-mock.safetensors", "painter-mock.json", "LICENCE.txt",
    ]  # fmt: skip
    install(str(write_weights(tmp_path / "from", name="other")))
    export("painter", tmp_path / "copy")
    export("other", tmp_path / "copy", "mock")
    lines = (tmp_path / "copy" / "LICENCE.txt").read_text().splitlines()
    assert sorted(lines) == [f"other-mock.safetensors: {LICENCE}", f"painter-mock.safetensors: {LICENCE}"]
    (tmp_path / "copy" / "painter-mock.safetensors").write_bytes(OTHER)
    with pytest.raises(UsageError, match="is there with other content"):
        export("painter", tmp_path / "copy")
    monkeypatch.setenv("CFBENCH_CACHE", str(tmp_path / "elsewhere"))
    assert not install(str(tmp_path / "copy" / "other-mock.safetensors")).was_there


def with_networks(folder, *, editor=None, data=OTHER):
    path = write_weights(folder)
    write_weights(folder, part="networks", data=data, editor=editor or read_card(path).sha256)
    return path


def test_networks_go_with_their_editor(tmp_path, capsys):
    path = with_networks(tmp_path / "from")
    code, out, _ = call(capsys, "install", str(path))
    assert code == 0
    assert (
        "painter-mock.safetensors, with painter-mock-networks.safetensors for further training"
        in out.splitlines()[0]
    )
    assert find_file("painter", "mock").read_bytes() == tensors()
    assert find_file("painter", "mock", "networks").read_bytes() == OTHER
    assert install(str(path)).was_there
    copied = export("painter", tmp_path / "to", "mock")
    names = [f"painter-mock{part}.{end}" for part in ("", "-networks") for end in ("safetensors", "json")]
    assert [each.name for each in copied] == [*names, "LICENCE.txt"]
    assert export("painter", tmp_path / "to", "mock") == copied
    licences = [f"painter-mock{part}.safetensors: {LICENCE}" for part in ("", "-networks")]
    assert (tmp_path / "to" / "LICENCE.txt").read_text().splitlines() == licences


def test_an_editor_without_networks_is_installed_alone(tmp_path):
    assert install(str(write_weights(tmp_path / "from"))).networks is None


def test_networks_that_cannot_be_put_in_place_keep_their_editor_out(tmp_path):
    with pytest.raises(DataError, match=r"does not belong to painter-mock\.safetensors"):
        install(str(with_networks(tmp_path / "foreign", editor="0" * 64)))
    cut = with_networks(tmp_path / "cut")
    (tmp_path / "cut" / "painter-mock-networks.safetensors").write_bytes(tensors((6.0, 7.0)))
    with pytest.raises(DataError, match="not what its card speaks of"):
        install(str(cut))
    assert not list(weights_folder().glob("painter*"))
    install(str(with_networks(tmp_path / "first")))
    second = with_networks(tmp_path / "second", data=tensors((8.0, 9.0)))
    with pytest.raises(
        UsageError, match=r"Other weights named painter-mock-networks\.safetensors are installed"
    ):
        install(str(second))
    assert install(str(second), replace=True).networks.read_bytes() == tensors((8.0, 9.0))


def test_weights_of_the_package_and_of_a_checkout(tmp_path):
    here = {file.path.name: file for file in every_file()}
    assert here["iclevr-mini-inception.safetensors"].where == "in cfbench_detectors"
    assert find("blocks-inception") == here["iclevr-mini-inception.safetensors"].path
    assert checked_card(find("geneva", "iclevr-mini"), "iclevr-mini").noted("seed") == 0
    folder = checkout_folder()
    assert folder is None or folder.name == "weights-nc"
    assert all(file.fault == "" for file in here.values())


def test_nothing_of_that_name(capsys):
    assert "did you mean geneva" in call(capsys, "card", "genva")[2]
    code, _, err = call(capsys, "card", "nearest-train")
    assert (code, "it needs none" in err) == (4, True)


class Published:
    """A server that gives a card, then weights."""

    def __init__(self, script, path):
        self.script, self.path = script, path
        self.url = script.url.rsplit("/", 1)[0] + f"/{path.name}"

    def give(self, data=None):
        self.script.answers.clear()
        self.script.then(self.path.with_suffix(".json").read_bytes())
        self.script.then(self.path.read_bytes() if data is None else data)

    def get(self, **options):
        return download(self.url, **({"sha256": None, "replace": False, "offline": False} | options))


@pytest.fixture
def published(tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving() as script:
        yield Published(script, write_weights(tmp_path / "published"))


def test_an_address_gives_the_card_and_then_what_it_names(published):
    published.give()
    done = published.get(sha256=read_card(published.path).sha256)
    assert done.path.read_bytes() == published.path.read_bytes()
    assert list((weights_folder() / "downloads").iterdir()) == []
    published.give()
    assert published.get().was_there


def test_an_address_that_gives_other_weights_than_its_card_names(published):
    published.give(OTHER)
    with pytest.raises(DataError, match="SHA-256"):
        published.get()
    assert list(weights_folder().glob("*.safetensors")) == []
    published.give()
    with pytest.raises(DataError, match="--sha256 says"):
        published.get(sha256="3" * 64)
    with pytest.raises(EnvironmentLackError, match="--offline"):
        published.get(offline=True)
