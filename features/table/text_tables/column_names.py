"""Names of columns as people write them: case, blanks, units, dates; near misses are suggested."""

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from features.schema import Feature
from features.table.text_tables.spelling import letters
from features.table.text_tables.units import Unit, base_name, column_name, units_of

DATE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("date", "draw_date", "sample_date", "collection_date", "onset_date"),
}
CLOSE = 0.75  # difflib's ratio: one or two letters of a short name


class ColumnName(NamedTuple):
    """A column of ours, the unit that its heading names (if any), and whether it names a date."""

    name: str
    unit: Unit | None = None
    is_date: bool = False


def known_columns(names: Sequence[str], features: Sequence[Feature] = ()) -> dict[str, ColumnName]:
    """Every spelling of the columns that a table may have, by `letters` of the heading.

    A column of days may come as dates (`relapse_date`), a feature in any of its units.

    >>> from features.schema import ALL_FEATURES
    >>> columns = known_columns(["relapse_day"], [ALL_FEATURES["crp"]])
    >>> columns["relapsedate"].name, columns["crpmgl"].name, columns["crpmgl"].unit.text
    ('relapse_day', 'crp', 'mg/L')
    """
    columns = {
        letters(spelling): ColumnName(feature.name, unit)
        for feature in features
        for unit in reversed(units_of(feature))
        for spelling in (column_name(feature, unit), f"{base_name(feature)} {unit.text}")
    }
    for name in names:
        aliases = DATE_COLUMNS.get(name, (f"{name.removesuffix('_day')}_date",))
        columns |= {
            letters(a): ColumnName(name, is_date=True) for a in aliases if name.endswith("day")
        }
    columns |= {letters(name): ColumnName(name) for name in names}
    return columns | {letters(feature.name): ColumnName(feature.name) for feature in features}


def suggestion(heading: str, names: Sequence[str], features: Sequence[Feature] = ()) -> str | None:
    """The column that an unknown heading may mean, or None.

    >>> from features.schema import ALL_FEATURES
    >>> suggestion("relaps_day", ["relapse_day"])
    'relapse_day'
    >>> suggestion("Platelets", [], [ALL_FEATURES["plt"]])
    'plt'
    """
    spellings = {letters(name): name for name in names}
    for feature in features:
        spellings |= {letters(feature.label): feature.name, letters(feature.name): feature.name}
    key = letters(heading)
    close = difflib.get_close_matches(key, list(spellings), n=1, cutoff=CLOSE)
    close += [spelling for spelling in spellings if spelling.startswith(key) and len(key) > 2]
    return spellings[close[0]] if close else None


def feature_in_another_unit(heading: str, features: Sequence[Feature]) -> Feature | None:
    """The feature that a heading names in a unit that cannot be converted, or None.

    >>> from features.schema import ALL_FEATURES
    >>> feature_in_another_unit("CMV load copies/mL", [ALL_FEATURES["cmv_load"]]).name
    'cmv_load'
    """
    key = letters(heading)
    bases = {feature: letters(base_name(feature)) for feature in features}
    # One letter more is a slip of the finger.
    matches = [f for f, base in bases.items() if key.startswith(base) and len(key) > len(base) + 1]
    return max(matches, key=lambda feature: len(feature.name), default=None)
