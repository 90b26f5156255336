"""Typed columns: each kind of cell gives its value, a note, or a fault."""

import math
from collections.abc import Sequence

import pytest

from features.schema import ALL_FEATURES, CATEGORIES, CLINICAL, Category, Feature
from features.table.text_tables.findings import Findings
from features.table.text_tables.number_cells import Decimals
from features.table.text_tables.text_table import TextTable
from features.table.text_tables.typed_columns import (
    Measurement,
    read_category,
    read_feature,
    read_identifiers,
    table_decimals,
)
from features.table.text_tables.units import unit_named

OTHER_CATEGORIES = {category.name: category for category in CATEGORIES}


def table(name: str, cells: Sequence[str], unit: str = "") -> TextTable:
    """A table of one column."""
    meant = unit_named(ALL_FEATURES[name], unit) if unit else None
    units = {name: meant} if meant else {}
    return TextTable("t", range(2, 2 + len(cells)), {name: cells}, units)


def read(name: str, cells: Sequence[str], unit: str = "") -> tuple[list[Measurement], Findings]:
    """The values of a column of a feature."""
    findings = Findings("t")
    return read_feature(
        table(name, cells, unit), ALL_FEATURES[name], Decimals(), findings
    ), findings


@pytest.mark.parametrize("feature", CLINICAL, ids=lambda feature: feature.name)
def test_every_word_for_missing_is_missing_in_every_column(feature: Feature) -> None:
    """In all columns alike, without a fault."""
    words = ["NA", "N/A", "ND", "n.d.", "-", ".", "unknown", ""]
    values, findings = read(feature.name, words)
    assert all(math.isnan(value.value) for value in values)
    assert not findings.faults


@pytest.mark.parametrize(
    ("name", "cell", "unit", "value", "bound"),
    [
        ("crp", "<0.01", "", 0.01, "<"),
        ("crp", "<0,1", "mg/L", 0.01, "<"),
        ("crp", "1,2", "", 1.2, ""),
        ("ferritin", ">1500", "", 1500, ">"),
        ("crp", "45 mg/L", "", 4.5, ""),
        ("mrd", "5%", "", 0.05, ""),
        ("anc", "1500", "per uL", 1.5, ""),
        ("mrd", "negative", "", 0.0, ""),
        ("cmv_load", "not detected", "", 0.0, ""),
        ("gvhd_grade", "III", "", 3, ""),
        ("crs_grade", "G3", "", 3, ""),
        ("crs_grade", "0", "", 0, ""),
        ("gcsf", "yes", "", 1, ""),
        ("gcsf", "False", "", 0, ""),
        ("gcsf", "N", "", 0, ""),
    ],
)
def test_a_cell_is_read_as_meant(name: str, cell: str, unit: str, value: float, bound: str) -> None:
    """In the schema's unit, with the side of a bound; what was decided is noted."""
    (measurement,), findings = read(name, [cell], unit)
    assert measurement == (value, bound)
    assert not findings.faults
    is_decision = bool(bound) or cell in ("negative", "not detected")
    assert len(findings.notes) == is_decision


