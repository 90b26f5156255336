"""The example of every page and document is a patient whom a model of its kind knows."""

from pathlib import Path

import numpy as np
from click.testing import CliRunner

from features import schema
from features.measures.history import add_history
from models.applicability_domain import (
    distance,
    learn_domain,
    outside_population,
    reason_to_abstain,
)
from serving.requests_responses import requests
from serving.requests_responses.requests import EXAMPLE, PatientRequest
from tests.serving.make_examples import design, patients
from training.__main__ import main


def test_the_example_is_of_the_simulated_population(tmp_path: Path) -> None:
    """It lies among the patients of a cohort of another seed, and says that it is synthetic."""
    words = ["simulate", "--n", "150", "--seed", "3", "--features-only", str(tmp_path / "c")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    X = design(patients(tmp_path / "c" / "features.parquet"))
    domain = learn_domain(X)
    current = add_history(requests.rows(PatientRequest.model_validate(EXAMPLE)))[-1]
    x = np.array([current[name] for name in schema.MODEL_FEATURES], dtype=float)
    far = distance(domain, x)
    assert not outside_population(domain, x, far) and reason_to_abstain(domain, x, far) is None
    assert not np.isnan(x).any()
    assert {sample["provenance"] for sample in EXAMPLE["samples"]} == {"synthetic"}
