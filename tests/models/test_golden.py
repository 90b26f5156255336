"""A model made by an earlier build answers as it did."""

import json
from typing import Any

import numpy as np
import pytest

from features.settings import REPOSITORY
from models.frozen import FrozenModel
from models.persistence import load

GOLDEN = REPOSITORY / "tests" / "golden"
NUMBERS = ("risk", "low", "high", "prevalence", "quantile", "logit", "baseline_logit")


@pytest.fixture(scope="module")
def model() -> FrozenModel:
    """The golden model; made by tests/golden/make_golden.py from synthetic patients."""
    return load(GOLDEN / "severe_infection")


def cases() -> list[dict[str, Any]]:
    """Patients and the answers they got when the model was made."""
    written: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text())
    return written


@pytest.mark.parametrize("case", cases())
def test_golden_answers(model: FrozenModel, case: dict[str, Any]) -> None:
    """Risks, intervals, reasons and flags are those written beside the model, to 1e-12."""
    x = np.array([np.nan if v is None else v for v in case["values"]])
    now, then = model.assess(x, day=case["day"]), case["answer"]
    assert (now.out_of_population, now.abstained) == (then["out_of_population"], then["abstained"])
    assert list(now.out_of_range) == then["out_of_range"]
    assert now.distance == pytest.approx(then["distance"], rel=1e-12)
    for one, two in zip(now.horizons, then["horizons"], strict=True):
        assert one.horizon == two["horizon"]
        for name in ("contributions", "risk_if_average"):
            np.testing.assert_allclose(getattr(one, name), two[name], rtol=0, atol=1e-12)
        for name in NUMBERS:
            assert getattr(one, name) == pytest.approx(two[name], rel=0, abs=1e-12)


def test_golden_model_says_what_it_is(model: FrozenModel) -> None:
    """Synthetic, of format 2: three horizons, four events, of which two are the endpoint."""
    manifest = model.manifest
    assert (manifest["format_version"], manifest["provenance"]) == ("2", "synthetic")
    assert (model.horizons, model.landmark) == ((90, 180, 365), 28)
    assert (model.primary_horizon, model.window_days) == (180, 14)
    assert manifest["endpoint_events"] == ["fatal_infection", "onset"]
    assert model.in_endpoint.tolist() == [0, 1, 0, 1]
    assert model.members.intercepts.shape == (7, 3, 4)


def test_golden_cases_cover_the_answers() -> None:
    """Among the cases are a missing value, a stranger and visits after the landmark."""
    written = cases()
    assert any(None in case["values"] for case in written)
    assert any(case["answer"]["abstained"] for case in written)
    assert {case["day"] for case in written} == {None, 100.0}
