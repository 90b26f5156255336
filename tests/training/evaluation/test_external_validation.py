"""A stored model judged on other patients."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import InputError
from features.schema import CORE
from tests.training.one_fit import QUICK, fit_one
from training.cohort.cohort import cohort_of
from training.evaluation.external_validation import evaluate_model

NAMES = (*CORE, "nk_fraction", "b_fraction")
PROTOCOL = replace(QUICK, features=NAMES, bootstraps=100)


@pytest.fixture(scope="module")
def model(cohort):
    """A model of relapse learned from 200 patients."""
    return fit_one(cohort(200, seed=1, beta=1.2), PROTOCOL).model


def test_another_cohort_of_the_same_kind_is_measured(model, cohort) -> None:
    """On 600 new patients from the same hazard the figures are those of the risks themselves."""
    table, outcomes = cohort(600, seed=2, beta=1.2)
    result, verdict = evaluate_model(model, cohort_of(table, outcomes), PROTOCOL)
    assert result["metrics"]["auc"]["value"] > 0.75
    assert result["metrics"]["brier_skill"]["low"] > 0
    assert not result["shared_patients"]
    risk = model.risks(table[list(NAMES)].to_numpy(float))[:, 1]
    assert 0.8 < result["metrics"]["observed_over_expected"]["value"] < 1.25
    assert abs(np.mean(risk) - result["counts"]["incidence"]["value"]) < 0.1
    assert result["verdict"] == verdict.as_dict()
    assert verdict.state in ("validated", "champion")


def test_a_biased_cohort_does_not_validate(model, cohort) -> None:
    """Relapse three times as frequent: calibration in the large says so."""
    _, verdict = evaluate_model(
        model, cohort_of(*cohort(400, seed=3, beta=1.2, relapse=0.012)), PROTOCOL
    )
    assert verdict.state != "validated"
    assert "observed over expected" in verdict.sentences[0]


def test_the_training_cohort_cannot_validate(model, cohort) -> None:
    """Same outcomes, or patients known to have trained it, or a second look."""
    table, outcomes = cohort(200, seed=1, beta=1.2)
    result, verdict = evaluate_model(model, cohort_of(table, outcomes), PROTOCOL)
    assert result["shared_patients"]
    assert "shares patients" in verdict.sentences[0]
    new = cohort(200, seed=5, beta=1.2)
    assert evaluate_model(model, cohort_of(*new), PROTOCOL, training_patients={"P003"})[0][
        "shared_patients"
    ]
    assert (
        "evaluated before"
        in evaluate_model(model, cohort_of(*new), PROTOCOL, seen_before=True)[1].sentences[0]
    )


def test_bad_questions(model, cohort) -> None:
    """A horizon the model lacks, features the table lacks, no event."""
    table, outcomes = cohort(60, seed=6)
    with pytest.raises(InputError, match="answers for 90, 180, 365 days; the protocol asks for 60"):
        evaluate_model(
            model, cohort_of(table, outcomes), replace(PROTOCOL, horizons=(60,), primary_horizon=60)
        )
    with pytest.raises(InputError, match="lacks nk_fraction"):
        evaluate_model(model, cohort_of(table.drop(columns="nk_fraction"), outcomes), PROTOCOL)
    with pytest.raises(InputError, match="needs patients with and without the event"):
        evaluate_model(model, cohort_of(*cohort(20, seed=7, relapse=1e-7)), PROTOCOL)


def test_stability_is_that_of_the_served_answers(model, cohort) -> None:
    """The intervals of the report are those that each patient would be shown."""
    table, outcomes = cohort(60, seed=9, beta=1.2)
    horizon = replace(PROTOCOL, horizons=(90,), primary_horizon=90)
    found = evaluate_model(model, cohort_of(table, outcomes), horizon)[0]["instability"]
    shown = [model.assess(row).horizons[0] for row in table[list(NAMES)].to_numpy(float)]
    assert found["refits"] == PROTOCOL.refits
    for key in ("risk", "low", "high"):
        reported = [patient[key] for patient in found["patients"]]
        np.testing.assert_allclose(reported, [getattr(one, key) for one in shown], atol=1e-9)


def test_a_cohort_measured_otherwise_is_refused(model, cohort) -> None:
    """CD7 by protein cannot judge a model of CD7 by RNA; a cohort by RNA can."""
    table, outcomes = cohort(200, seed=2, beta=1.2)
    rna = replace(model, manifest={**model.manifest, "sources": {"cd7_source": "rna"}})
    evaluate_model(rna, cohort_of(table.assign(cd7_source="rna"), outcomes), PROTOCOL)
    with pytest.raises(InputError, match="measured by protein"):
        evaluate_model(rna, cohort_of(table.assign(cd7_source="protein"), outcomes), PROTOCOL)
