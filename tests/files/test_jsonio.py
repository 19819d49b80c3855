import enum
import gzip
import hashlib
import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbench.errors import DataError, EnvironmentLackError
from cfbench.files import canonical_json, human_size, parse_json, read_json, read_json_lines, sha256_hex

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


class Colour(str, enum.Enum):
    RED = "red"


@given(JSON_VALUES)
def test_canonical_json_reads_back_to_the_same_value_and_bytes(value):
    data = canonical_json(value)
    again = parse_json(data, source="test")
    assert again == value
    assert canonical_json(again) == data


def test_the_canonical_form_is_fixed():
    value = {"b": (1, 2.5, -0.0, 1e22), "a": {"é": None, "Z": True}, "c": Colour.RED}
    assert canonical_json(value) == '{"a":{"Z":true,"é":null},"b":[1,2.5,-0.0,1e+22],"c":"red"}'.encode()


def test_numpy_scalars_become_python_numbers():
    value = {
        "i": np.int64(3),
        "f": np.float64(0.1),
        "h": np.float32(0.5),
        "b": np.bool_(True),
        "s": np.str_("x"),
    }
    assert canonical_json(value) == b'{"b":true,"f":0.1,"h":0.5,"i":3,"s":"x"}'


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), np.float32("-inf"), np.float64("nan")])
def test_a_number_that_is_not_finite_is_refused_where_it_stands(bad):
    with pytest.raises(DataError, match=r"Cannot write \.rows\[1\]\.score as JSON: it is NaN or infinite"):
        canonical_json({"rows": [1, {"score": bad}]})


@pytest.mark.parametrize("bad", [np.zeros(2), {1: 2}, {"a": {3}}, b"bytes", object()])
def test_what_json_cannot_hold_is_a_type_error(bad):
    with pytest.raises(TypeError):
        canonical_json(bad)


def test_a_lone_surrogate_is_not_written():
    with pytest.raises(DataError, match="not valid Unicode"):
        canonical_json({"a": "\ud800"})


def test_digests_of_bytes_and_files_agree(tmp_path):
    data = os.urandom(3_000_000)
    (tmp_path / "x").write_bytes(data)
    assert sha256_hex(tmp_path / "x") == sha256_hex(data) == hashlib.sha256(data).hexdigest()
    with pytest.raises(DataError, match="there is no such file"):
        sha256_hex(tmp_path / "y")
    with pytest.raises(DataError, match="it is a folder"):
        sha256_hex(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b'{"a": 1', "line 1, column 8"),
        (b'{"a": 1} x', "Extra data"),
        (b"<html></html>", "Expecting value"),
        (b'{"a": 1, "a": 2}', "the key 'a' stands twice"),
        (b"[NaN]", "holds NaN"),
        (b"[-Infinity]", "holds -Infinity"),
        (b"[1e999]", "too large"),
        (b"9" * 5000, "Exceeds the limit"),
        (b'"\xff"', "not UTF-8 text"),
        (b'["\\ud800"]', "lone surrogate"),
        (b"[" * 100_000, "nested deeper than 64"),
        (b"[" * 100 + b"]" * 100, "nested deeper than 64"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested deeper than 64"),
        (gzip.compress(b"[1, 2, 3]")[:-5], "gzip data is broken or cut short"),
        (b"\x1f\x8bnonsense", "gzip data is broken or cut short"),
        (gzip.compress(b"[" + b"1," * 5000 + b"1]"), "larger than 6 kB"),
        (b" " * 6001, "larger than 6 kB"),
    ],
)
def test_a_bad_json_file_is_one_clear_line(tmp_path, content, said):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as raised:
        read_json(path, max_bytes=6000 if b"9" * 9 not in content and len(content) < 90_000 else 10**6)
    assert str(path) in raised.value.what
    assert "\n" not in str(raised.value)


def test_what_is_not_a_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, said in [
        (tmp_path / "pipe", "it is a pipe"),
        (tmp_path, "it is a folder"),
        (tmp_path / "missing", "no such file"),
        (tmp_path / "nul\0", "null byte"),
    ]:
        with pytest.raises(DataError, match=said):
            read_json(path)
    with pytest.raises(DataError, match="it is a device"):
        read_json(tmp_path.__class__("/dev/zero"))


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="permissions do not bind this user")
def test_a_file_without_permission_is_a_lack_of_the_environment(tmp_path):
    (tmp_path / "x").write_bytes(b"1")
    (tmp_path / "x").chmod(0)
    with pytest.raises(EnvironmentLackError, match="chmod"):
        read_json(tmp_path / "x")


def test_plain_gzip_byte_order_mark_and_the_allowed_depth_are_read(tmp_path):
    value = {"a": [1, 2.5, "\U0001f600", None]}
    path = tmp_path / "x"
    for content in [
        json.dumps(value).encode(),
        gzip.compress(canonical_json(value)),
        b"\xef\xbb\xbf" + canonical_json(value),
    ]:
        path.write_bytes(content)
        assert read_json(path) == value
    nested = b"[" * 63 + b"1" + b"]" * 63
    path.write_bytes(nested)
    assert canonical_json(read_json(path)) == nested


def test_lines_are_read_one_by_one_and_faults_name_the_line(tmp_path):
    path = tmp_path / "x.jsonl"
    for content in [b'{"a":1}\n\n[2]\r\n3', gzip.compress(b'{"a":1}\n[2]\n3\n')]:
        path.write_bytes(content)
        assert list(read_json_lines(path)) == [{"a": 1}, [2], 3]
    path.write_bytes(b"1\n{broken\n3\n")
    lines = read_json_lines(path)
    assert next(lines) == 1
    with pytest.raises(DataError, match=r"x\.jsonl, line 2 as JSON"):
        next(lines)
    path.write_bytes(b"1\n" + b"[" + b" " * 100 + b"]\n")
    with pytest.raises(DataError, match="line 2: it is larger than 50 bytes"):
        list(read_json_lines(path, max_line_bytes=50))


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2 * 10**9, "2 GB"), (3 * 10**15, "3000 TB")],
)
def test_sizes_for_people(size, text):
    assert human_size(size) == text
