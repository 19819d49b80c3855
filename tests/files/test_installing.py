"""``cfbench data get`` and ``verify``: official files from a server, or got by hand."""

from __future__ import annotations

import io
import zipfile

import pytest

from cfbench.cache import ContentCache
from cfbench.datasets import Source, installing
from cfbench.datasets.base import DataContext
from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.mock import MockDataset

TEXT = b'{"dialogues": []}'


class Told:
    """A reporter that remembers."""

    def __init__(self):
        self.lines, self.warnings = [], []

    def line(self, text):
        self.lines.append(text)

    def warn(self, text):
        self.warnings.append(text)

    def track(self, label, total):
        from contextlib import nullcontext

        return nullcontext(lambda steps: None)


def packed(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def official(monkeypatch, server):
    """A data set of two sources on the local server."""

    class Official(MockDataset):
        name = "official"
        manual = "Ask its authors"
        sources = (
            Source(f"{server.url}/words.json", "official/words.json", None, 1000, (b"{",)),
            Source(f"{server.url}/art.zip", "official/art", None, 100_000, (b"PK\x03\x04",), unpack=True),
        )

        @classmethod
        def missing(cls, root):
            wanted = ("official/words.json", "official/art/sun.png")
            return [name for name in wanted if not (root / name).is_file()]

    monkeypatch.setattr(installing, "dataset_class", lambda name: Official)
    return Official


def test_get_installs_and_verify_holds_it(official, server, told, tmp_path):
    server.then(TEXT).then(packed(**{"sun.png": b"sun"}))
    assert installing.get("official", tmp_path, told) == tmp_path
    assert (tmp_path / "official/art/sun.png").read_bytes() == b"sun"
    assert "installed" in told.lines[-1]
    context = DataContext(tmp_path, ContentCache(tmp_path / "cache"))
    states = {check.what: check.state for check in installing.verify("official", context)}
    assert states["words.json"] == states["art.zip"] == "ok"
    (tmp_path / "official/words.json").write_bytes(TEXT + b" ")
    states = {check.what: check.state for check in installing.verify("official", context)}
    assert states["words.json"] == "wrong"


def test_what_is_there_is_not_fetched_again(official, server, told, tmp_path):
    server.then(TEXT).then(packed(**{"sun.png": b"sun"}))
    installing.get("official", tmp_path, told)
    asked = len(server.requests)
    installing.get("official", tmp_path, told)
    assert len(server.requests) == asked
    (tmp_path / "official/art/sun.png").unlink()
    installing.get("official", tmp_path, told, offline=True)
    assert (tmp_path / "official/art/sun.png").read_bytes() == b"sun"
    (tmp_path / "official/words.json").unlink()
    with pytest.raises(EnvironmentLackError, match=r"still missing .*words\.json"):
        installing.get("official", tmp_path, told, offline=True)
    assert len(server.requests) == asked


def test_a_hostile_archive_leaves_nothing(official, server, told, tmp_path):
    server.then(TEXT).then(packed(**{"../sun.png": b"sun"}))
    with pytest.raises(EnvironmentLackError, match=r"still missing .*Ask its authors"):
        installing.get("official", tmp_path, told)
    assert any("sun.png" in warning for warning in told.warnings)
    assert not (tmp_path / "official/art").exists()
    assert not (tmp_path / "sun.png").exists()
    assert (tmp_path / "official/words.json").read_bytes() == TEXT


def test_a_page_instead_of_the_file_is_told(official, server, told, tmp_path):
    server.then(b"<!DOCTYPE html><html>gone</html>")
    with pytest.raises(EnvironmentLackError):
        installing.get("official", tmp_path, told)
    assert any("HTML" in warning or "web page" in warning for warning in told.warnings)
    assert not (tmp_path / "official/words.json").exists()


def test_a_changed_file_is_refused_after_the_first_download(official, server, told, tmp_path):
    server.then(TEXT).then(packed(**{"sun.png": b"sun"})).then(b'{"other": 1}')
    installing.get("official", tmp_path, told)
    (tmp_path / "official/words.json").unlink()
    with pytest.raises(EnvironmentLackError):
        installing.get("official", tmp_path, told)
    assert any("SHA-256" in warning for warning in told.warnings), told.warnings


def test_files_got_by_hand(official, server, told, tmp_path):
    words, art = tmp_path / "words.json", tmp_path / "art.zip"
    words.write_bytes(TEXT)
    art.write_bytes(packed(**{"sun.png": b"sun"}))
    root = tmp_path / "root"
    installing.get("official", root, told, offline=True, files=[words, art])
    assert (root / "official/art/sun.png").read_bytes() == b"sun"
    assert server.requests == []
    context = DataContext(root, ContentCache(tmp_path / "cache"))
    assert {c.state for c in installing.verify("official", context) if c.what == "art.zip"} == {"ok"}
    with pytest.raises(UsageError, match=r"not a file of official.*words\.json"):
        installing.get("official", tmp_path / "other", told, files=[tmp_path / "wrong.zip"])


def test_files_of_one_name_are_told_apart_by_their_folders(monkeypatch, official, told, tmp_path):
    sources = tuple(
        Source(f"https://example.org/{part}/words.json", f"official/{part}.json", None, 1000, (b"{",))
        for part in ("old/a", "new/a", "new/b")
    )
    monkeypatch.setattr(official, "sources", sources)
    files = []
    for part in ("old/a", "new/a", "new/b"):
        file = tmp_path / "got" / part / "words.json"
        file.parent.mkdir(parents=True)
        file.write_text(f'{{"part": "{part}"}}')
        files.append(file)
    root = tmp_path / "root"
    with pytest.raises(EnvironmentLackError):
        installing.get("official", root, told, offline=True, files=files)
    for part in ("old/a", "new/a", "new/b"):
        assert (root / f"official/{part}.json").read_text() == f'{{"part": "{part}"}}'
    stray = tmp_path / "words.json"
    with pytest.raises(
        UsageError, match=r"its files are: old/a/words\.json, new/a/words\.json, b/words\.json"
    ):
        installing.get("official", tmp_path / "other", told, offline=True, files=[stray])


def test_an_embedded_data_set_needs_nothing(told, tmp_path):
    assert installing.get("mock", tmp_path, told) is None
    assert told.lines == ["mock is embedded."]
