"""Arrays from files that nobody vouches for."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np
import pytest

from cfbench.errors import DataError
from cfbench.files.npz import ArraySpec, npz_bytes, read_npz, read_npz_shape

SPECS = {
    "features": ArraySpec("f", ("n", 3)),
    "labels": ArraySpec("biu", ("n", "classes")),
    "weak": ArraySpec("biu", ("n", "classes"), optional=True),
}


def good() -> dict[str, np.ndarray]:
    return {
        "features": np.arange(6, dtype=np.float16).reshape(2, 3),
        "labels": np.array([[0, 1], [1, 1]], np.uint8),
    }


def saved(folder, **changes):
    np.savez_compressed(folder / "a.npz", **(good() | changes))
    return folder / "a.npz"


def member(folder, name, data):
    with zipfile.ZipFile(folder / "a.npz", "w") as archive:
        archive.writestr(name, data)
    return folder / "a.npz"


def header(shape, descr="<f2", order=False, pad=0):
    text = (
        f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode() + b" " * pad + b"\n"
    )
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def test_gives_the_arrays_that_were_saved_and_leaves_others_unread(tmp_path):
    path = saved(tmp_path, other=np.array(["text"]))
    found = read_npz(path, SPECS)
    assert set(found) == {"features", "labels"}
    for name, array in good().items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_reads_arrays_kept_by_columns(tmp_path):
    path = saved(tmp_path, features=np.asfortranarray(good()["features"]))
    np.testing.assert_array_equal(read_npz(path, SPECS)["features"], good()["features"])


@pytest.mark.parametrize(
    ("changes", "array", "said"),
    [
        ({"features": np.zeros((2, 4))}, "features", "axis 1 has 4 places, and 3 are needed"),
        ({"features": np.zeros((3, 3))}, "labels", "axis 0 has 2 places, and 'features' has 3"),
        ({"features": np.zeros(3)}, "features", "2 axes are needed"),
        ({"features": np.zeros((2, 3), np.int32)}, "features", "decimal numbers are needed"),
        ({"features": np.zeros((2, 3), complex)}, "features", "only plain numbers are read"),
        ({"features": np.array([[1, 2, 3], [1, np.nan, 3.0]])}, "features", "row 1 .* not finite"),
        ({"features": np.array([[object()] * 3] * 2)}, "features", "only plain numbers are read"),
        ({"labels": np.zeros((2, 2))}, "labels", "yes or no or whole numbers are needed"),
        ({"weak": np.zeros((2, 5), np.uint8)}, "weak", "axis 1 has 5 places, and 'labels' has 2"),
    ],
)
def test_names_file_and_array_of_what_does_not_fit(tmp_path, changes, array, said):
    path = saved(tmp_path, **changes)
    with pytest.raises(DataError, match=said) as caught:
        read_npz(path, SPECS)
    assert str(path) in str(caught.value)
    assert f"array '{array}'" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (header((1 << 40, 3)), "it would take"),
        (header((2, 3)), "needs 12 bytes"),
        (header((2, 3)) + bytes(13), "there are more"),
        (header((-1, 3)), "its shape is"),
        (header((1, 1, 1, 1, 1, 1)), "its shape is"),
        (header((2, 3), "|O"), "only plain numbers"),
        (header((2, 3), pad=20_000), "its header is broken"),
        (b"\x93NUMPY\x03\x00", "version 3.0"),
        (b"PK\x03\x04 something else", "header is broken"),
        (b"", "header is broken"),
        (header("__import__('os').getcwd()"), "header is broken"),
    ],
)
def test_refuses_hostile_arrays_before_taking_memory(tmp_path, data, said):
    with pytest.raises(DataError, match=said):
        read_npz(member(tmp_path, "features.npy", data), SPECS)


def test_refuses_a_bomb_by_what_the_archive_says_of_itself(tmp_path):
    path = member(tmp_path, "other.npy", b"")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("other.npy", bytes(3_000_000))
    assert path.stat().st_size < 10_000
    with pytest.raises(DataError, match="larger than 1 MB"):
        read_npz(path, SPECS, max_bytes=1_000_000)


def test_refuses_too_many_arrays_and_a_file_that_is_too_large(tmp_path):
    np.savez(tmp_path / "many.npz", **{f"a{i}": np.zeros(1) for i in range(65)})
    with pytest.raises(DataError, match="65 arrays"):
        read_npz(tmp_path / "many.npz", SPECS)
    with pytest.raises(DataError, match="larger than"):
        read_npz(saved(tmp_path), SPECS, max_bytes=100)


@pytest.mark.parametrize("cut", [0, 10, 60, 200, -30])
def test_refuses_a_truncated_file(tmp_path, cut):
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError, match="no sound NPZ file"):
        read_npz(path, SPECS)


def test_survives_any_changed_byte(tmp_path):
    path = saved(tmp_path)
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x5A]) + data[place + 1 :])
        try:
            read_npz(path, SPECS)
        except DataError:
            continue


def test_says_what_is_there_where_an_array_is_missing(tmp_path):
    out = io.BytesIO()
    np.savez(out, labels=good()["labels"])
    (tmp_path / "a.npz").write_bytes(out.getvalue())
    with pytest.raises(DataError, match=r"'features'.*there are labels"):
        read_npz(tmp_path / "a.npz", SPECS)


def test_tells_a_shape_without_reading_numbers(tmp_path):
    assert read_npz_shape(saved(tmp_path), "features") == (2, 3)
    with pytest.raises(DataError, match=r"'absent'.*not there"):
        read_npz_shape(saved(tmp_path), "absent")


def test_equal_arrays_are_equal_bytes_that_read_back(tmp_path, monkeypatch):
    data = npz_bytes(good())
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 1, 2, 3, 4, 5, 0, 1, 0))
    assert npz_bytes(good()) == data
    (tmp_path / "a.npz").write_bytes(data)
    for name, array in read_npz(tmp_path / "a.npz", SPECS).items():
        np.testing.assert_array_equal(array, good()[name])
