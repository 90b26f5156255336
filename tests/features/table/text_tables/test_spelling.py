"""Spelling of cells and names."""

import pytest

from features.table.text_tables.spelling import letters, plain_text


@pytest.mark.parametrize(
    "heading",
    [
        "sample_id",
        "Sample ID",
        "SAMPLE-ID",
        "sampleId",
        " sample.id ",
        "\ufeffSample_ID",
        "#sample_id",
    ],
)
def test_one_name_has_one_key(heading: str) -> None:
    """Case, blanks, signs and a stray byte order mark do not make another name."""
    assert letters(heading) == "sampleid"


def test_a_percent_sign_is_a_word() -> None:
    """MRD (%) is another quantity than MRD; both micro signs are u."""
    assert letters("MRD (%)") == "mrdpercent" != letters("MRD")
    assert letters("\u00b5mol/L") == letters("\u03bcmol/l") == "umoll"


def test_typography_becomes_plain() -> None:
    """Full width digits, no-break spaces and dashes are what they look like."""
    assert plain_text("\uff12\uff18") == "28"
    assert plain_text("\u00a0\u20135\u202f") == "-5"
