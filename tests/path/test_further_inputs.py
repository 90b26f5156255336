"""Further columns as model inputs: from a protocol that names them to a served reason."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features import schema
from features.table.feature_table import read_table, write_table
from serving.assessment import labels
from tests.path.conftest import SMALL, TrainedState
from tests.serving.process import Running, end, launch

# Of three groups, one of them withheld in a third of the samples; the last is never measured.
INPUTS = ("regulatory_t_fraction", "clr_nk", "monocytes_per_ul", "cd34_rate", "hhv6_rna")
RELAPSE = {"name": "relapse", "events": ["relapse"], "biomarker": "cd34_rate"}
QUICK = SMALL | {"refits": 10, "endpoints": [RELAPSE, "fatal_infection"]}
QUICK |= {"features": ["standard", *INPUTS], "core_panel": ["standard", *INPUTS]}


def with_columns(table: Path) -> None:
    """Fill the columns in, as a reader of counts would have."""
    rng, read = np.random.default_rng(5), read_table(table)
    rows = read.to_rows()
    for row in rows:
        row["regulatory_t_fraction"] = float(rng.uniform(0.02, 0.12))
        row["clr_nk"] = math.nan if rng.random() < 1 / 3 else float(rng.normal())
        row["monocytes_per_ul"] = float(rng.uniform(50, 900))
        row["cd34_rate"] = float(rng.exponential(0.3))
    write_table(table, rows, read.refused_samples)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedState:
    """A simulated cohort with further columns, fitted, exported and imported."""
    var = tmp_path_factory.mktemp("further")
    state = TrainedState(var, var / "cohort")
    state.simulate(120, seed=4)
    with_columns(state.cohort / "features.parquet")
    choices = (*state.protocol(QUICK), "--endpoint", "relapse")
    state.output("training", "fit", *state.tables(), *choices, "--processes", "1")
    state.serve("relapse")
    return state


@pytest.fixture(scope="module")
def running(trained: TrainedState) -> Iterator[Running]:
    """The service with that model."""
    service = launch(trained.var)
    yield service
    assert end(service) == 0


def test_none_is_an_input_by_itself() -> None:
    """Without a protocol that names it, no further column enters a model."""
    further = {feature.name for feature in schema.FURTHER}
    assert not further & set(schema.MODEL_FEATURES)
    assert len(schema.MODEL_FEATURES) == 20


def test_the_model_has_the_named_inputs(trained: TrainedState) -> None:
    """The exported model lists them after the standard ones and declares none as a group's own."""
    manifest = json.loads((trained.model("relapse") / "manifest.json").read_text())
    assert tuple(manifest["features"]) == (*schema.MODEL_FEATURES, *INPUTS)
    assert manifest["schema_version"] == schema.SCHEMA_VERSION
    assert not manifest.get("covariates")


def test_reasons_name_the_columns_and_their_groups(running: Running, trained: TrainedState) -> None:
    """Values in words, groups under their labels, gaps as not measured, sums as they should be."""
    row = read_table(trained.cohort / "features.parquet").to_rows()[1]
    cells = {f.name: row[f.name] for f in schema.CELLS if math.isfinite(float(str(row[f.name])))}
    sample = cells | {
        "day": 28, "provenance": "synthetic", "regulatory_t_fraction": 0.11, "cd34_rate": 1.5,
        "monocytes_per_ul": 60.0,
    }  # fmt: skip
    horizon = explained(running, sample)
    reasons = {reason["feature"]: reason for reason in horizon["reasons"]}
    assert reasons["cd34_rate"]["value_text"] == "1.50 UMIs per 10,000"
    if "clr_nk" in reasons:
        assert reasons["clr_nk"]["value_text"] == "not measured"
    groups = {group["group"]: group for group in horizon["groups"]}
    named = {schema.ALL_FEATURES[name].group for name in INPUTS if name in reasons}
    assert named and named <= set(groups)
    for name in named:
        assert groups[name]["label"] == labels.GROUPS[name]
    total = horizon["baseline_logit"] + sum(r["contribution"] for r in horizon["reasons"])
    assert total == pytest.approx(horizon["logit"], abs=1e-9)
    higher = explained(running, sample | {"cd34_rate": 0.0})
    assert higher["risk"] != horizon["risk"]


def explained(running: Running, sample: dict[str, Any]) -> dict[str, Any]:
    """The explained 180 days of relapse for one sample."""
    status, answer = running.ask("/v1/explain", json.dumps({"samples": [sample]}).encode())
    assert status == 200, answer
    horizon: dict[str, Any] = json.loads(answer)["endpoints"]["relapse"]["horizons"][1]
    return horizon
