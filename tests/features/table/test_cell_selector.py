"""Cell selectors as people write them."""

from pathlib import Path

import pytest

from features.errors import InputError
from features.table.cell_selector import BarcodeFileTerm, ColumnTerm, parse_selector


def test_terms_are_read_with_spaces_and_a_last_semicolon() -> None:
    """Columns and barcodes in one selector, in its order."""
    selector = parse_selector(" donor_id = P 1 ; time point=D28;barcode=*-2|P1_*; ")
    assert selector.terms[0] == ColumnTerm("donor_id", "P 1")
    assert str(selector) == "donor_id=P 1;time point=D28;barcode=*-2|P1_*"
    assert parse_selector(str(selector)) == selector


def test_all_is_every_cell() -> None:
    """Without a term."""
    assert parse_selector("ALL").terms == ()
    assert str(parse_selector("all")) == "all"


def test_a_file_starts_at_the_sheets_folder(tmp_path: Path) -> None:
    """Made absolute, so that any worker finds it; a colon names the sample."""
    (tmp_path / "donors.tsv").touch()
    (tmp_path / "odd:name.tsv").touch()
    (term,) = parse_selector("barcodes=donors.tsv:P1", tmp_path).terms
    assert term == BarcodeFileTerm(tmp_path / "donors.tsv", "P1")
    assert parse_selector(str(term), Path("/")).terms == (term,)
    (odd,) = parse_selector("barcodes=odd:name.tsv", tmp_path).terms
    assert odd == BarcodeFileTerm(tmp_path / "odd:name.tsv", None)


@pytest.mark.parametrize(("text", "sentence"), [
    ("donor_id", "a part is none of them"), ("=P1", "a part is none of them"),
    ("donor_id=", "a part is none of them"), (" ; ", "there is nothing"),
    ("lane=1;lane=2", "names it twice; write lane=A|B"),
    ("barcodes=none.tsv:P1", "none.tsv is not in the sheet's folder"),
    ("barcodes=none.tsv", "none.tsv is not in the sheet's folder"),
])  # fmt: skip
def test_other_forms_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    """With the rule, and without the value."""
    with pytest.raises(InputError) as problem:
        parse_selector(text, tmp_path)
    assert sentence in str(problem.value)


def test_an_upload_names_no_file_of_the_service() -> None:
    """Without a folder, no path is looked at."""
    with pytest.raises(InputError, match="but names a file"):
        parse_selector("barcodes=/etc/passwd")
