"""A request needs none of the libraries that training needs."""

import subprocess
import sys
from pathlib import Path

from tests.serving.process import ROOT

PROGRAM = """
import sys
from pathlib import Path
import serving.service
from models import persistence
from serving.assessment.assess import assess, explain
from serving.assessment.served_model import ServedModel
from serving.requests_responses.requests import EXAMPLE, PatientRequest, rows
models = {"relapse": ServedModel(persistence.load(Path(sys.argv[1])), "1")}
samples = rows(PatientRequest.model_validate(EXAMPLE))
assert assess(samples, models, "r")["endpoints"]["relapse"]["horizons"]
assert explain(samples, models, "r")["endpoints"]["relapse"]["horizons"][0]["reasons"]
heavy = {"sklearn", "pandas", "lightgbm", "shap", "mlflow", "training", "models.hazard_onset"}
# numba imports the package scipy by itself; none of its algorithms may be needed.
heavy |= {"scipy.optimize", "scipy.stats", "scipy.special"}
print(sorted(heavy & set(sys.modules)))
"""


def test_serving_needs_no_training_library(model_folders: dict[str, Path]) -> None:
    """In a fresh process the service is imported, a model loaded, and a patient explained."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(model_folders["relapse"])],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
