"""JSON Schema in words a caller reads."""

from serving.openapi.schema_wording import referenced_name, schema_text


def test_kinds_in_words() -> None:
    """Choices, limits and references."""
    assert schema_text({"enum": ["PB", "BM"]}) == "PB or BM"
    assert schema_text({"type": "integer", "minimum": 1, "maximum": 200}) == (
        "integer (at least 1, at most 200)"
    )
    assert schema_text({"$ref": "#/components/schemas/Sample"}) == "Sample"
    assert referenced_name({"type": "object"}) == ""
