import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from cfbench.errors import EnvironmentLackError, UsageError
from cfbench.files import atomic
from cfbench.files.atomic import sweep, write_bytes, write_text, writing, writing_folder


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_written_with_its_folders_and_ordinary_permissions(tmp_path):
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "one\r\ntwø\n")
    assert path.read_bytes() == "one\r\ntwø\n".encode()
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert names(path.parent) == ["c.txt"]


def test_until_the_block_ends_the_old_content_stands(tmp_path):
    path = tmp_path / "x"
    write_bytes(path, b"old")
    with writing(path) as handle:
        handle.write(b"new")
        handle.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failing_block_changes_nothing_and_leaves_nothing(tmp_path, failure):
    path = tmp_path / "x"
    write_bytes(path, b"old")
    with pytest.raises(failure), writing(path) as handle:
        handle.write(b"half")
        raise failure
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "the disk is full. Free space and run the same command again"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission is denied"),
        (errno.EIO, "the disk reports a failure"),
        (errno.EXDEV, os.strerror(errno.EXDEV)),
    ],
)
def test_a_failing_disk_is_explained(tmp_path, monkeypatch, code, said):
    def fail(descriptor):
        raise OSError(code, os.strerror(code))

    path = tmp_path / "x"
    write_bytes(path, b"old")
    monkeypatch.setattr(atomic, "sync_folder", lambda folder: fail(0))
    with pytest.raises(EnvironmentLackError, match=said) as raised:
        write_bytes(path, b"new")
    assert str(path) in raised.value.what
    assert names(tmp_path) == ["x"]


def test_a_disk_that_fills_while_writing_is_explained(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentLackError, match="disk is full"):
        write_bytes(tmp_path / "x", b"new")
    assert names(tmp_path) == []


def test_an_error_about_another_file_passes_unchanged(tmp_path):
    with pytest.raises(FileNotFoundError), writing(tmp_path / "x"):
        (tmp_path / "missing").open()
    assert names(tmp_path) == []


def test_paths_that_cannot_be_files_are_refused_before_work_is_done(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for path, said in [
        (tmp_path / "file" / "x", "is a file, not a folder"),
        (tmp_path / "folder", "a folder is in its place"),
        (tmp_path / ("n" * 300), "too long"),
    ]:
        with pytest.raises(EnvironmentLackError, match=said), writing(path):
            pytest.fail("the block was entered")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="permissions do not bind this user")
def test_a_folder_without_permission_is_explained(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(EnvironmentLackError, match="permission is denied"):
        write_bytes(tmp_path / "x", b"")


def test_a_link_is_replaced_not_followed(tmp_path):
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_bytes() == b"kept"
    assert not (tmp_path / "link").is_symlink()


def test_a_folder_appears_whole(tmp_path):
    with writing_folder(tmp_path / "deep" / "out") as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "a").write_bytes(b"1")
        assert not (tmp_path / "deep" / "out").exists()
    assert (tmp_path / "deep" / "out" / "sub" / "a").read_bytes() == b"1"
    assert names(tmp_path / "deep") == ["out"]


def test_a_failing_folder_block_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="stop"), writing_folder(tmp_path / "out") as folder:
        (folder / "a").write_bytes(b"1")
        raise ValueError("stop")
    assert names(tmp_path) == []


def test_a_folder_with_content_is_never_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_bytes(b"1")
    with pytest.raises(UsageError, match="not empty"), writing_folder(tmp_path / "out"):
        pytest.fail("the block was entered")
    with pytest.raises(UsageError, match="not empty"), writing_folder(tmp_path / "late") as folder:
        (folder / "a").write_bytes(b"2")
        write_bytes(tmp_path / "late" / "theirs", b"3")  # another process was faster
    assert names(tmp_path) == ["late", "out"]
    assert names(tmp_path / "late") == ["theirs"]


KILLED = """
import sys, time
from pathlib import Path
from cfbench.files.atomic import writing, writing_folder
with writing(Path(sys.argv[1]) / "x") as handle, writing_folder(Path(sys.argv[1]) / "y") as folder:
    handle.write(b"half"); handle.flush(); (folder / "a").write_bytes(b"half")
    sys.stdout.write("ready"); sys.stdout.flush()
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_what_a_killed_writer_leaves_is_swept(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.read(5) == b"ready"
        assert sweep(tmp_path) == 0, "a living writer keeps its files"
        child.send_signal(signal.SIGKILL)
    assert (tmp_path / "x").read_bytes() == b"old"
    assert len(names(tmp_path)) == 3
    assert sweep(tmp_path) == 2
    assert names(tmp_path) == ["x"]


def test_leftovers_of_other_hosts_go_after_a_day_and_strange_names_stay(tmp_path):
    foreign = tmp_path / ".cfbench-tmp.00000000.1.abc"
    foreign.write_bytes(b"")
    assert sweep(tmp_path) == 0
    yesterday = time.time() - 90_000
    os.utime(foreign, (yesterday, yesterday))
    assert sweep(tmp_path) == 1
    (tmp_path / ".cfbench-tmp.mine").write_bytes(b"")
    assert sweep(tmp_path) == 0
    assert sweep(tmp_path / "missing") == 0
