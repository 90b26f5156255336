"""docs/features.md is current and documents every column of the schema."""

from features import schema
from features.documentation.feature_methods import METHODS
from features.documentation.feature_page import document
from features.settings import REPOSITORY


def test_the_page_in_the_repository_is_current() -> None:
    """docs/features.md equals what `python -m features.documentation` prints."""
    page = (REPOSITORY / "docs" / "features.md").read_text(encoding="utf-8")
    assert page == document(), "run: python -m features.documentation > docs/features.md"


def test_every_column_has_its_row() -> None:
    """Numeric and text columns of the table, each once; standard errors by their mark."""
    page = document()
    for name in (*schema.ALL_FEATURES, *schema.TEXT_COLUMNS):
        rows = [line for line in page.splitlines() if line.startswith(f"| `{name}`")]
        assert len(rows) == 1, name
        if name in schema.ALL_FEATURES:
            assert (f"`{name}` ±" in rows[0]) == schema.ALL_FEATURES[name].has_se


def test_a_table_row_has_all_its_cells() -> None:
    """No text breaks the Markdown table."""
    tables = [line for line in document().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} <= {8, 4}


def test_every_computed_feature_has_a_method_and_none_is_stale() -> None:
    """The methods are those of the features that are no blood count, change or slope."""
    computed = (*schema.SAMPLE_FEATURES, *set(schema.HISTORY) - set(schema.CHANGES))
    assert set(METHODS) == {feature.name for feature in computed}
    assert all(entry.computation for entry in METHODS.values())
