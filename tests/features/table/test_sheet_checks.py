"""Checks of a sheet across its cells."""

from collections.abc import Sequence

from features.schema import ALL_FEATURES
from features.table.sheet_checks import check_columns, check_patients, check_rows
from features.table.text_tables.findings import Findings
from features.table.text_tables.text_table import TextTable
from features.table.text_tables.typed_columns import MISSING, Measurement
from features.table.text_tables.units import unit_named


def measured(values: Sequence[float | None], bound: str = "") -> list[Measurement]:
    """A column of measurements; None is missing."""
    return [MISSING if value is None else Measurement(value, bound) for value in values]


def test_a_patients_own_value_may_not_differ() -> None:
    """The line that differs and the first line are named; an empty cell differs from nothing."""
    table, findings = TextTable("t", [2, 3, 4, 5], {}, {}), Findings("t")
    texts = {
        "car_cd7_strategy": [None] * 4,
        "disease": ["AML", None, "T-ALL", "AML"],
        "donor_source": ["autologous", "new_donor", "autologous", "new_donor"],
        "patient_sex": ["female", "male", "female", "male"],
        "donor_sex": [None] * 4,
    }
    numbers = {"extramedullary_disease": measured([1, 0, 1, 0])}
    check_patients(table, ["A", "B", "A", "B"], texts, numbers, findings=findings)
    ((line, fault),) = findings.faults
    assert line == 4
    assert fault.startswith("disease belongs to the patient") and "from line 2" in fault


def test_a_part_does_not_exceed_all_leukocytes() -> None:
    """Beyond rounding; a count above a bound, or of another machine, may be a little larger."""
    findings = Findings("t")
    numbers = {
        "wbc": measured([0.3, 4.0, None, 0.0]), "anc": measured([50.0, 4.2, 9.0, 0.1]),
        "amc": measured([0.1, 0.1, 0.1, 0.0]), "alc": measured([0.1] * 4),
    }  # fmt: skip
    check_rows(TextTable("t", [2, 3, 4, 5], {}, {}), numbers, findings)
    assert [(line, fault[:3]) for line, fault in findings.faults] == [(2, "anc")]


def test_a_site_in_another_unit_is_found_among_others() -> None:
    """Its median is judged alone; a heading that names the unit ends the question."""
    crp = ALL_FEATURES["crp"]
    values = measured([0.5, 1.0, 0.7, 0.4, 45.0, 60.0, 30.0])
    sites: list[str | None] = ["A"] * 4 + ["B"] * 3
    cells = {"crp": [""] * 7}
    unit = unit_named(crp, "mg/dL")
    assert unit is not None
    for units, n_faults in (({}, 1), ({"crp": unit}, 0)):
        findings = Findings("t")
        check_columns(
            TextTable("t", range(7), cells, units), [crp], {"crp": values},
            days=[28] * 7, sites=sites, findings=findings,
        )  # fmt: skip
        assert len(findings.faults) == n_faults
