"""Cell types by the user's own labels: the words of Cell Ontology, CellTypist, Azimuth and others.

`label_words.csv` holds the words that are understood: ids and names of the Cell Ontology (CC BY
4.0), the labels of CellTypist's Immune_All_Low and _High, of Azimuth's PBMC reference (levels 1 and
2) and usual ones of tutorials. A word that could mean several of our types (Macrophages, Cycling
cells, thymocytes, blasts) is left out: the user says what it is by --label-map.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from features.celltypes.type_profiles import DOUBLET, UNKNOWN
from features.errors import InputError
from features.genes.expression_rates import load_rates
from features.table.text_tables.delimited_text import read_delimited

WORDS = Path(__file__).with_name("label_words.csv")
# A monocyte that nobody split into CD14 and CD16 counts as CD14, whose share is then missing.
MONOCYTE, MONOCYTE_TYPE = "monocyte", "cd14_monocyte"
# As `call_cells.NAMES`, whose module loads numba: the command line reads a map without it.
NAMES = (*load_rates().types, UNKNOWN, DOUBLET)
TYPES = (*NAMES, MONOCYTE)
LISTED_LABELS = 20
LABEL_MAP_COLUMNS = ("label", "type")

_SEPARATORS = re.compile(r"[\s_,/()\-]+")
_NEGATIVE = re.compile(r"(cd\d+[a-z]?)-(?=$|[\s,]|cd)")
_PLURAL = re.compile(r"(?<=[a-z]{2})s$")
_FILLERS = frozenset({"cell", "human", "alpha", "beta", "αβ"})


@dataclass(frozen=True)
class LabelColumn:
    """A column of obs with the user's cell types, and types by label from --label-map."""

    column: str
    label_map: tuple[tuple[str, str], ...] = ()


def plain_label(label: str) -> str:
    """A label without case, punctuation, plural and the word cell.

    >>> [plain_label(label) for label in ("CD14+ Monocytes", "CD4-positive, alpha-beta T cell")]
    ['cd14 monocyte', 'cd4 t']
    >>> plain_label("NK_CD56bright"), plain_label("CD4- T"), plain_label("CL:0000084")
    ('nk cd56bright', 'cd4neg t', 'cl:0000084')
    """
    text = _NEGATIVE.sub(r"\1neg ", label.casefold().replace("-negative", "- "))
    text = text.replace("-positive", " ").replace("+", " ")
    words = (_PLURAL.sub("", word) for word in _SEPARATORS.split(text))
    return " ".join(word for word in words if word and word not in _FILLERS)


def types_of_labels(labels: Sequence[str], label_map: Mapping[str, str] | None = None) -> list[str]:
    """Type of each label, one of `TYPES`: by the map, our own names, or the usual words.

    Raises `InputError` with all labels that are none of them, and how many cells each has.

    >>> types_of_labels(["CD14+ Mono", "gamma-delta T cells", "b"])
    ['cd14_monocyte', 'other_t', 'b']
    """
    type_of_label = {label: _type(label, label_map or {}) for label in set(labels)}
    unknown_labels = Counter(label for label in labels if type_of_label[label] is None)
    if unknown_labels:
        raise InputError(
            f"cell labels must be {', '.join(NAMES)} or usual words for them, but these are none: "
            f"{_label_list(unknown_labels)}; give --label-map FILE.csv with the columns label,type"
        )
    types = {label: kind for label, kind in type_of_label.items() if kind is not None}
    return [types[label] for label in labels]


def read_label_map(path: Path) -> tuple[tuple[str, str], ...]:
    """Pairs of label and type from a text table with the columns label and type.

    Delimiter and encoding are found by content.

    Raises `InputError` with every fault of the file at once.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"A label map must be a file that can be read, but {path.name} cannot "
            f"({error.strerror}); check its path."
        ) from None
    records = read_delimited(raw, path.name, LABEL_MAP_COLUMNS).records
    rows = [row for _, row in records if any(row)]
    header = [name.lower() for name in rows[0]] if rows else []
    if header != list(LABEL_MAP_COLUMNS):
        raise InputError(
            f"A label map has the columns label,type, but {path.name} has {','.join(header)!r}."
        )
    return _checked_pairs(path.name, rows[1:])


def _checked_pairs(name: str, rows: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    types: dict[str, str] = {}
    faults = []
    for number, row in enumerate(rows, start=1):
        label, kind = (*(text.strip() for text in row[:2]), "", "")[:2]
        label_type = _type(kind, {})
        if not label or label_type is None:
            faults.append(f"row {number}: {kind!r} is no type")
        elif types.setdefault(label, label_type) != label_type:
            faults.append(f"row {number}: {label!r} has two types")
    if faults:
        raise InputError(
            f"A label map gives each label one of {', '.join(TYPES)}, but in {name} "
            f"{'; '.join(faults[:LISTED_LABELS])}."
        )
    return tuple(types.items())


def _type(label: str, label_map: Mapping[str, str]) -> str | None:
    for key in (label, label.strip()):
        if key in label_map:
            return label_map[key]
        if key in TYPES:
            return key
    return usual_words().get(plain_label(label))


@cache
def usual_words() -> Mapping[str, str]:
    """Types by usual words, in the form of `plain_label`.

    >>> usual_words()["platelet"]
    'platelet'
    """
    with WORDS.open(newline="", encoding="utf-8") as file:
        return MappingProxyType(
            {plain_label(row["word"]): row["type"] for row in csv.DictReader(file)}
        )


def _label_list(labels: Counter[str]) -> str:
    commonest = [f"{label!r} ({n:,} cells)" for label, n in labels.most_common(LISTED_LABELS)]
    rest = len(labels) - len(commonest)
    return ", ".join(commonest) + (f" and {rest} more" if rest else "")
