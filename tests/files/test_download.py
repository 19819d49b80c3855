import io
import json
import subprocess
import sys
import zipfile
from email.utils import formatdate

import pytest
from downloads import BODY, DIGEST, HTML, OTHER, left

from cfbench.errors import DataError, EnvironmentLackError, UsageError
from cfbench.files import LockFile, unpack
from cfbench.files.part import Part


def test_a_download_is_checked_recorded_and_not_repeated(server, get, tmp_path):
    server.then(BODY)
    seen = []
    first = get(
        sha256=DIGEST, expected_size=len(BODY), progress=lambda done, total: seen.append((done, total))
    )
    assert (first.sha256, first.size, first.was_there) == (DIGEST, len(BODY), False)
    assert first.path.read_bytes() == BODY
    assert seen[0] == (0, len(BODY))
    assert seen[-1] == (len(BODY), len(BODY))
    assert seen == sorted(seen)
    assert left(tmp_path) == ["data.zip"]
    assert get(sha256=DIGEST).was_there
    assert get(offline=True).was_there
    assert len(server.requests) == 1
    assert server.requests[0]["accept-encoding"] == "identity"
    lock = json.loads((tmp_path / "lock.json").read_text())
    assert lock["files"] == {server.url: {"sha256": DIGEST, "size": len(BODY)}}


def test_without_a_published_digest_the_first_download_decides(server, get, tmp_path):
    server.then(BODY).then(OTHER)
    path = get().path
    path.unlink()
    with pytest.raises(DataError, match=rf"{DIGEST} the first download gave \(recorded in .*lock.json\)"):
        get()
    assert left(tmp_path) == []


def test_a_cut_connection_is_resumed_where_it_was(server, get, tmp_path):
    for cut in [100_000, 50_000, 0]:
        server.then(BODY, etag='"v1"', cut=cut)
    server.then(BODY, etag='"v1"')
    assert get(sha256=DIGEST).path.read_bytes() == BODY
    assert [request.get("range") for request in server.requests] == [
        None,
        "bytes=100000-",
        "bytes=150000-",
        "bytes=150000-",
    ]
    assert server.requests[1]["if-range"] == '"v1"'
    assert left(tmp_path) == ["data.zip"]


def test_what_came_is_kept_for_the_next_command(server, get, tmp_path):
    server.then(BODY, etag='"v1"', cut=100_000).then(b"", etag='"v1"', status=503)
    with pytest.raises(
        DataError, match=r"503 Service Unavailable \(tried 4 times\); 100 kB are kept. Run the same"
    ):
        get()
    assert left(tmp_path) == ["data.zip.part", "data.zip.part.json"]
    server.answers.clear()
    server.then(BODY, etag='"v1"')
    assert get().path.read_bytes() == BODY
    assert server.requests[-1]["range"] == "bytes=100000-"
    assert left(tmp_path) == ["data.zip"]


def test_a_complete_part_needs_no_request(server, get, tmp_path):
    with Part(tmp_path / "out" / "data.zip", server.url) as part:
        part.restart(None, len(BODY))
        part.append(BODY)
    assert get().sha256 == DIGEST
    assert server.requests == []


@pytest.mark.parametrize("notes", [None, b"{broken", b'{"url":"http://elsewhere/"}', b"[]"])
def test_a_part_of_unknown_origin_is_not_used(server, get, tmp_path, notes):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "data.zip.part").write_bytes(b"x" * 1000)
    if notes is not None:
        (tmp_path / "out" / "data.zip.part.json").write_bytes(notes)
    server.then(BODY)
    assert get().sha256 == DIGEST
    assert "range" not in server.requests[0]


def test_content_that_changes_between_attempts_is_never_mixed(server, get):
    server.then(BODY, etag='"v1"', cut=100_000).then(OTHER, etag='"v2"')
    assert get().path.read_bytes() == OTHER  # the server saw If-Range and sent everything
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "lie",
    [
        {"etag": '"v2"'},
        {"etag": '"v1"', "headers": {"Content-Range": "bytes 7-300003/300004"}},
        {"etag": '"v1"', "headers": {"Content-Range": "bytes 100000-300003/999999"}},
        {"etag": '"v1"', "headers": {"Content-Range": "nonsense"}},
    ],
)
def test_a_wrong_rest_is_thrown_away(server, get, lie):
    server.then(OTHER, etag='"v1"', cut=100_000)
    rest = {"Content-Range": "bytes 100000-300003/300004"} | lie.get("headers", {})
    server.then(BODY[100_000:], 206, rest, etag=lie["etag"]).then(BODY, etag='"v2"')
    assert get().path.read_bytes() == BODY
    assert "range" not in server.requests[2]


def test_a_server_that_ignores_ranges_restarts(server, get):
    server.then(BODY, etag='"v1"', cut=100_000).then(BODY, etag='"v1"', ranges=False)
    assert get().path.read_bytes() == BODY
    assert server.requests[1]["range"] == "bytes=100000-"


def test_without_a_validator_only_a_known_digest_allows_resuming(server, get, tmp_path):
    server.then(BODY, cut=100_000).then(BODY)
    path = get().path
    assert "range" not in server.requests[1]
    path.unlink()
    server.answers.clear()
    server.then(OTHER, cut=100_000).then(
        BODY
    )  # two versions stitched together: found by digest, fetched once more
    assert get().path.read_bytes() == BODY
    assert [request.get("range") for request in server.requests[2:]] == [None, "bytes=100000-", None]


