"""Small real models for tests of what is built on them: fitted and frozen as in a hospital."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from features import schema
from features.covariates import document
from features.schema import Feature
from features.table.row import Row, empty_row
from models.endpoints import HORIZONS, LANDMARK
from models.frozen import freeze
from models.risk_model import RiskModel
from serving.assessment.served_model import ServedModel

# Risk above which a patient has the event, by horizon: later horizons see more events.
CUTS = (1.5, 0.7, 0.2)


def one_visit(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """n samples with independent features inside the schema's ranges."""
    columns = {}
    for feature in schema.CELLS:
        if feature.unit == "fraction":
            columns[feature.name] = rng.beta(2, 10, n)
        else:
            columns[feature.name] = rng.normal(-2 if feature.unit == "log ratio" else 3, 0.6, n)
    return pd.DataFrame(columns)


def cohort(seed: int, n: int = 90) -> pd.DataFrame:
    """Patients with a sample on day -5 and one on day 28, as the table's history has them."""
    rng = np.random.default_rng(seed)
    before, now = one_visit(rng, n), one_visit(rng, n)
    for name in schema.CORE:
        now[f"{name}_change"] = now[name] - before[name]
        now[f"{name}_slope30"] = now[f"{name}_change"] * 30 / 33
    table = now[list(schema.MODEL_FEATURES)]
    return table.mask(np.outer(rng.random(n) < 0.2, table.columns == "s100a8a9_monocyte"))


def served(
    endpoint: str,
    seed: int,
    landmark: int = LANDMARK,
    horizons: tuple[int, ...] = HORIZONS,
    *,
    cuts: tuple[float, ...] = CUTS,
    **manifest: object,
) -> ServedModel:
    """One endpoint's model over some horizons; `manifest` adds to what its folder says."""
    table = cohort(seed)
    eta = 1.5 * (table["s100a8a9_leukocyte"] - 3.0) - 8.0 * (table["monocyte_fraction"] - 0.17)
    draw = np.random.default_rng(seed + 1).logistic(size=len(table))
    fitted = {
        horizon: RiskModel(
            candidates=("core_panel",), core_panel=schema.CORE, n_refits=20, random_state=seed
        ).fit(table, (eta + draw > cut).astype(int))
        for horizon, cut in zip(horizons, cuts, strict=True)
    }
    extra = {
        "provenance": "synthetic",
        "state": "candidate",
        "version": "7",
        "gate": {"passed": [], "failed": ["Permutation p = 0.30; at most 0.05 is needed."]},
        "training": {"created_at": "2026-01-01T00:00:00Z"},
        **manifest,
    }
    X = table.to_numpy()
    frozen = freeze(
        fitted, endpoint, landmark, features=schema.MODEL_FEATURES, training_X=X, facts=extra
    )
    return ServedModel(frozen, "7")


@cache
def fitted_models() -> Mapping[str, ServedModel]:
    """Both endpoints' models, fitted once a process."""
    return {"relapse": served("relapse", 1), "fatal_infection": served("fatal_infection", 3)}


def with_days(**changes: dict[str, int]) -> dict[str, ServedModel]:
    """Both endpoints' models with other days, such as `relapse={"landmark": 60}`."""
    models = dict(fitted_models())
    for name, days in changes.items():
        model = models[name].model
        landmark = days.get("landmark", model.landmark)
        manifest = {**model.manifest, **days}
        models[name] = ServedModel(replace(model, landmark=landmark, manifest=manifest), "7")
    return models


def two_samples() -> list[Row]:
    """One patient's two samples: before infusion, and within the window of landmark 28."""
    table = one_visit(np.random.default_rng(9), 2)
    rows = []
    for position, (sample_id, day) in enumerate((("before", -5), ("day28", 28))):
        row = empty_row()
        row |= {"sample_id": sample_id, "patient_id": "p", "day": day, "provenance": "real"}
        row |= {"enrichment": "none", "n_cells": 2000.0, "cd7neg_unresolved": 0.0}
        row |= {n: float(table.loc[position, n]) for n in schema.SAMPLE_NUMBERS if n in table}
        rows.append(row)
    rows[1]["s100a8a9_monocyte"] = float("nan")
    rows[1]["no_monocytes"] = 1.0
    return rows


CMV = Feature(
    "adv_load", "Adenovirus load", "adenovirus DNA in plasma", "log10 IU/mL", 0.0, 9.0, "covariate",
    healthy=(0.0, 1.5),
)  # fmt: skip
TREATED = Feature("treated", "Treated", "treated at the draw", "0 or 1", 0.0, 1.0, "covariate")


def with_covariates(served_model: ServedModel, *declared: Feature) -> ServedModel:
    """The same arrays with declared columns in place of the panel's first features."""
    model = served_model.model
    names = dict(zip(schema.CORE, (feature.name for feature in declared), strict=False))
    features = tuple(names.get(name, name) for name in model.features)
    facts = {"features": list(features), "covariates": [document(one) for one in declared]}
    manifest = {**model.manifest, **facts}
    return ServedModel(replace(model, features=features, manifest=manifest), served_model.version)
