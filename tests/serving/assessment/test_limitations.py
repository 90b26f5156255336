"""Limitations of an answer, and what would help."""

from dataclasses import replace

from serving.assessment.assess import explain
from serving.assessment.limitations import REMEDIES, limitations, n_failed_checks
from serving.assessment.served_model import ServedModel
from tests.serving.fitted import fitted_models, two_samples


def test_says_what_the_number_rests_on():
    """Patients and events of the shown horizon, checks failed, flags, and what would help."""
    models = fitted_models()
    answer = explain(two_samples(), models, "r")
    found = limitations(answer["endpoints"]["relapse"], models["relapse"], answer["flags"])
    counts = models["relapse"].model.manifest["training"]
    first = f"{counts['n_patients']['180']} patients, {counts['n_events']['180']} of them"
    assert first in found["sentences"][0]
    assert "It failed 1 check of the gate on its own cohort." in found["sentences"]
    for flag in (*answer["flags"], *answer["endpoints"]["relapse"]["flags"]):
        assert (flag["sentence"] in found["sentences"]) is not flag["code"].startswith("synthetic")
    assert REMEDIES["not_validated"] in found["remedies"]


def test_failed_checks_are_counted():
    """As many as the manifest's gate names; none where it names none."""
    served = fitted_models()["relapse"]
    assert n_failed_checks(served) == 1
    manifest = {**served.model.manifest, "gate": {}}
    assert n_failed_checks(ServedModel(replace(served.model, manifest=manifest), "8")) == 0
