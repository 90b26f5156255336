"""Declared columns of a request are checked where they stand, and answered by their models."""

import pytest

from serving.api.sample_covariates import check_covariates, located_samples
from serving.requests_responses.requests import PatientRequest, row
from serving.web.problems import Problem
from tests.serving.fitted import CMV, TREATED, fitted_models, with_covariates


def request(*covariates: dict[str, object] | None) -> PatientRequest:
    """A patient with one sample for each set of declared columns."""
    samples = [{"day": i, "covariates": values} for i, values in enumerate(covariates)]
    return PatientRequest.model_validate({"samples": samples})


def test_right_values_pass_and_reach_the_row() -> None:
    """A missing column, null and nothing at all are all 'not measured'."""
    served = {"relapse": with_covariates(fitted_models()["relapse"], CMV, TREATED)}
    patient = request({"adv_load": 3, "treated": None}, None, {})
    check_covariates(located_samples(patient), served)
    rows = [row(sample) for sample in patient.samples]
    assert rows[0]["adv_load"] == 3.0
    assert not any("treated" in one or "covariates" in one for one in rows)


def test_every_fault_is_named_with_its_place() -> None:
    """Patient, sample and column; nothing that a caller invented is repeated."""
    served = {"relapse": with_covariates(fitted_models()["relapse"], CMV)}
    patient = request({"adv_load": 3.0}, {"adv_load": 99.5, "Jane Doe": 1.0})
    with pytest.raises(Problem) as caught:
        check_covariates(located_samples(patient, "patients", 4), served)
    assert [error["field"] for error in caught.value.errors] == [
        "patients[4].samples[1].covariates.adv_load",
        "patients[4].samples[1].covariates.(unnamed)",
    ]
    assert "99.5" not in str(caught.value.errors) and "Jane" not in str(caught.value.errors)


def test_without_a_model_that_uses_it_no_column_is_taken() -> None:
    """The models of the schema's features accept none."""
    with pytest.raises(Problem) as caught:
        check_covariates(located_samples(request({"adv_load": 3.0})), fitted_models())
    assert "no column that a model in service uses" in caught.value.errors[0]["rule"]


@pytest.mark.parametrize("covariates", [[], "a", {"adv_load": "3"}, {"adv_load": True}])
def test_other_shapes_are_refused_before(covariates: object) -> None:
    """Only an object of numbers is read; infinity and NaN are no numbers."""
    with pytest.raises(ValueError, match="covariates"):
        PatientRequest.model_validate({"samples": [{"day": 1, "covariates": covariates}]})
    for word in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="finite"):
            PatientRequest.model_validate_json(
                f'{{"samples": [{{"day": 1, "covariates": {{"adv_load": {word}}}}}]}}'
            )
