"""Servers that answer with something else than the file."""

from email.utils import formatdate
from time import perf_counter, time

import pytest
from downloads import BODY, DIGEST, HTML, OTHER, ZIP, left

from cfbench.errors import DataError, EnvironmentLackError


def test_busy_servers_are_asked_again_after_the_pause_they_name(server, get):
    server.then(b"", 429, {"Retry-After": "1"}).then(b"", 503).then(b"", 502, {"Retry-After": "soon"}).then(
        BODY
    )
    start = perf_counter()
    assert get().sha256 == DIGEST
    assert 1 <= perf_counter() - start < 3
    assert len(server.requests) == 4


@pytest.mark.parametrize("asked", ["999999999999", formatdate(time() + 10**6, usegmt=True)])
def test_a_named_pause_is_capped(server, get, monkeypatch, asked):
    pauses = []
    monkeypatch.setattr("cfbench.files.transfer.time.sleep", pauses.append)
    server.then(b"", 429, {"Retry-After": asked}).then(BODY)
    get()
    assert pauses == [60]


@pytest.mark.parametrize("magic", [ZIP, ()])
def test_html_instead_of_the_file_is_named(server, get, tmp_path, magic):
    server.then(HTML, headers={"Content-Type": "application/zip"})
    with pytest.raises(
        DataError, match=r"an HTML page titled 'Quota exceeded' instead of the file. Open the address"
    ):
        get(magic=magic)
    assert left(tmp_path) == []
    assert len(server.requests) == 1


def test_a_short_html_page_is_named_too(server, get, tmp_path):
    server.then(b"<html>no</html>")
    with pytest.raises(DataError, match="HTML page instead"):
        get(expected_size=10**5)
    assert left(tmp_path) == []


def test_a_foreign_kind_is_named(server, get, tmp_path):
    server.then(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    with pytest.raises(DataError, match="Git LFS pointer"):
        get()
    server.answers.clear()
    server.then(b"")
    with pytest.raises(DataError, match="what came is an empty file"):
        get()
    assert left(tmp_path) == []


def test_a_wrong_digest_keeps_nothing(server, get, tmp_path):
    server.then(OTHER)
    with pytest.raises(DataError, match=f"{DIGEST} is published. Nothing was kept"):
        get(sha256=DIGEST)
    assert left(tmp_path) == []
    assert not (tmp_path / "lock.json").exists()


def test_a_length_that_is_too_large_counts_as_cut(server, get, tmp_path):
    server.then(BODY, length=len(BODY) + 1000)
    with pytest.raises(DataError, match="cut after 300,004 of 301,004 bytes"):
        get(retries=1)
    assert left(tmp_path) == ["data.zip.part", "data.zip.part.json"]


def test_a_length_that_is_too_small_is_found_by_size_or_digest(server, get, tmp_path):
    server.then(BODY, length=1000)
    with pytest.raises(DataError, match="offers 1,000 bytes where 300,004 are expected"):
        get(expected_size=len(BODY))
    with pytest.raises(DataError, match="SHA-256"):
        get(sha256=DIGEST)
    assert left(tmp_path) == []


def test_an_absent_length_is_borne_and_the_size_checked(server, get, tmp_path):
    server.then(BODY, length=None)
    with pytest.raises(DataError, match="300,004 bytes came where 9 are expected"):
        get(expected_size=9)
    assert get(expected_size=len(BODY)).sha256 == DIGEST


@pytest.mark.parametrize("length", ["true", None])
def test_too_large_bodies_are_cut(server, get, tmp_path, length):
    server.then(BODY, length=length)
    with pytest.raises(DataError, match="larger than 200 kB"):
        get(max_bytes=200_000)
    assert left(tmp_path) == []


def test_redirects_are_followed_within_limits(server, get, tmp_path):
    server.then(b"", 302, {"Location": server.url + "?1"}).then(BODY)
    get().path.unlink()
    server.answers.clear()
    server.then(b"", 302, {"Location": server.url})
    with pytest.raises(DataError, match="redirects more than 5 times"):
        get()
    for place in ["ftp://127.0.0.1/x", "file:///etc/passwd"]:
        server.answers.clear()
        server.then(b"", 302, {"Location": place})
        with pytest.raises(DataError, match="not http or https"):
            get()
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "said"), [(404, "404 Not Found"), (403, "403 Forbidden"), (204, "204 No Content")]
)
def test_a_final_answer_is_not_asked_for_again(server, get, tmp_path, status, said):
    server.then(b"", status)
    with pytest.raises(DataError, match=f"the server answers {said}. Get the file in another way, put it at"):
        get()
    assert len(server.requests) == 1
    assert left(tmp_path) == []


def test_a_silent_and_an_absent_server(get, tmp_path):
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(DataError, match=r"silent for 0.2 seconds \(tried 2 times\)"):
            get(url=url, timeout=0.2, retries=1)
    with pytest.raises(EnvironmentLackError, match=r"cannot be reached .*\(tried once\). Check the network"):
        get(url=url, retries=0)
    assert left(tmp_path) == []
