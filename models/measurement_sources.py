"""Measurement sources: columns that say how features were measured; a model knows one of each."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from features.errors import InputError
from features.measures.history import rests_on_cd7

# Each column, what it describes, and its values in words.
WORDS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "typing_source": (
            "cell types",
            {"rate_table": "named by our rate table", "labels": "named by the laboratory"},
        ),
        "cd7_source": (
            "CD7-negative T cells",
            {"protein": "measured by protein", "rna": "estimated from RNA"},
        ),
    }
)


def matters(column: str, features: Iterable[str]) -> bool:
    """Whether a model of these features depends on a source.

    >>> matters("cd7_source", ["monocyte_fraction"]), matters("cd7_source", ["cd7neg_t_fraction"])
    (False, True)
    """
    return column != "cd7_source" or any(map(rests_on_cd7, features))


def common_sources(rows: Sequence[Mapping[str, object]], features: Sequence[str]) -> dict[str, str]:
    """The one value of each source in a model's training rows, for the sources that matter to it.

    Rows that lack a source, or whose CD7 is unresolved, do not count for it. Raises `InputError`
    when rows of two sources are mixed.

    >>> common_sources([{"typing_source": "labels"}], ["monocyte_fraction"])
    {'typing_source': 'labels'}
    """
    sources: dict[str, str] = {}
    for column in WORDS:
        if not matters(column, features):
            continue
        values = sorted({value for row in rows if (value := _source(row, column)) is not None})
        if len(values) > 1:
            raise InputError(_mixture(column, values))
        if values:
            sources[column] = values[0]
    return sources


def other_source(
    training: Mapping[str, str], features: Sequence[str], row: Mapping[str, object]
) -> str | None:
    """Why a sample cannot be compared with a model's training rows; None when it can.

    >>> other_source({"cd7_source": "rna"}, ["cd7neg_t_fraction"], {"cd7_source": "protein"})[:63]
    "this sample's CD7-negative T cells were measured by protein, th"
    """
    for column, (thing, words) in WORDS.items():
        value, expected = _source(row, column), training.get(column)
        if value is None or expected is None or value == expected:
            continue
        if matters(column, features):
            return (
                f"this sample's {thing} were {words.get(value, value)}, those of the model's "
                f"patients were {words.get(expected, expected)}"
            )
    return None


def _source(row: Mapping[str, object], column: str) -> str | None:
    value = row.get(column)
    if column == "cd7_source" and row.get("cd7neg_unresolved") == 1:
        return None
    return value if isinstance(value, str) else None


def _mixture(column: str, values: Sequence[str]) -> str:
    if column == "typing_source":
        return (
            f"A model needs cell types named in one way; this table mixes {' and '.join(values)}: "
            "compute all samples alike."
        )
    return (
        "A model needs CD7-negative T cells measured in one way; this table mixes "
        f"{' and '.join(values)}: fit the samples of one source, or name cd7neg_t_fraction_rna in "
        "the protocol's features in place of those that begin with cd7neg_."
    )
