import gzip
import io
import random
import stat
import struct
import tarfile
import warnings
import zipfile

import pytest

from cfbench.errors import CfbenchError, DataError, EnvironmentLackError, UsageError
from cfbench.files import unpack

FILES = {
    "a.txt": b"one",
    "sub/b.bin": random.Random(0).randbytes(3_000_000),
    "sub/deep/ü.txt": b"",
    "z 1.txt": b"z",
}


def zipped(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content, **options)
    return out.getvalue()


def tarred(members, *, packed=False, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for member, content in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(out.getvalue(), 1) if packed else out.getvalue()


MAKERS = {
    "zip": zipped,
    "tar": tarred,
    "tar.gz": lambda members: tarred(members, packed=True),
    "gnu tar": lambda members: tarred(members, form=tarfile.GNU_FORMAT),
}


@pytest.fixture
def open_up(tmp_path):
    """Unpack bytes; where that fails, nothing may be left."""

    def call(data, **options):
        path, folder = tmp_path / "archive", tmp_path / "in" / "out"
        path.write_bytes(data)
        try:
            return unpack(path, folder, **({"max_total_bytes": 10**7, "max_files": 100} | options))
        except CfbenchError:
            assert list((tmp_path / "in").iterdir()) == []
            assert sorted(entry.name for entry in tmp_path.iterdir()) == ["archive", "in"]
            raise

    return call


@pytest.mark.parametrize("kind", MAKERS)
def test_archives_are_unpacked_whole(open_up, tmp_path, kind):
    assert open_up(MAKERS[kind](FILES.items())) == sorted(FILES)
    found = {
        path.relative_to(tmp_path / "in" / "out").as_posix(): path for path in tmp_path.glob("in/out/**/*")
    }
    assert {name: path.read_bytes() for name, path in found.items() if path.is_file()} == FILES
    assert all(not path.stat().st_mode & 0o111 for path in found.values() if path.is_file())
    assert [entry.name for entry in (tmp_path / "in").iterdir()] == ["out"]
    with pytest.raises(UsageError, match="not empty"):
        unpack(tmp_path / "archive", tmp_path / "in" / "out", max_total_bytes=10**7, max_files=100)
    assert (tmp_path / "in" / "out" / "a.txt").read_bytes() == b"one"


@pytest.mark.parametrize("kind", MAKERS)
def test_folders_and_dotted_names_are_harmless(open_up, tmp_path, kind):
    if kind == "zip":
        folder = "./empty/"
    else:
        folder = tarfile.TarInfo("./empty")
        folder.type, folder.mode = tarfile.DIRTYPE, 0
    assert open_up(MAKERS[kind]([(folder, b""), ("./empty/./a", b"1"), ("..b", b"2")])) == ["..b", "empty/a"]


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["../evil"], "'../evil' leads out of the folder"),
        (["a/../../evil"], "leads out"),
        (["a/.."], "leads out"),
        (["/etc/passwd"], "absolute or foreign"),
        (["C:/evil"], "absolute or foreign"),
        (["a\\..\\evil"], "absolute or foreign"),
        (["a\nb"], "control characters"),
        (["a\x1b[2Jb"], "control characters"),
        (["n" * 256], "too long"),
        (["d/" * 70 + "x"], "too long"),
        (["."], "has no name"),
        (["a", "b", "a"], "'a' collides with 'a'"),
        (["a", "./a"], "collides"),
        (["Readme", "README"], "'README' collides with 'Readme'"),
        (["A/x", "a/y"], "collides with 'A'"),
        (["u\u0308", "\u00fc"], "collides"),
        (["a", "a/b"], "collides with 'a'"),
        (["a/b", "a"], "collides with 'a'"),
    ],
)
def test_names_that_lead_astray_are_refused(open_up, kind, names, said):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of the duplicate that we write
        data = MAKERS[kind]([(name, b"x") for name in names])
    with pytest.raises(DataError, match=said) as raised:
        open_up(data)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.GNUTYPE_SPARSE,
    ],
)
def test_tar_links_and_devices_are_refused(open_up, kind):
    info = tarfile.TarInfo("odd")
    info.type, info.linkname = kind, "a.txt"
    for packed in [False, True]:
        with pytest.raises(DataError):
            open_up(tarred([("a.txt", b"1"), (info, b"")], packed=packed))


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_zip_links_and_devices_are_refused(open_up, mode):
    info = zipfile.ZipInfo("odd")
    info.create_system, info.external_attr = 3, (mode | 0o777) << 16
    with pytest.raises(DataError, match="'odd' is a link or a device"):
        open_up(zipped([("a.txt", b"1"), (info, "/etc/passwd")]))


