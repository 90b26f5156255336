"""Missing values: the words that people and programs write for an empty cell."""

from features.table.text_tables.spelling import plain_text

# R, pandas, SQL, Excel, and laboratories ("not done", "not available"); German and Chinese usage.
MISSING_WORDS = frozenset(
    (
        "", "na", "nan", "n/a", "#n/a", "n.a.", "n.a", "nd", "n.d.", "n.d", "n/d", "-", "--", ".",
        "..", "...", "?", "/", "none", "null", "nil", "unknown", "unk", "missing", "not done",
        "not available", "not known", "not measured", "k.a.", "<na>", "nat",
    )
)  # fmt: skip
# Capital letters that are somebody's initials or a hospital's name as often as a missing value.
NAMES_LIKE_WORDS = frozenset(("NA", "ND", "NIL", "UNK"))


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value.

    >>> [is_missing(text) for text in ("", " NA ", "n.d.", "\\u2013", "unknown", "0")]
    [True, True, True, True, True, False]
    """
    return not text or " ".join(plain_text(text).lower().split()) in MISSING_WORDS


def is_missing_identifier(text: str) -> bool:
    """Whether a cell holds no identifier: "NA" and "ND" in capital letters may be initials.

    >>> [is_missing_identifier(text) for text in ("NA", "na", "n/a", "", "007")]
    [False, True, True, True, False]
    """
    return is_missing(text) and text.strip() not in NAMES_LIKE_WORDS