def test_a_date_serves_as_validator_and_a_weak_etag_does_not(server, get):
    date = formatdate(usegmt=True)
    server.then(BODY, headers={"Last-Modified": date}, etag='W/"x"', cut=1000).then(
        BODY, headers={"Last-Modified": date}
    )
    assert get().sha256 == DIGEST
    assert server.requests[1]["if-range"] == date


def test_a_refused_range_restarts(server, get):
    server.then(BODY, etag='"v1"', cut=1000).then(b"", 416).then(BODY, etag='"v1"')
    assert get().sha256 == DIGEST
    assert "range" not in server.requests[2]


def test_offline_never_touches_the_network(server, get, tmp_path):
    with pytest.raises(
        EnvironmentLackError, match=r"--offline forbids the network. Put the file at .*data.zip, or run"
    ):
        get(offline=True)
    assert server.requests == []
    assert left(tmp_path) == []


def test_a_file_in_place_is_held_against_what_is_known(server, get, tmp_path):
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "data.zip"
    for content, options, said in [
        (OTHER, {"sha256": DIGEST}, "its SHA-256 is .* is expected"),
        (BODY[:-1], {"expected_size": len(BODY)}, "300,003 bytes, and 300,004 are expected"),
        (HTML, {}, "it is an HTML page"),
    ]:
        path.write_bytes(content)
        with pytest.raises(DataError, match=said) as raised:
            get(**options)
        assert raised.value.fix.endswith(f"rm '{path}'")
        assert path.read_bytes() == content
    path.write_bytes(BODY)
    assert get().was_there
    path.write_bytes(OTHER)
    with pytest.raises(DataError, match=DIGEST):
        get()
    assert server.requests == []


def test_files_of_this_machine(get, tmp_path):
    source = tmp_path / "a b.zip"
    source.write_bytes(BODY)
    assert get(url=source.as_uri(), offline=True).path.read_bytes() == BODY
    (tmp_path / "out" / "data.zip").unlink()
    for url, options, said in [
        (source.as_uri(), {"max_bytes": 10}, "larger than 10 bytes"),
        (source.as_uri(), {"sha256": "0" * 64}, "is published"),
        ((tmp_path / "none").as_uri(), {}, "no such file"),
        (tmp_path.as_uri(), {}, "it is a folder"),
    ]:
        with pytest.raises(DataError, match=said):
            get(url=url, **options)
    for url in ["file://elsewhere/x", "ftp://x/y", "data.zip"]:
        with pytest.raises(UsageError):
            get(url=url)
    with pytest.raises(UsageError, match="not a SHA-256"):
        get(sha256="abc")
    assert left(tmp_path) == []


HOLDER = """
import sys
from pathlib import Path
from cfbench.files.part import Part
with Part(Path(sys.argv[1]), "x") as part:
    sys.stdout.write("ready"); sys.stdout.flush()
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no flock")
def test_two_processes_do_not_write_one_part(server, get, tmp_path):
    server.then(BODY)
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "out" / "data.zip")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.read(5) == b"ready"
        with pytest.raises(UsageError, match="another process is downloading it"):
            get()
        holder.communicate()
    assert get().sha256 == DIGEST


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"schema":9,"files":{}}', b'{"schema":1,"files":{"u":{"sha256":"x"}}}']
)
def test_a_broken_lock_is_not_overwritten(get, tmp_path, content):
    (tmp_path / "lock.json").write_bytes(content)
    with pytest.raises(DataError, match=r"lock\.json"):
        get()
    assert (tmp_path / "lock.json").read_bytes() == content


def test_a_served_archive_that_leads_out_is_not_unpacked(server, get, tmp_path):
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("good.txt", "x")
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc")
        archive.writestr("../../evil.txt", "x")
    server.then(evil.getvalue())
    path = get().path
    with pytest.raises(DataError, match="'link' is a link"):
        unpack(path, tmp_path / "in" / "deep", max_total_bytes=10**6, max_files=10)
    assert list((tmp_path / "in").iterdir()) == []
    assert list(tmp_path.rglob("*.txt")) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from cfbench.files import LockFile, fetch
folder = Path(sys.argv[2])
def die(done, total):
    if done > 100_000:
        os.kill(os.getpid(), signal.SIGKILL)
fetch(sys.argv[1], folder / "out" / "data.zip", sha256=None, lock=LockFile(folder / "lock.json"),
      max_bytes=10**6, progress=die)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_download_continues_where_it_was(server, get, tmp_path):
    server.then(BODY, etag='"v1"')
    child = subprocess.run([sys.executable, "-c", KILLED, server.url, str(tmp_path)], check=False)
    assert child.returncode == -9
    assert left(tmp_path) == ["data.zip.part", "data.zip.part.json"]
    assert get(sha256=DIGEST).path.read_bytes() == BODY
    assert int(server.requests[1]["range"].removeprefix("bytes=").removesuffix("-")) > 100_000
    assert left(tmp_path) == ["data.zip"]


def test_a_published_digest_stands_above_a_recorded_one(server, get, tmp_path):
    LockFile(tmp_path / "lock.json").record(server.url, "0" * 64, 1)
    server.then(BODY)
    assert get(sha256=DIGEST).sha256 == DIGEST
    assert LockFile(tmp_path / "lock.json").digest(server.url) == DIGEST
