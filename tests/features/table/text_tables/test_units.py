"""Conversion of units, against factors typed from tables of SI conversion."""

from fractions import Fraction

import pytest

from features.schema import ALL_FEATURES, CLINICAL
from features.table.text_tables.units import column_name, unit_named, units_of

# Feature, unit, value, the same in the schema's unit.
CASES = [
    ("anc", "per uL", 1500, 1.5),
    ("anc", "/µL", 1500, 1.5),
    ("plt", "K/uL", 48, 48.0),
    ("plt", "10^4/uL", 4.8, 48.0),
    ("wbc", "10^6/L", 4500, 4.5),
    ("plt", "G/L", 48, 48.0),
    ("hb", "g/L", 98, 9.8),
    ("hb", "mmol/L", 6.0, 9.6687),
    ("crp", "mg/L", 45, 4.5),
    ("crp", "nmol/L", 95.24, 1.0),
    ("ferritin", "ug/L", 812, 812.0),
    ("ferritin", "pmol/L", 2247, 1000.0),
    ("ldh", "ukat/L", 5, 300.0),
    ("ldh", "nkat/L", 5000, 300.0),
    ("creatinine", "umol/L", 88.4, 1.0),
    ("creatinine", "mmol/L", 0.0884, 1.0),
    ("mrd", "percent", 0.01, 0.0001),
    ("mrd", "%", 5, 0.05),
    ("donor_chimerism", "percent", 95, 0.95),
    ("cd4", "10^9/L", 0.2, 200.0),
    ("igg", "mg/dL", 450, 4.5),
    ("igg", "g/dL", 0.45, 4.5),
    ("cmv_load", "log10 IU/mL", 3, 1000.0),
    ("cmv_load", "IU/L", 5000, 5.0),
    ("car_copies", "copies/ng", 2, 2000.0),
    ("draw_to_freeze_h", "min", 90, 1.5),
]


@pytest.mark.parametrize(("name", "unit", "value", "expected"), CASES)
def test_conversion(name: str, unit: str, value: float, expected: float) -> None:
    """Each unit is found by its text and gives the schema's number, exact to the last bit."""
    meant = unit_named(ALL_FEATURES[name], unit)
    assert meant is not None
    assert meant.convert(Fraction(str(value))) == expected


def test_every_unit_has_a_column_and_is_found_by_it() -> None:
    """The schema's own unit comes first and changes nothing; no two units share a column's name."""
    for feature in CLINICAL:
        units = units_of(feature)
        assert units[0].factor == 1 and not units[0].is_log10
        for unit in units:
            name = column_name(feature, unit)
            assert name == name.lower() and " " not in name
            meant = unit_named(feature, unit.text)
            assert meant is not None and meant.factor == unit.factor


def test_a_unit_of_another_quantity_is_none() -> None:
    """Copies are no international units, litres no grams."""
    assert unit_named(ALL_FEATURES["cmv_load"], "copies/mL") is None
    assert unit_named(ALL_FEATURES["hb"], "mL") is None
    assert unit_named(ALL_FEATURES["steroids"], "mg") is None


def test_a_number_too_large_for_a_float_is_infinite() -> None:
    """It is then outside every range."""
    unit = unit_named(ALL_FEATURES["cmv_load"], "log10")
    assert unit is not None
    assert unit.convert(Fraction(400)) == float("inf")
    assert units_of(ALL_FEATURES["crp"])[0].convert(Fraction(10) ** 400) == float("inf")