def test_encrypted_and_oddly_packed_zips_are_refused(open_up):
    data = bytearray(zipped([("a.txt", b"secret")]))
    for signature, offset in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)]:
        data[data.index(signature) + offset] |= 1
    with pytest.raises(DataError, match="is encrypted"):
        open_up(bytes(data))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", b"x" * 1000)
    with pytest.raises(DataError, match="packed by a method"):
        open_up(out.getvalue())


@pytest.mark.parametrize("kind", MAKERS)
def test_limits_hold_for_what_really_comes_out(open_up, kind):
    noise = [(f"{index}", random.Random(index).randbytes(1000)) for index in range(10)]
    data = MAKERS[kind](noise)
    assert len(open_up(data, max_total_bytes=10_000, max_files=10)) == 10


@pytest.mark.parametrize("kind", MAKERS)
def test_too_much_is_refused(open_up, kind):
    noise = [(f"{index}", random.Random(index).randbytes(1000)) for index in range(10)]
    with pytest.raises(DataError, match="more than 10 kB"):
        open_up(MAKERS[kind]([*noise, ("last", b"x")]), max_total_bytes=10_000)
    with pytest.raises(DataError, match="more than 9 members"):
        open_up(MAKERS[kind](noise), max_files=9)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_bombs_are_refused_by_ratio(open_up, kind):
    with pytest.raises(DataError, match="more than 200 times its size"):
        open_up(MAKERS[kind]([("bomb", bytes(40_000_000))]), max_total_bytes=10**12)


def test_a_zip_header_that_lies_about_size_is_found_out(open_up):
    data = bytearray(zipped([("a", b"x" * 1000)]))
    for signature, offset in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)]:
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(DataError, match="truncated or broken"):
        open_up(bytes(data))


def test_a_tar_header_that_claims_gigabytes_costs_nothing(open_up):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 7 * 1024**3
    header = info.tobuf(tarfile.GNU_FORMAT)
    for data in [header + bytes(2048), gzip.compress(header + bytes(30_000_000))]:
        with pytest.raises(DataError, match="claims more than the archive may hold"):
            open_up(data)
    info.type = tarfile.REGTYPE
    with pytest.raises(DataError):
        open_up(info.tobuf(tarfile.GNU_FORMAT) + bytes(2048))


@pytest.mark.parametrize("kind", MAKERS)
def test_every_truncation_is_refused(open_up, kind):
    data = MAKERS[kind]([("a", b"1" * 700), ("b", b"2" * 600)])
    body = len(data) if kind in {"zip", "tar.gz"} else data.rindex(b"2") + 1  # then tar has only zeros
    for end in [*range(600 if "tar" in kind else 1, body, max(1, body // 23)), body - 1]:
        with pytest.raises(DataError):
            open_up(data[: min(end, len(data) - 1)])


@pytest.mark.parametrize("kind", MAKERS)
def test_damaged_archives_unpack_or_give_an_error_for_people(tmp_path, kind):
    data = MAKERS[kind]([("a", b"1" * 300), ("d/b", b"2" * 300)])
    draw = random.Random(1)
    refused = 0
    path = tmp_path / "archive"
    for trial in range(150):
        broken = bytearray(data)
        for _ in range(4):
            broken[draw.randrange(len(data))] = draw.randrange(256)
        path.write_bytes(broken)
        try:
            unpack(path, tmp_path / "in" / str(trial), max_total_bytes=10**6, max_files=100)
        except (DataError, EnvironmentLackError):
            refused += 1
    assert refused > 20
    assert not list(tmp_path.glob("in/.cfbench*"))
    assert {entry.name for entry in tmp_path.iterdir()} == {"archive", "in"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is an empty file, not zip, tar or tar.gz"),
        (b"<html>", "an HTML page"),
        (b"BZh91AY", "bzip2 data"),
        (gzip.compress(b"just text" * 100), "truncated or broken"),
        (b"PK\x03\x04 and nothing", "truncated or broken"),
    ],
)
def test_what_is_no_archive_is_named(open_up, data, said):
    with pytest.raises(DataError, match=said):
        open_up(data)


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(DataError, match=r"Cannot read the archive .*no such file"):
        unpack(tmp_path / "none.zip", tmp_path / "out", max_total_bytes=1, max_files=1)
