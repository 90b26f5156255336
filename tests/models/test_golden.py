"""A model made by an earlier build answers as it did."""

import json
from typing import Any

import numpy as np
import pytest

from features.settings import REPOSITORY
from models.frozen import FrozenModel
from models.persistence import load

GOLDEN = REPOSITORY / "tests" / "golden"


@pytest.fixture(scope="module")
def model() -> FrozenModel:
    """The golden model; made by tests/golden/make_golden.py from synthetic patients."""
    return load(GOLDEN / "relapse")


def cases() -> list[dict[str, Any]]:
    """Patients and the answers they got when the model was made."""
    found: list[dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text())
    return found


@pytest.mark.parametrize("case", cases())
def test_golden_answers(model: FrozenModel, case: dict[str, Any]) -> None:
    """Risks, intervals, reasons and flags are those written beside the model, to 1e-12."""
    x = np.array([np.nan if v is None else v for v in case["values"]])
    now, then = model.assess(x), case["answer"]
    for name in ("out_of_population", "abstained"):
        assert getattr(now, name) == then[name]
    assert list(now.out_of_range) == then["out_of_range"]
    for one, two in zip(now.horizons, then["horizons"], strict=True):
        assert (one.horizon, one.raised) == (two["horizon"], two["raised"])
        np.testing.assert_allclose(one.contributions, two["contributions"], rtol=0, atol=1e-12)
        for name in ("risk", "low", "high", "prevalence", "quantile", "logit", "baseline_logit"):
            assert getattr(one, name) == pytest.approx(two[name], abs=1e-12)


def test_golden_model_says_what_it_is(model: FrozenModel) -> None:
    """Synthetic, three horizons of three kinds of candidates."""
    assert model.manifest["provenance"] == "synthetic"
    assert model.horizons == (90, 180, 365)
    kinds = {"90": "biomarker", "180": "core_panel", "365": "lightgbm"}
    assert model.manifest["candidate"] == kinds


def test_golden_model_has_the_days_of_its_time(model: FrozenModel) -> None:
    """Its folder names neither primary horizon nor window, and is read as it was then."""
    assert not {"primary_horizon", "landmark_window"} & set(model.manifest)
    assert (model.landmark, model.primary_horizon, model.window_days) == (28, 180, 14)


def test_golden_cases_cover_the_answers() -> None:
    """Among the cases are a missing value, a stranger and a raised horizon."""
    found = cases()
    assert any(None in case["values"] for case in found)
    assert any(case["answer"]["abstained"] for case in found)
    assert any(h["raised"] for case in found for h in case["answer"]["horizons"])
