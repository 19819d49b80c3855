"""A disk that is really full: a tiny file system of its own, where the machine lets us mount one."""

import random
import subprocess
import sys
import zipfile

import pytest

from cfbench.errors import EnvironmentLackError
from cfbench.files import LockFile, canonical_json, fetch, read_json, unpack, write_bytes, writing_folder

BODY = b"PK\x03\x04" + random.Random(1).randbytes(100_000)


@pytest.fixture
def tiny(tmp_path):
    """A folder on a file system of 64 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux's tmpfs")
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_write_fails_and_what_is_there_stays(tiny):
    write_bytes(tiny / "kept.json", canonical_json({"a": 1}))
    for path in [tiny / "new", tiny / "kept.json"]:
        with pytest.raises(
            EnvironmentLackError, match=r"the disk is full\. Free space and run the same command again"
        ):
            write_bytes(path, bytes(100_000))
    assert read_json(tiny / "kept.json") == {"a": 1}
    assert names(tiny) == ["kept.json"]


def test_a_folder_fails_whole(tiny):
    with (
        pytest.raises(EnvironmentLackError, match="the disk is full"),
        writing_folder(tiny / "out") as folder,
    ):
        for index in range(100):
            (folder / str(index)).write_bytes(bytes(5000))
    assert names(tiny) == []


def test_unpacking_fails_whole(tiny, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", bytes(20_000))
        archive.writestr("b", bytes(100_000))
    with pytest.raises(EnvironmentLackError, match="the disk is full"):
        unpack(tmp_path / "a.zip", tiny / "out", max_total_bytes=10**6, max_files=9)
    assert names(tiny) == []


def test_a_download_continues_after_space_is_freed(server, tiny, tmp_path):
    write_bytes(tiny / "ballast", bytes(30_000))
    server.then(BODY[:50_000], etag='"v1"')
    options = {"sha256": None, "lock": LockFile(tmp_path / "lock.json"), "max_bytes": 10**6}
    with pytest.raises(EnvironmentLackError, match=r"the disk is full\. Free space"):
        fetch(server.url, tiny / "data", **options)
    (tiny / "ballast").unlink()
    assert fetch(server.url, tiny / "data", **options).path.read_bytes() == BODY[:50_000]
    assert int(server.requests[1]["range"].removeprefix("bytes=").removesuffix("-")) > 10_000
    assert names(tiny) == ["data"]