@pytest.mark.parametrize(
    ("name", "cell", "rule"),
    [
        ("anc", "1500", "it looks like per uL: if so, name the column anc_per_ul"),
        ("hb", "98", "it looks like g/L: if so, name the column hb_g_l"),
        ("creatinine", "88", "it looks like umol/L: if so, name the column creatinine_umol_l"),
        ("plt", "48000", "it looks like per uL: if so, name the column plt_per_ul"),
        ("igg", "450", "it looks like mg/dL: if so, name the column igg_mg_dl"),
        ("mrd", "5", "it looks like percent: if so, name the column mrd_percent"),
        (
            "donor_chimerism",
            "98",
            "it looks like percent: if so, name the column donor_chimerism_percent",
        ),
        ("car_flow_fraction", "12", "name the column car_flow_percent"),
        ("draw_to_freeze_h", "360", "name the column draw_to_freeze_min"),
        ("anc", "1,500", "may be 1.5 or 1500"),
        ("anc", "-1", "or empty, but it is not; correct it"),
        ("anc", "lots", "or empty, but it is not; correct it"),
        ("crp", "4 U/L", "correct it"),
        ("crs_grade", "6", "whole number from 0 to 5"),
        ("crs_grade", "2.5", "whole number from 0 to 5"),
        ("gcsf", "2", "must be 0 or 1"),
        ("gcsf", "0.5", "must be 0 or 1"),
        ("gcsf", "maybe", "must be 0 or 1"),
    ],
)
def test_a_cell_that_cannot_be_meant_is_a_fault(name: str, cell: str, rule: str) -> None:
    """The likely right reading is named, and nothing of the cell."""
    _, findings = read(name, ["", cell])
    ((line, fault),) = findings.faults
    assert line == 3
    assert rule in fault
    if len(cell) > 3 and cell != "1,500":
        assert cell not in fault


def test_a_heading_with_a_unit_needs_no_other() -> None:
    """Outside the range it is simply wrong."""
    _, findings = read("hb", ["980"], "g/L")
    assert findings.faults[0][1].endswith("correct it")


def test_a_minus_is_no_beside_a_plus() -> None:
    """Alone it means that nothing is known."""
    assert [value.value for value in read("gcsf", ["+", "-", ""])[0]][:2] == [1.0, 0.0]
    assert math.isnan(read("gcsf", ["yes", "-"])[0][1].value)


def test_none_as_a_grade_is_said() -> None:
    """It may mean that there was none, so a note tells how it was read."""
    (value,), findings = read("crs_grade", ["none"])
    assert math.isnan(value.value)
    assert "0 says that there was none" in findings.notes[0][1]


def test_categories_keep_their_own_words() -> None:
    """ "none" and "unknown" are values where the list has them, and missing elsewhere."""
    for name, cell, value in (
        ("enrichment", "None", "none"),
        ("car_cd7_strategy", "unknown", "unknown"),
        ("disease", "t all", "T-ALL"),
        ("tissue", "bone marrow", "BM"),
        ("disease", "unknown", None),
        ("chemistry", "N/A", None),
        ("chemistry", "10x 3' v3", "10x 3' v3"),
    ):
        findings = Findings("t")
        assert read_category(table(name, [cell]), OTHER_CATEGORIES[name], findings) == [value]
        assert not findings.faults


def test_a_word_outside_its_list_is_a_fault() -> None:
    """The list is named, the word is not."""
    findings = Findings("t")
    read_category(table("tissue", ["skin"]), OTHER_CATEGORIES["tissue"], findings)
    assert findings.faults == [
        (2, "tissue must be one of PB, BM or empty, but it is something else; correct it")
    ]


def test_sites_and_patients_called_na_are_told() -> None:
    """A site NA is missing, a patient NA is a name; both are said. Leading zeros stay."""
    findings = Findings("t")
    assert read_category(table("site", ["NA"]), Category("site", "x"), findings) == [None]
    assert read_identifiers(table("patient_id", ["NA", "007"]), "patient_id", findings) == [
        "NA",
        "007",
    ]
    assert len(findings.notes) == 2 and not findings.faults
    read_identifiers(table("patient_id", ["n/a", ""]), "patient_id", findings)
    assert [line for line, _ in findings.faults] == [2, 3]


def test_the_decimal_sign_is_that_of_the_whole_table() -> None:
    """1,500 is 1.5 where another column has 1,2."""
    cells = {"anc": ["1,500"], "crp": ["1,2"]}
    whole = TextTable("t", [2], cells, {})
    decimals = table_decimals(whole, ["anc", "crp"])
    (value,) = read_feature(whole, ALL_FEATURES["anc"], decimals, Findings("t"))
    assert value.value == 1.5
