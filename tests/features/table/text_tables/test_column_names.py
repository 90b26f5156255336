"""Names of columns in their spellings."""

import pytest

from features.schema import CLINICAL
from features.table.text_tables.column_names import (
    feature_in_another_unit,
    known_columns,
    suggestion,
)
from features.table.text_tables.spelling import letters

COLUMNS = known_columns(["sample_id", "day", "relapse_day"], CLINICAL)


@pytest.mark.parametrize(
    ("heading", "name", "unit"),
    [
        ("CRP", "crp", None),
        ("CRP (mg/L)", "crp", "mg/L"),
        ("crp_mg_l", "crp", "mg/L"),
        ("crp_mg_dl", "crp", "mg/dL"),
        ("ANC [/µL]", "anc", "/uL"),
        ("anc_per_ul", "anc", "per uL"),
        ("creatinine_umol_l", "creatinine", "umol/L"),
        ("mrd_percent", "mrd", "percent"),
        ("MRD (%)", "mrd", "percent"),
        ("hb_g_l", "hb", "g/L"),
        ("ferritin_ug_l", "ferritin", "ug/L"),
        ("plt_10e9_l", "plt", "10^9/L"),
        ("PLT (10^9/L)", "plt", "10^9/L"),
        ("PLT 10\u2079/L", "plt", "10^9/L"),
        ("WBC x10^3/µL", "wbc", "x10^3/uL"),
        ("flow_cd7neg_t_percent", "flow_cd7neg_t_fraction", "percent"),
        ("draw_to_freeze_min", "draw_to_freeze_h", "min"),
        ("cmv_load_log10_iu_ml", "cmv_load", "log10 IU/mL"),
        ("Relapse date", "relapse_day", None),
        ("Draw date", "day", None),
        ("Sample-ID", "sample_id", None),
    ],
)
def test_a_heading_names_column_and_unit(heading: str, name: str, unit: str | None) -> None:
    """Case, signs, units and dates in the heading."""
    column = COLUMNS[letters(heading)]
    assert (column.name, column.unit and column.unit.text) == (name, unit)


def test_no_heading_means_two_columns() -> None:
    """Every feature is found under its own name in the schema's unit."""
    for feature in CLINICAL:
        assert COLUMNS[letters(feature.name)] == (feature.name, None, False)


def test_a_near_miss_is_suggested() -> None:
    """A slip, a label, and the start of a name; another word is nothing."""
    assert suggestion("patientt_id", ["patient_id"]) == "patient_id"
    assert suggestion("Haemoglobin", [], CLINICAL) == "hb"
    assert suggestion("CRS", [], CLINICAL) == "crs_grade"
    assert suggestion("mood", ["patient_id"], CLINICAL) is None


def test_a_unit_that_cannot_be_converted_names_its_feature() -> None:
    """CMV copies and a percentage of CD4 cells; a word of its own is none."""
    for heading, name in (("cmv_load_copies_ml", "cmv_load"), ("CD4 %", "cd4")):
        feature = feature_in_another_unit(heading, CLINICAL)
        assert feature is not None and feature.name == name
    assert feature_in_another_unit("mood", CLINICAL) is None
