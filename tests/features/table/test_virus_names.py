"""Viral sequences of the sheet: one form for equal lists, one sentence for another form."""

import pytest

from features.errors import InputError
from features.table.virus_names import parse_virus_names, virus_names_text


def test_equal_lists_have_one_form() -> None:
    """Order, blanks, capitals of the virus, repeats and an ending semicolon do not matter."""
    texts = (
        "hhv6=HHV6B_*;ebv=NC_007605_*,EBNA1",
        " EBV = EBNA1 , NC_007605_* ; HHV-6=HHV6B_*; ",
        "ebv=EBNA1 NC_007605_* EBNA1;hhv6=HHV6B_*",
    )
    (parsed,) = {parse_virus_names(text) for text in texts}
    assert parsed == (("hhv6", ("HHV6B_*",)), ("ebv", ("EBNA1", "NC_007605_*")))
    assert parse_virus_names(virus_names_text(parsed)) == parsed
    assert parse_virus_names("") == parse_virus_names(None) == ()


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("HHV6B_U90", "a part has no ="),
        ("rsv=F", "a part names another virus; name one of hhv6, ebv, cmv"),
        ("ebv=", "ebv has no name"),
        ("ebv=A1;ebv=A2", "ebv comes twice"),
        ("ebv=*", "a \\* follows fewer than 2 letters"),
        ("ebv=E*", "a \\* follows fewer than 2 letters"),
        ("ebv=E*A", "a name holds = or a \\* before its end"),
        ("ebv=EBNA1=LMP1", "a name holds = or a \\*"),
        ("ebv=U90;hhv6=u90", "a name stands for two viruses"),
        ("hhv6=HHV6B_*;cmv=UL83 hhv6b_U90", "a name stands for two viruses"),
    ],
)
def test_another_form_is_refused_with_the_way_out(text: str, came: str) -> None:
    """The rule, what came, the way out."""
    with pytest.raises(InputError, match=f"virus_genes must name rows .*but {came}"):
        parse_virus_names(text)
