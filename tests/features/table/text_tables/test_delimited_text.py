"""Delimited text: one table in every encoding, line end and delimiter is one table."""

import itertools

import pytest

from features.errors import InputError
from features.table.text_tables.delimited_text import decode, read_delimited

COLUMNS = {"sampleid", "day", "crp"}
ROWS = [["sample_id", "day", "crp"], ["Mü;l,1", "28", "1,5"], ["S2", "-5", ""]]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")


def written(delimiter: str, end: str) -> str:
    """The rows as a program writes them: cells with a delimiter or a quote in quotes."""

    def cell(text: str) -> str:
        return f'"{text}"' if any(sign in text for sign in ',;|\t"') else text

    return "".join(delimiter.join(map(cell, row)) + end for row in ROWS)


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"),
    [*itertools.product(ENCODINGS, ",;\t|", ("\n", "\r\n", "\r"))],
)
def test_content_tells_encoding_delimiter_and_line_ends(
    encoding: str, delimiter: str, end: str
) -> None:
    """72 ways to write three rows give the same cells and line numbers."""
    text = read_delimited(written(delimiter, end).encode(encoding), "x", COLUMNS)
    assert text.delimiter == delimiter
    records = [(line, cells) for line, cells in text.records if any(cells)]
    assert records == list(enumerate(ROWS, start=1))


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;"])
def test_the_line_that_excel_reads_names_the_delimiter(first: str) -> None:
    """It is no row, and it counts as a line."""
    text = read_delimited(f"{first}\n{written(';', chr(10))}".encode(), "x", COLUMNS)
    assert (text.delimiter, text.records[0]) == (";", (2, ROWS[0]))


def test_chinese_text_is_not_taken_for_western() -> None:
    """Excel in China saves GBK; a single umlaut is Windows' own."""
    assert decode("患者,天\nP1,28\n".encode("gbk"), "x") == ("患者,天\nP1,28\n", "gb18030")
    assert decode("Müller\n".encode("cp1252"), "x") == ("Müller\n", "cp1252")


def test_a_cell_may_hold_a_line_end_and_quotes() -> None:
    """Line numbers are those of the file."""
    records = read_delimited(b'sample_id,day\n"a\nb",1\n"say ""x""",2\n', "x", COLUMNS).records
    assert records[:3] == [(1, ["sample_id", "day"]), (2, ["a\nb", "1"]), (4, ['say "x"', "2"])]


def test_an_open_quote_does_not_swallow_rows() -> None:
    """The rest of the file would vanish into one cell; the line of the quote is named."""
    with pytest.raises(InputError, match="x line 2: a cell in quotes must end with a quote"):
        read_delimited(b'sample_id,day\n"S1,1\nS2,2\nS3,3\n', "x", COLUMNS)


@pytest.mark.parametrize(
    "raw", [b"\x00\x01\x02\x03\x00\x00\x00\x04\x00" * 9, b"\xff\xfea", b"\x81\xfd"]
)
def test_bytes_that_are_no_text_are_refused(raw: bytes) -> None:
    """Binary data, half a character, bytes without a meaning."""
    with pytest.raises(InputError, match="the bytes of x are neither"):
        read_delimited(raw, "x", COLUMNS)
