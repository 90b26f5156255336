"""Attributes of a count file that state its provenance and chemistry."""

from collections.abc import Mapping
from typing import Any, Literal

from features.errors import InputError

Provenance = Literal["real", "synthetic"]
MAX_TEXT = 200


def read_provenance(attributes: Mapping[str, Any]) -> Provenance:
    """The attribute `provenance`: real where it is absent.

    Raises `InputError` when it says neither real nor synthetic, or cannot be read: counts of a
    simulation must not pass as a patient's.

    >>> read_provenance({}), read_provenance({"provenance": b"synthetic"})
    ('real', 'synthetic')
    """
    if "provenance" not in attributes:
        return "real"
    text = attribute_text(attributes, "provenance")
    if text in ("real", "synthetic"):
        return "synthetic" if text == "synthetic" else "real"
    raise InputError(
        "the attribute provenance of a count file must be real or synthetic, but this one is "
        f"{'unreadable' if text is None else 'neither'}; correct the attribute, or delete it where "
        "the counts are real"
    )


def attribute_text(attributes: Mapping[str, Any], name: str) -> str | None:
    """An attribute as text; None when it is absent, no single text, or cannot be read.

    >>> attribute_text({"chemistry_description": b"Single Cell 3' v3"}, "chemistry_description")
    "Single Cell 3' v3"
    """
    try:
        value = attributes.get(name)
    except (OSError, LookupError, ValueError, TypeError, RuntimeError):
        return None  # HDF5 raises any of these on a damaged attribute
    return single_text(value)


def single_text(value: object) -> str | None:
    """Text, bytes or an array of one of them (as R writes it) as text, else None."""
    if getattr(value, "size", 0) == 1 and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value[:MAX_TEXT] if isinstance(value, str) and value else None
