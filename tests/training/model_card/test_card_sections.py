"""Sections of a card say what is undefined, missing or not compared, and never hide it."""

from training.model_card import card_sections as sections
from training.model_card.tripod import MISSING, Item

UNKNOWN = {"value": None, "low": None, "high": None}
E = {
    "endpoint": "relapse", "horizon": 180, "landmark": 28, "provenance": "real",
    "metrics": dict.fromkeys(sections.MEASURES, UNKNOWN),
    "calibration_error": dict.fromkeys(sections.CALIBRATION_ERRORS, UNKNOWN),
    "calibration_curve": {"reason": "calibration curve not drawn: few events"},
    "comparators": {"mrd": {"patients": 0, "compared": False, "reason": "no inputs"}},
    "characteristics": [
        {"feature": "amc",
         "with_event": {"known": 3, "median": None, "low": None, "high": None},
         "without_event": {"known": 40, "median": 0.5, "low": 0.25, "high": 0.75}},
    ],
    "subgroups": [],
}  # fmt: skip


def test_undefined_measures_are_called_so() -> None:
    """Value and interval, and the reason why there is no curve."""
    text = sections.performance(E, "How.", "Out of fold")
    assert text.count("| undefined | undefined |") == len(
        {**sections.MEASURES, **sections.CALIBRATION_ERRORS}
    )
    assert "In groups: calibration curve not drawn: few events." in text


def test_scores_not_compared_keep_their_reason() -> None:
    """A score without inputs has its row; no score at all is a sentence."""
    assert "| mrd | 0 | not compared | no inputs |" in sections.comparators(E)
    assert "held the inputs of none" in sections.comparators({**E, "comparators": {}})


def test_characteristics_show_groups_and_never_a_few_patients() -> None:
    """Quartiles where there are enough, a number of values where not; nothing without features."""
    assert "| amc | 3 known | 0.5 (0.25 to 0.75), 40 |" in sections.characteristics(E)
    assert sections.characteristics({**E, "characteristics": []}) == ""


def test_absent_groupings_are_listed() -> None:
    """Age, sex, site and year, each when absent."""
    assert "Not given for this cohort: age, sex, site, year of infusion." in sections.subgroups(E)
    row = {"by": "sex", "value": "female", "n": 9, "events": 2, "auc": None,
           "observed_over_expected": None}  # fmt: skip
    text = sections.subgroups({**E, "subgroups": [row]})
    assert "| sex | female | 9 | 2 | undefined | undefined |" in text
    assert "Not given for this cohort: age, site, year of infusion." in text


def test_the_checklist_counts_complete_partial_and_missing_items() -> None:
    """One of each kind; a bar in an answer does not break the table."""
    items = [Item(1, "A", "yes | no"), Item(2, "B", f"so far; {MISSING}the rest"),
             Item(3, "C", f"{MISSING}all")]  # fmt: skip
    text = sections.tripod(items)
    assert "Of 3 items 1 are answered from the data, 1 in part, 1 not" in text
    assert "| 1 | A | yes / no |" in text


def test_only_synthetic_is_called_synthetic() -> None:
    """Research use only on both."""
    real, made = sections.origin_notices("real"), sections.origin_notices("synthetic")
    assert "Research use only" in real and "Synthetic" not in real
    assert made.startswith(real) and "Synthetic" in made


def test_declared_inputs_have_their_table() -> None:
    """Unit and range of a number, 0 or 1 of a flag; nothing without any. Bars stay in the cell."""
    number = {"name": "cmv", "kind": "number", "label": "CMV|load", "meaning": "CMV DNA",
              "unit": "IU/mL", "low": 0.0, "high": 1e6}  # fmt: skip
    flag = {"name": "treated", "kind": "flag", "label": "Treated", "meaning": "treated at draw"}
    text = sections.covariates({**E, "covariates": [number, flag]})
    assert "| cmv | CMV/load | CMV DNA | IU/mL | 0 to 1e+06 |" in text
    assert "| treated | Treated | treated at draw |  | 0 or 1 |" in text
    assert sections.covariates({**E, "covariates": []}) == ""
