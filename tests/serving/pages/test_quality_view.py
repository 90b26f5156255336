"""The quality report says what the sample's row holds."""

from serving.assessment.sentences import FLAGS
from serving.pages.quality_view import quality_view
from tests.serving.fitted import CMV, TREATED, two_samples


def test_report_of_a_sample():
    """Values in words with their standard errors, flags as sentences, gaps as 'not measured'."""
    row = two_samples()[1] | {
        "n_cells": 300.0, "monocyte_fraction": 0.02, "monocyte_fraction_se": 0.004,
        "warnings": "unfiltered;shallow;deep_ambient;dropped_cd7neg_t_activation",
    }  # fmt: skip
    found = quality_view(row)
    texts = {line["label"]: line["value"] for line in (*found["quality"], *found["measurements"])}
    assert texts["Good cells"] == "300 cells"
    assert texts["Monocytes"] == "2.0 % ± 0.4 points"
    assert texts["S100A8/A9 in monocytes"] == "not measured"
    assert [flag["sentence"] for flag in found["flags"]] == [
        "Under 600 genes a cell: rare types uncertain.", "Deep ambient.",
        FLAGS["no_monocytes"], FLAGS["few_cells"].format(least=400),
    ]  # fmt: skip
    assert found["notes"] == [
        "Unfiltered matrix: empty droplets were set aside.",
        "Activation of CD7-negative T cells left out: under 60 % of its genes in the reference.",
    ]


def test_declared_columns_are_measurements_too():
    """Label, value in its unit and healthy range; a gap is 'not measured'."""
    found = quality_view(two_samples()[1] | {"adv_load": 4.5}, (CMV, TREATED))
    number, flag = found["measurements"][-2:]
    assert (number["label"], number["value"]) == ("Adenovirus load", "4.50 log10 IU/mL")
    assert number["range"] == "0 to 1.50 log10 IU/mL"
    assert (flag["label"], flag["value"]) == ("Treated", "not measured")


def test_cd7_by_protein_is_named():
    """The share says how it was measured; by RNA it says nothing more."""
    for source, end in (("protein", ", measured by protein"), ("rna", "%")):
        row = two_samples()[1] | {"cd7_source": source, "cd7neg_t_fraction": 0.4}
        lines = {line["label"]: line["value"] for line in quality_view(row)["measurements"]}
        assert lines["CD7-negative T cells"].endswith(end)
