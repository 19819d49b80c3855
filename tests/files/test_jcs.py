"""The canonical form of RFC 8785: its own vectors, and what it holds of every value."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfbench.errors import DataError
from cfbench.files import parse_json
from cfbench.files.jcs import LARGEST_EXACT, jcs_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_EXACT, LARGEST_EXACT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def doubles(value):
    """Every number as the float64 that it stands for."""
    if isinstance(value, dict):
        return {key: doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [doubles(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


# RFC 8785, appendix B: the bits of a float64, and how it is written.
NUMBERS = """
0000000000000000 0
8000000000000000 0
0000000000000001 5e-324
8000000000000001 -5e-324
7fefffffffffffff 1.7976931348623157e+308
ffefffffffffffff -1.7976931348623157e+308
4340000000000000 9007199254740992
c340000000000000 -9007199254740992
4430000000000000 295147905179352830000
44b52d02c7e14af5 9.999999999999997e+22
44b52d02c7e14af6 1e+23
44b52d02c7e14af7 1.0000000000000001e+23
444b1ae4d6e2ef4e 999999999999999700000
444b1ae4d6e2ef4f 999999999999999900000
444b1ae4d6e2ef50 1e+21
3eb0c6f7a0b5ed8c 9.999999999999997e-7
3eb0c6f7a0b5ed8d 0.000001
41b3de4355555553 333333333.3333332
41b3de4355555554 333333333.33333325
41b3de4355555555 333333333.3333333
41b3de4355555556 333333333.3333334
41b3de4355555557 333333333.33333343
becbf647612f3696 -0.0000033333333333333333
43143ff3c1cb0959 1424953923781206.2
"""


@pytest.mark.parametrize("line", NUMBERS.split("\n")[1:-1])
def test_numbers_are_written_as_in_appendix_b(line):
    bits, wanted = line.split()
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs_json(value) == wanted.encode()


def test_texts_and_literals_are_written_as_in_the_rfc():
    value = parse_json(
        rb"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}""",
        source="the RFC",
    )
    assert (
        jcs_json(value)
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_keys_are_sorted_by_utf16_code_units():
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    order = list(parse_json(jcs_json(keys), source="keys").values())
    assert order == [2, 4, 6, 7, 1, 5, 3]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_it_reads_back_to_an_equal_value_and_to_itself(value):
    data = jcs_json(value)
    assert doubles(parse_json(data, source="test")) == doubles(value)
    assert jcs_json(parse_json(data, source="test")) == data


@settings(max_examples=60, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_digits_are_exact(value):
    assert float(jcs_json(value)) == value


@pytest.mark.parametrize(
    "bad", [float("nan"), float("-inf"), 2**53 + 1, -(2**60) - 1, 10**400, "\ud800", {"\udfff": 1}]
)
def test_what_others_would_read_differently_is_refused(bad):
    with pytest.raises(DataError):
        jcs_json([bad])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0**53, b"9007199254740992"),
        (2**53, b"9007199254740992"),
        (2.0**60, b"1152921504606847000"),
        (-(2**60), b"-1152921504606847000"),
        (1e21, b"1e+21"),
    ],
)
def test_a_large_number_is_read_back_as_what_it_was_written_as(value, text):
    assert jcs_json(value) == text
    assert jcs_json(parse_json(text, source="test")) == text
