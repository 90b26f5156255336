"""What limits an answer is said, with what would help."""

from serving.assessment.assess import explain
from serving.assessment.limitations import REMEDIES, sureness
from serving.assessment.wording import FLAGS
from tests.serving.fitted import fitted_models, two_samples


def test_says_what_the_number_rests_on():
    """Patients and events of the shown horizon, checks failed, flags, and what would help."""
    models = fitted_models()
    answer = explain(two_samples(), models, "r")
    found = sureness(answer["endpoints"]["relapse"], models["relapse"], answer["flags"])
    counts = models["relapse"].model.manifest["training"]
    first = f"{counts['n_patients']['180']} patients, {counts['n_events']['180']} of them"
    assert first in found["sentences"][0]
    assert "It failed 1 check of the gate on its own cohort." in found["sentences"]
    for flag in (*answer["flags"], *answer["endpoints"]["relapse"]["flags"]):
        assert (flag["sentence"] in found["sentences"]) is not flag["code"].startswith("synthetic")
    assert REMEDIES["not_validated"] in found["surer"]


def test_without_a_model_only_that_is_said():
    """Nothing is claimed of training that did not happen."""
    answer = explain(two_samples(), {}, "r")
    found = sureness(answer["endpoints"]["relapse"], None, [])
    assert found == {"sentences": [FLAGS["no_model"]], "surer": ""}
