"""Declared columns in service: which there are, and which values they take."""

from dataclasses import replace

import pytest

from serving.assessment.covariates import covariates_in_service, faults, without_covariates
from tests.serving.fitted import CMV, TREATED, fitted_models, with_covariates


def test_the_models_in_service_say_which_columns_there_are():
    """Each once, with the wider of two ranges; models of the schema's features have none."""
    models = fitted_models()
    assert covariates_in_service(models) == () == covariates_in_service({})
    wider = replace(CMV, low=-1.0, high=5.0)
    served = {
        "relapse": with_covariates(models["relapse"], CMV),
        "fatal_infection": with_covariates(models["fatal_infection"], wider, TREATED),
    }
    number, flag = covariates_in_service(served)
    assert (number.low, number.high, number.label) == (
        -1.0,
        9.0,
        "Adenovirus load",
    ) and flag == TREATED


@pytest.mark.parametrize(
    ("values", "rules"),
    [
        ({"adv_load": 9.0, "treated": 1.0}, []),
        ({"adv_load": None, "treated": 0}, []),
        ({"adv_load": 9.625}, ["must lie between 0 and 9 (log10 IU/mL)"]),
        ({"treated": 0.625}, ["must be 0 or 1"]),
        ({"bk_load": None, "anc": 1.0}, ["is no column that a model in service uses"] * 2),
    ],
)
def test_every_fault_is_named_and_no_value(values, rules):
    """One rule a column, in the order in which they came."""
    found = list(faults(values, (CMV, TREATED)))
    assert len(found) == len(rules)
    for (_, text), rule in zip(found, rules, strict=True):
        assert text.startswith(rule) and "625" not in text


def test_dropped_columns_leave_the_rest():
    """A row without the columns that nothing in service uses."""
    assert without_covariates({"day": 1, "a": 2.0, "b": 3.0}, ["a", "c"]) == {"day": 1, "b": 3.0}
