"""The risk that is shown first is the one at which the model was judged."""

import pytest

from serving.assessment.assess import assess
from serving.assessment.primary_horizon import primary_horizon
from tests.serving.fitted import fitted_models, two_samples, with_days


@pytest.mark.parametrize("horizon", [90, 180, 365])
def test_it_is_the_models_own(horizon):
    """The answer's horizon that the model's manifest names, whichever it is."""
    models = with_days(relapse={"primary_horizon": horizon})
    endpoint = assess(two_samples(), models, "r")["endpoints"]["relapse"]
    position = models["relapse"].model.horizons.index(horizon)
    assert primary_horizon(endpoint, models["relapse"]) == endpoint["horizons"][position]


def test_without_a_risk_there_is_none():
    """An abstention has no primary horizon."""
    assert primary_horizon({"horizons": []}, fitted_models()["relapse"]) is None
