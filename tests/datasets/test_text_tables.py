"""Whatever a file holds, it is read or refused with a DataError that names it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbench.datasets.text.tables import drawn_rows, lines_of, plain_rows, quoted_rows
from cfbench.errors import DataError

COLUMNS = ("Sentiment", "Text")
WHOLE = b'Sentiment\tText\nNegative\t"Dull, ""so""\ndull."\nPositive\tSo fine.\n'
READERS = {
    "quoted": lambda path: quoted_rows(path, COLUMNS),
    "plain": plain_rows,
    "plain with columns": lambda path: plain_rows(path, COLUMNS),
    "drawn": lambda path: drawn_rows(path, COLUMNS, range),
    "lines": lambda path: list(lines_of(path)),
}


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, len(WHOLE)), cut=st.integers(0, 6), put=st.binary(max_size=6))
def test_broken_bytes_are_read_or_refused(tmp_path_factory, reader, place, cut, put):
    path = tmp_path_factory.getbasetemp() / "broken.tsv"
    path.write_bytes(WHOLE[:place] + put + WHOLE[place + cut :])
    try:
        READERS[reader](path)
    except DataError as error:
        assert "broken.tsv" in str(error)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_or_too_large_is_refused(tmp_path, monkeypatch, reader):
    monkeypatch.setattr("cfbench.datasets.text.tables.MAX_BYTES_DRAWN", 10)
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError):
            READERS[reader](path)
    path = tmp_path / "large"
    with path.open("wb") as sparse:
        sparse.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(DataError, match="larger than"):
        READERS[reader](path)


def test_lines_that_begin_inside_quotes_are_counted(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_bytes(WHOLE)
    rows = quoted_rows(path, COLUMNS)
    assert [row.line for row in rows] == [2, 4]
    assert rows[0].values["Text"] == 'Dull, "so"\ndull.'


def test_other_separators_of_lines_are_characters(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes("a\u2028b\x85c\r\nd".encode())
    assert list(lines_of(path)) == [(1, "a\u2028b\x85c"), (2, "d")]
