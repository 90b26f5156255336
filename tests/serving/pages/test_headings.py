"""A patient's pages begin with a name and say what is simulated."""

import pytest

from features.notices import SYNTHETIC
from serving.assessment.assess import assess
from serving.assessment.sentences import FLAGS
from serving.pages.headings import patient_name, synthetic_notices
from serving.storage.store import StoredPatient
from tests.serving.fitted import fitted_models, two_samples


@pytest.mark.parametrize(("identifier", "name"), [("Bed 4", "Bed 4"), (None, "patient abcdef")])
def test_a_patient_has_a_name(identifier, name):
    """The hospital's, else the start of our key."""
    assert patient_name(StoredPatient("abcdefgh", [], identifier, None)) == name


def test_notices_tell_sample_and_model_apart():
    """A real patient under a model fitted to simulated ones is not called simulated."""
    rows, models = two_samples(), fitted_models()
    assert synthetic_notices(assess(rows, models, "")) == [FLAGS["synthetic_model"]]
    rows[1]["provenance"] = "synthetic"
    assert synthetic_notices(assess(rows, {}, "")) == [SYNTHETIC]
