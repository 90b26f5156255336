"""Validation messages: which field of a body broke which rule, without repeating the input."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# Rules by pydantic's error type; braces are filled with limits of ours, never with input.
RULES: dict[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field; remove it or correct its name",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be finite; send null for what was not measured",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_type": "must be text",
    "string_too_short": "must hold at least {min_length} character(s)",
    "string_too_long": "must hold at most {max_length} characters",
    "string_pattern_mismatch": "must hold no NUL character",
    "literal_error": "must be {expected}",
    "list_type": "must be a list",
    "too_short": "must hold at least {min_length} item(s)",
    "too_long": "must hold at most {max_length} items",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "model_attributes_type": "must be an object",
    "json_invalid": "must be valid JSON",
    "bool_type": "must be true or false",
}
# A field name that a caller invented may hold a patient's name; only plain words are repeated.
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


def rule(error: Mapping[str, Any]) -> str:
    """The rule that an error of pydantic's breaks; it contains nothing of the input."""
    if error["type"] == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    template = RULES.get(error["type"])
    if template is None:
        return f"breaks the rule {error['type']}"
    if "{" not in template:
        return template
    # When the limits are missing (BentoML drops them): pydantic's sentence, which repeats no input.
    return template.format(**error["ctx"]) if error.get("ctx") else str(error["msg"])


def field(location: Sequence[str | int]) -> str:
    """The field's path in the body; a name that is not a plain word is not repeated.

    >>> field(("samples", 0, "day")), field(("samples", "Jane Doe")), field(())
    ('samples[0].day', 'samples.(unnamed)', 'body')
    """
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if _PLAIN_NAME.fullmatch(step) else ".(unnamed)"
    return path.removeprefix(".") or "body"
