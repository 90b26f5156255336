"""LightGBM in service: predicted and explained by a real process that never loads LightGBM."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.measures.history import latest_with_history
from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel
from models.persistence import save
from tests.serving.conftest import with_version
from tests.serving.fitted import joint_models, two_samples
from tests.serving.patient_request import patient
from tests.serving.process import Running, command, end, launch
from training.evaluation.joint.tree_fit import fit_trees


@dataclass(frozen=True)
class Service:
    """A service on a port, and the models that it was given."""

    running: Running
    models: Mapping[str, FrozenModel]

    def ask(self, path: str) -> dict[str, Any]:
        """Answers on the test patient by endpoint."""
        status, answer = self.running.ask(path, json.dumps(patient()).encode())
        assert status == 200, answer
        endpoints: dict[str, Any] = json.loads(answer)["endpoints"]
        return endpoints


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Trees of all three endpoints, of one fit with 20 refits, put in service as folders."""
    var = tmp_path_factory.mktemp("var")
    fitted = joint_models(3, fit=fit_trees)
    models = {name: with_version(model, "1") for name, model in fitted.items()}
    for name, model in models.items():
        save(model, var / name)
    done = command(var, "import", *(str(var / name) for name in models))
    assert done.returncode == 0, done.stderr
    running = launch(var)
    yield Service(running, models)
    assert end(running) == 0


def test_risks_are_those_of_the_fitted_trees(service: Service) -> None:
    """Each endpoint at each horizon, with its interval; the models are trees."""
    current = latest_with_history(two_samples())
    answers = service.ask("/v1/predict")
    assert list(answers) == list(ENDPOINTS)
    for name, model in service.models.items():
        assert model.manifest["model"] == "lightgbm"
        values = np.array([[current.get(column) for column in model.features]], dtype=np.float64)
        served = answers[name]["horizons"]
        np.testing.assert_allclose([h["risk"] for h in served], model.risks(values)[0], atol=1e-9)
        bounds = np.quantile(model.refit_risks(values)[0], [0.05, 0.95], axis=0)
        for end_name, bound in zip(("low", "high"), bounds, strict=True):
            ends = [h["stability_interval"][end_name] for h in served]
            np.testing.assert_allclose(ends, bound, atol=1e-9)


def test_answers_are_coherent(service: Service) -> None:
    """Severe infection is never below the fatal one, and risks do not fall with the horizon."""
    risks = {
        name: [h["risk"] for h in answer["horizons"]]
        for name, answer in service.ask("/v1/predict").items()
    }
    assert all(one == sorted(one) for one in risks.values())
    pairs = zip(risks["severe_infection"], risks["fatal_infection"], strict=True)
    assert all(severe >= fatal for severe, fatal in pairs)
    assert risks["relapse"][-1] + risks["fatal_infection"][-1] < 1


def test_reasons_add_up_to_the_risk(service: Service) -> None:
    """Baseline and reasons give the logit of the risk to 1e-9, for every endpoint."""
    for answer in service.ask("/v1/explain").values():
        for horizon in answer["horizons"]:
            reasons = [reason["contribution"] for reason in horizon["reasons"]]
            total = horizon["baseline_logit"] + sum(reasons)
            assert total == pytest.approx(horizon["logit"], abs=1e-9)
            assert 1 / (1 + np.exp(-total)) == pytest.approx(horizon["risk"], abs=1e-9)
            assert max(map(abs, reasons)) > 1e-3


def test_no_worker_has_lightgbm_in_memory(service: Service) -> None:
    """After the answers above no process of the service has mapped LightGBM's library."""
    service.ask("/v1/explain")
    processes = [Path(f"/proc/{pid}") for pid in descendants(service.running.process.pid)]
    maps = "".join((process / "maps").read_text() for process in processes)
    assert len(processes) > 1 and "numpy" in maps
    assert "lightgbm" not in maps


def descendants(pid: int) -> list[int]:
    """A process and all that it started, by number."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(number for child in children for number in descendants(int(child)))]
